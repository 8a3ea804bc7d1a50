import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { toError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { MemoryLog, SavedLog } from '../tape/memory-log.ts';
import type { Part } from './lifecycle.ts';

export interface TapeFileOptions {
  readonly path: string;
  readonly log: MemoryLog;
  readonly logger: Logger;
}

/** What the file looks like; another number is another program's. */
const VERSION = 1;

/**
 * Lets the numbering of channels outlive an orderly stop: what was numbered is written when the
 * program stops, and taken back by the next start. It is gone once it is taken back, so that after a
 * crash, in which numbers were given that no file knows of, numbering starts anew.
 */
export function tapeFilePart({ path, log, logger }: TapeFileOptions): Part {
  return {
    name: 'tape file',
    start: async () => {
      const saved = await take(path, logger);
      if (saved !== undefined) {
        log.restore(saved);
      }
    },
    close: async () => {
      const unfinished = `${path}.unfinished`;
      await writeFile(unfinished, JSON.stringify({ version: VERSION, ...log.save() }));
      await rename(unfinished, path);
    },
  };
}

async function take(path: string, logger: Logger): Promise<SavedLog | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    // There is none after a crash, or before the first stop.
    return undefined;
  }
  await rm(path);
  try {
    const { version, ...saved } = JSON.parse(text) as SavedLog & { version: unknown };
    return version === VERSION ? saved : undefined;
  } catch (error) {
    logger.warn({ path, reason: toError(error).message }, 'Numbering starts anew: unreadable file');
    return undefined;
  }
}
