import { mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DestinationStream, multistream, pino, stdTimeFunctions } from 'pino';
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
  for (const terminal of [process.stdout, process.stderr]) {
    // Several servers may log from one process.
    terminal.off('error', surviveTerminal).on('error', surviveTerminal);
  }
  const streams: { level: typeof level; stream: DestinationStream }[] = [
    { level, stream: process.stdout.isTTY ? prettyTerminal() : process.stdout },
  ];
  if (file !== undefined) {
    streams.push({ level, stream: forgivingFile(openLogFile(file)) });
  }
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, multistream(streams));
}

/** A terminal that was closed, or a disk that is full, speaks up later than the write. */
function surviveTerminal(): void {
  // There is nowhere left to say it.
}

function openLogFile(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'a');
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

/** Drops the lines that cannot be written, and says so now and then. */
function forgivingFile(fd: number): DestinationStream {
  let dropped = 0;
  let nextComplaintAt = 0;
  return {
    write(line) {
      try {
        writeSync(fd, line);
      } catch (error) {
        dropped += 1;
        if (Date.now() >= nextComplaintAt) {
          nextComplaintAt = Date.now() + COMPLAINT_SPACING_MS;
          const { message } = toError(error);
          process.stderr.write(`tickwire: ${dropped} lines of the log were lost: ${message}\n`);
        }
      }
    },
  };
}
