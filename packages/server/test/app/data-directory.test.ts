import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeDataDirectory, overflowPath } from '../../src/app/data-directory.ts';
import { ConfigError } from '../../src/domain/errors.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';

describe('the data directory', () => {
  test('is made with all above it, once', async () => {
    const path = join(await createDirectoryForTest(), 'a', 'b', 'c');
    await makeDataDirectory(path);
    await makeDataDirectory(path);
    await writeFile(join(path, 'file'), '');
  });

  test('that is a file, or below one, is refused in one line', async () => {
    const file = join(await createDirectoryForTest(), 'file');
    await writeFile(file, '');
    for (const path of [file, join(file, 'below'), '/proc/tickwire']) {
      const making = makeDataDirectory(path);
      await expect(making).rejects.toThrow(ConfigError);
      await expect(making).rejects.toThrow(`DATA_DIR: expected a directory that can be written`);
      await expect(making).rejects.toThrow(path);
    }
  });

  test('keeps what waits for one world apart from what waits for another', () => {
    const oanda = { venue: 'oanda', origin: 'live', isSimulated: false } as const;
    const bybit = { venue: 'bybit', origin: 'simulated seed=1', isSimulated: true } as const;
    const path = overflowPath('/data', [oanda, bybit]);
    expect(path).toMatch(/^\/data\/overflow-[0-9a-f]{12}\.jsonl$/);
    expect(overflowPath('/data', [bybit, oanda])).toBe(path);
    expect(overflowPath('/data', [oanda])).not.toBe(path);
    expect(overflowPath('/data', [oanda, { ...bybit, origin: 'live' }])).not.toBe(path);
  });
});
