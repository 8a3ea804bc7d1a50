import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseChannel } from '@tickwire/protocol';
import { toError } from '../domain/errors.ts';
import type { MemoryLog, SavedLog } from '../bus/memory-log.ts';
import type { Envelope } from '../ports/bus.ts';
import type { Logger } from '../ports/logger.ts';
import type { LastValues } from '../tape/last-values.ts';
import type { Part } from './lifecycle.ts';

export interface TapeFileOptions {
  readonly path: string;
  readonly log: MemoryLog;
  readonly logger: Logger;
}

/** What the file looks like; another number is another program's. */
const VERSION = 3;

/** Of an envelope, what decides whether the numbering can go on; the rest is as it was written. */
const envelope = z.custom<Envelope>(
  (value) =>
    z
      .object({ epoch: z.string(), seq: z.number(), at: z.number(), event: z.object() })
      .safeParse(value).success,
);
const savedLog = z.object({
  version: z.literal(VERSION),
  epoch: z.string().min(1),
  channels: z.record(
    z.string(),
    z.object({
      seq: z.number().int().min(0),
      brokenAt: z.number().int().min(-1),
      messages: z.array(envelope),
    }),
  ),
});

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
    return savedLog.parse(JSON.parse(text));
  } catch (error) {
    logger.warn({ path, reason: toError(error).message }, 'Numbering starts anew: unreadable file');
    return undefined;
  }
}

/**
 * Trades, and candles of which nothing was taken back from the store, have gone on while the program
 * was away, and nobody will number those that came meanwhile.
 */
export function unfollowedPart(log: MemoryLog, lastValues: LastValues): Part {
  return {
    name: 'unfollowed channels',
    start: () => {
      for (const channel of log.channels) {
        const kind = parseChannel(channel)?.kind;
        const isUnknown = lastValues.candles(channel) === undefined;
        if (kind === 'trades' || (kind === 'candles' && isUnknown)) {
          log.breakAt(channel);
        }
      }
    },
    close: () => Promise.resolve(),
  };
}
