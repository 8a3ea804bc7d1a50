import { appendFile, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import type { CandleOverflow } from '../../src/ports/overflow.ts';
import { createOverflowFile } from '../../src/storage/overflow-file.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { MINUTE_MS, NOON, candleOf } from '../support/stored-candle.ts';
import { createDirectory, createDirectoryForTest } from '../support/temporary-directory.ts';

const MAX_BYTES = 1_000_000;

async function newPath(): Promise<string> {
  return join(await createDirectoryForTest(), 'overflow.jsonl');
}

async function openAt(path: string, maxBytes = MAX_BYTES) {
  const logger = createRecordingLogger();
  const overflow = createOverflowFile({ path: () => path, maxBytes, logger });
  onTestFinished(() => overflow.close());
  await overflow.start();
  return { overflow, lines: logger.lines };
}

/** Candles of minutes from the first one's number on. */
function candles(first: number, count: number): SidedCandle[] {
  return Array.from({ length: count }, (_, index) =>
    candleOf({ start: NOON + (first + index) * MINUTE_MS, volume: String(first + index) }),
  );
}

/** How much room candles take. */
function bytesOf(given: readonly SidedCandle[]): number {
  return given.reduce((sum, candle) => sum + JSON.stringify(candle).length + 1, 0);
}

const all = (overflow: CandleOverflow): Promise<readonly SidedCandle[]> =>
  overflow.oldest(1_000_000);

describe('an overflow file', () => {
  test('gives what it was given, in its order, and still has it', async () => {
    const { overflow } = await openAt(await newPath());
    const ohlc = { open: '1', high: '2', low: '0.5', close: '1.10' };
    const sided = candleOf({ instrument: 'EUR_USD', sides: { bid: ohlc, ask: ohlc } });
    const worth = candleOf({ isConfirmed: false, turnover: '0.0010', source: 'history' });
    await expect(overflow.push([sided, worth])).resolves.toBe(true);
    await expect(overflow.push(candles(1, 3))).resolves.toBe(true);
    await expect(overflow.push([])).resolves.toBe(true);
    expect(overflow.count).toBe(5);
    await expect(overflow.oldest(3)).resolves.toEqual([sided, worth, ...candles(1, 1)]);
    await expect(all(overflow)).resolves.toEqual([sided, worth, ...candles(1, 3)]);
    expect(overflow.count).toBe(5);
  });

  test('forgets the oldest, as many as it is told, whether they were read or not', async () => {
    const { overflow } = await openAt(await newPath());
    await overflow.push(candles(0, 10));
    await overflow.drop(2);
    await expect(overflow.oldest(3)).resolves.toEqual(candles(2, 3));
    await overflow.drop(1);
    await overflow.drop(3);
    await expect(all(overflow)).resolves.toEqual(candles(6, 4));
    await overflow.drop(0);
    expect(overflow.count).toBe(4);
    await overflow.drop(100);
    expect(overflow.count).toBe(0);
    await expect(all(overflow)).resolves.toEqual([]);
  });

  test('is cut to nothing once nothing waits, and serves again', async () => {
    const path = await newPath();
    const { overflow } = await openAt(path);
    await overflow.push(candles(0, 10));
    await overflow.drop(10);
    expect((await stat(path)).size).toBe(0);
    await overflow.push(candles(10, 1));
    await expect(all(overflow)).resolves.toEqual(candles(10, 1));
  });

  test('does one thing at a time, in order', async () => {
    const { overflow } = await openAt(await newPath());
    const done = [
      overflow.push(candles(0, 2_500)),
      overflow.drop(2_000),
      overflow.push(candles(2_500, 1)),
      overflow.oldest(1),
    ];
    await expect(Promise.all(done)).resolves.toEqual([true, undefined, true, candles(2_000, 1)]);
    expect(overflow.count).toBe(501);
  });

  test('keeps what waits, and nothing that was dropped, over a restart', async () => {
    const path = await newPath();
    const first = await openAt(path);
    await first.overflow.push(candles(0, 10));
    await first.overflow.drop(4);
    await Promise.all([first.overflow.close(), first.overflow.close()]);
    await expect(first.overflow.push(candles(0, 1))).rejects.toThrow(path);
    const { overflow, lines } = await openAt(path);
    expect(overflow.count).toBe(6);
    await overflow.push(candles(10, 1));
    await expect(all(overflow)).resolves.toEqual(candles(4, 7));
    expect(lines).toEqual([]);
  });

  test('has all that it took after a kill, but what was being written', async () => {
    const path = await newPath();
    const { overflow } = await openAt(path);
    await overflow.push(candles(0, 3));
    // What a kill leaves of a fourth, and of a file that was being written anew.
    await appendFile(path, JSON.stringify(candleOf()).slice(0, 50));
    await writeFile(`${path}.unfinished`, 'half');
    const { overflow: next, lines } = await openAt(path);
    expect(next.count).toBe(3);
    await next.push(candles(3, 1));
    await expect(all(next)).resolves.toEqual(candles(0, 4));
    expect(lines).toEqual([]);
    expect(await readdir(join(path, '..'))).toEqual(['overflow.jsonl']);
  });

  test('has every whole candle wherever a kill has cut the file', async () => {
    const path = await newPath();
    const { overflow } = await openAt(path);
    await overflow.push(candles(0, 2));
    await overflow.close();
    const whole = await readFile(path);
    const [header = '', one = ''] = whole.toString().split('\n');
    const ends = [header.length + 1 + one.length + 1, whole.length];
    for (let bytes = 0; bytes <= whole.length; bytes += 1) {
      await writeFile(path, whole.subarray(0, bytes));
      const left = createOverflowFile({ path: () => path, maxBytes: MAX_BYTES });
      await left.start();
      const count = ends.filter((end) => end <= bytes).length;
      expect(left.count).toBe(count);
      await left.push(candles(2, 1));
      await left.close();
      const next = createOverflowFile({ path: () => path, maxBytes: MAX_BYTES });
      await next.start();
      expect(await all(next)).toEqual([...candles(0, count), ...candles(2, 1)]);
      await next.close();
    }
  });

  test('skips lines that cannot be read, and says how many', async () => {
    const path = await newPath();
    const { overflow } = await openAt(path);
    await overflow.push(candles(0, 4));
    await overflow.close();
    const [header = '', one = '', two = '', three = '', four = ''] = (
      await readFile(path, 'utf8')
    ).split('\n');
    const broken = [
      header,
      one,
      '\0'.repeat(400_000),
      '[]',
      two.replace('"1.50"', '"1,50"'),
      three,
      four.replace('BTC', '\u{1f600}'),
      '',
    ];
    await writeFile(path, broken.join('\n'));
    const { overflow: next, lines } = await openAt(path);
    expect(lines).toEqual([
      {
        level: 'warn',
        fields: { path, lines: 3 },
        message: 'Skips lines of candles that cannot be read',
      },
    ]);
    expect(next.count).toBe(3);
    await next.drop(2);
    const [last] = candles(3, 1);
    await expect(all(next)).resolves.toEqual([{ ...last, instrument: '\u{1f600}USDT' }]);
  });

  test.each(['', 'no header'.padEnd(39), '{"head":1000000}', '{"head":-1}', '{"head":"40"}'])(
    'has everything where its first line says %j',
    async (header) => {
      const path = await newPath();
      const lines = candles(0, 3).map((candle) => `${JSON.stringify(candle)}\n`);
      await writeFile(path, `${header.padEnd(39)}\n${lines.join('')}`);
      const { overflow } = await openAt(path);
      await expect(all(overflow)).resolves.toEqual(candles(0, 3));
    },
  );

  test('has fewer where somebody else has shortened it, and waits for no more', async () => {
    const path = await newPath();
    const { overflow } = await openAt(path);
    await overflow.push(candles(0, 3));
    await writeFile(path, (await readFile(path)).subarray(0, 300));
    await expect(all(overflow)).resolves.toEqual(candles(0, 1));
    expect(overflow.count).toBe(1);
  });

  test('drops no more than there is where somebody else has shortened it', async () => {
    const path = await newPath();
    const { overflow } = await openAt(path);
    await overflow.push(candles(0, 3));
    await writeFile(path, (await readFile(path)).subarray(0, 300));
    await overflow.drop(2);
    expect(overflow.count).toBe(0);
  });

  test('takes what it has room for, all or none', async () => {
    const path = await newPath();
    const given = candles(0, 3_000);
    const { overflow } = await openAt(path, bytesOf(given) - 1);
    await expect(overflow.push(given)).resolves.toBe(false);
    expect([overflow.count, (await stat(path)).size]).toEqual([0, 0]);
    await expect(overflow.push(given.slice(0, 1))).resolves.toBe(true);
    const { size } = await stat(path);
    await expect(overflow.push(given.slice(1))).resolves.toBe(false);
    expect((await stat(path)).size).toBe(size);
    await expect(overflow.push(given.slice(1, -1))).resolves.toBe(true);
    await expect(overflow.push(given.slice(-1))).resolves.toBe(false);
    await overflow.drop(1);
    await expect(overflow.push(given.slice(-1))).resolves.toBe(true);
    await expect(all(overflow)).resolves.toEqual(given.slice(1));
  });

  test('is written anew once most of it is dropped', async () => {
    const path = await newPath();
    const maxBytes = bytesOf(candles(0, 100));
    const { overflow, lines } = await openAt(path, maxBytes);
    await overflow.push(candles(0, 80));
    let largest = 0;
    for (let first = 0; first < 1_000; first += 10) {
      await overflow.drop(10);
      await overflow.push(candles(first + 80, 10));
      largest = Math.max(largest, (await stat(path)).size);
      expect(await overflow.oldest(1)).toEqual(candles(first + 10, 1));
    }
    expect(largest).toBeLessThan(1.5 * maxBytes);
    await expect(all(overflow)).resolves.toEqual(candles(1_000, 80));
    await overflow.close();
    const { overflow: next } = await openAt(path, maxBytes);
    await expect(all(next)).resolves.toEqual(candles(1_000, 80));
    expect(lines).toEqual([]);
  });

  test('goes on as it is where it cannot be written anew', async () => {
    const path = await newPath();
    const { overflow, lines } = await openAt(path, bytesOf(candles(0, 100)));
    await overflow.push(candles(0, 100));
    await mkdir(`${path}.unfinished`);
    await overflow.drop(60);
    expect(lines).toMatchObject([{ level: 'warn', fields: { path } }]);
    await overflow.push(candles(100, 10));
    await overflow.drop(10);
    await expect(all(overflow)).resolves.toEqual(candles(70, 40));
    expect(lines).toHaveLength(1);
  });

  test('is not opened where no file can be', async () => {
    const directory = await createDirectoryForTest();
    const at = (path: string) => createOverflowFile({ path: () => path, maxBytes: MAX_BYTES });
    await expect(at(directory).start()).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(at(join(directory, 'no', 'file')).start()).rejects.toMatchObject({
      code: 'ENOENT',
    });
    const unopened = at(join(directory, 'file'));
    await expect(unopened.push(candles(0, 1))).rejects.toThrow('to be open');
    await unopened.close();
  });

  test.skipIf(!existsSync('/dev/full'))('rejects what a full disk does not take', async () => {
    const path = await newPath();
    await symlink('/dev/full', path);
    const { overflow } = await openAt(path);
    await expect(overflow.push(candles(0, 1))).rejects.toMatchObject({ code: 'ENOSPC' });
    // What is left of it cannot be removed from this file, so that nothing can be put behind it.
    await expect(overflow.push(candles(0, 1))).rejects.toMatchObject({ code: 'EINVAL' });
    expect(overflow.count).toBe(0);
  });
});

type Step =
  | { readonly do: 'push' | 'drop' | 'oldest'; readonly count: number }
  | { readonly do: 'restart' | 'tear'; readonly count: number };

test('an overflow file does what an array would, whatever is asked of it', async () => {
  const step: fc.Arbitrary<Step> = fc.record({
    do: fc.constantFrom('push', 'push', 'push', 'drop', 'drop', 'oldest', 'restart', 'tear'),
    count: fc.integer({ min: 0, max: 12 }),
  });
  const maxBytes = bytesOf(candles(0, 25));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const directory = await createDirectory();
      const path = join(directory.path, 'overflow.jsonl');
      let overflow = createOverflowFile({ path: () => path, maxBytes });
      await overflow.start();
      let model: SidedCandle[] = [];
      let next = 0;
      for (const { do: what, count } of steps) {
        if (what === 'push') {
          const given = candles(next, count);
          next += count;
          const hasRoom = bytesOf([...model, ...given]) <= maxBytes;
          expect(await overflow.push(given)).toBe(hasRoom);
          model = hasRoom ? [...model, ...given] : model;
        } else if (what === 'drop') {
          await overflow.drop(count);
          model = model.slice(count);
        } else if (what === 'oldest') {
          expect(await overflow.oldest(count)).toEqual(model.slice(0, count));
        } else {
          await overflow.close();
          if (what === 'tear') {
            await appendFile(path, JSON.stringify(candleOf()).slice(0, 1 + count * 10));
          }
          overflow = createOverflowFile({ path: () => path, maxBytes });
          await overflow.start();
        }
        expect(overflow.count).toBe(model.length);
      }
      expect(await all(overflow)).toEqual(model);
      await overflow.close();
      await directory.remove();
    }),
    { numRuns: 150 },
  );
}, 60_000);
