import { createHash } from 'node:crypto';
import { access, constants, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError, toError } from '../domain/errors.ts';
import type { HistoryOrigin } from '../ports/store.ts';

const HASH_LENGTH = 12;

/** Makes the data directory, if it is missing; rejects with a ConfigError where it cannot be used. */
export async function makeDataDirectory(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await readdir(directory);
    await access(directory, constants.W_OK);
  } catch (error) {
    throw unusable(directory, error);
  }
}

/** What to tell of a data directory that cannot be used. */
export function unusable(directory: string, cause: unknown): ConfigError {
  const { message } = toError(cause);
  return new ConfigError(
    `DATA_DIR: expected a directory that can be written, got ${directory}: ${message}`,
    { cause },
  );
}

/** Where candles of some worlds wait; those of others wait elsewhere, until these are back. */
export function overflowPath(directory: string, origins: readonly HistoryOrigin[]): string {
  const worlds = origins.map(({ venue, origin }) => `${venue} ${origin}`).sort();
  const hash = createHash('sha256').update(worlds.join('\n')).digest('hex').slice(0, HASH_LENGTH);
  return join(directory, `overflow-${hash}.jsonl`);
}

/** Not the system's own recursion, which on Node 20 never ends below /proc. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) {
      await makeDirectory(dirname(path));
      await mkdir(path);
    } else if (code !== 'EEXIST') {
      throw error;
    }
  }
}
