import { type DestinationStream, destination, multistream, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Logger } from '../ports/logger.ts';
import type { Config } from './config.ts';

/** The program's log: for people on a terminal, JSON everywhere else, and in a file if wanted. */
export function createLogger({ level, file }: Config['log']): Logger {
  const streams: { level: typeof level; stream: DestinationStream }[] = [
    { level, stream: process.stdout.isTTY ? prettyTerminal() : destination({ fd: 1, sync: true }) },
  ];
  if (file !== undefined) {
    streams.push({ level, stream: destination({ dest: file, mkdir: true, sync: true }) });
  }
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, multistream(streams));
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
