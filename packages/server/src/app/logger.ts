import { closeSync, openSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DestinationStream, destination, multistream, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { ConfigError, toError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { Config } from './config.ts';

/** How often a log that cannot be written is spoken of. */
const COMPLAINT_SPACING_MS = 60_000;

/**
 * The program's log: for people on a terminal, JSON everywhere else, and in a file if wanted.
 * Throws a ConfigError for a file that cannot be written; a disk that fills up later costs lines,
 * never the program.
 */
export function createLogger({ level, file }: Config['log']): Logger {
  const streams: { level: typeof level; stream: DestinationStream }[] = [
    { level, stream: forgiving(process.stdout.isTTY ? prettyTerminal() : jsonTo(1)) },
  ];
  if (file !== undefined) {
    streams.push({ level, stream: forgiving(jsonTo(openLogFile(file))) });
  }
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, multistream(streams));
}

function jsonTo(fd: number): DestinationStream {
  return destination({ fd, sync: true });
}

function openLogFile(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const fd = openSync(file, 'a');
    process.once('exit', () => {
      closeSync(fd);
    });
    return fd;
  } catch (error) {
    const message = `LOG_FILE: expected the path of a file, got '${file}': ${toError(error).message}`;
    throw new ConfigError(message, { cause: error });
  }
}

function prettyTerminal(): DestinationStream {
  const pretty = prettyFactory({
    colorize: true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return {
    write(line) {
      process.stdout.write(pretty(line));
    },
  };
}

/** Drops what cannot be written, and says so now and then where it still can. */
function forgiving(stream: DestinationStream): DestinationStream {
  let dropped = 0;
  let nextComplaintAt = 0;
  return {
    write(line) {
      try {
        stream.write(line);
      } catch (error) {
        dropped += 1;
        if (Date.now() >= nextComplaintAt) {
          nextComplaintAt = Date.now() + COMPLAINT_SPACING_MS;
          process.stderr.write(
            `tickwire: ${dropped} lines of the log were lost: ${toError(error).message}\n`,
          );
        }
      }
    },
  };
}
