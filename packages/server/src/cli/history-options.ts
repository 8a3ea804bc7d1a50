import type { Command } from 'commander';
import { type BackfillRequest, type HistoryRequest, MAX_DAYS } from '../app/history-request.ts';
import { ConfigError } from '../domain/errors.ts';

/** What the commands about the history have in common on the command line, as it was written. */
export interface HistoryOptions {
  readonly instrument: readonly string[];
  readonly granularity?: string;
  readonly days?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: true;
}

export interface BackfillOptions extends HistoryOptions {
  readonly anew?: true;
}

/** A date, with a time of day if need be; without a zone it is UTC. */
const TIME_PATTERN = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Adds the options to a command. */
export function addHistoryOptions(command: Command): Command {
  return command
    .option('--instrument <names>', 'such as EUR_USD,BTCUSDT; may be given again', collect, [])
    .option('--granularity <width>', 'M1, M5, M15 or H1; of crypto also others, such as M3 or D')
    .option('--days <count>', 'how many days back')
    .option('--from <time>', 'such as 2026-05-01 or 2026-05-01T12:00Z, instead of --days')
    .option('--to <time>', 'until when; now if it is left out')
    .option('--json', 'print the result as JSON');
}

/** Adds those of a backfill to a command. */
export function addBackfillOptions(command: Command): Command {
  return addHistoryOptions(command).option(
    '--anew',
    'ask for all of it, whatever is there or known to be absent at the venue',
  );
}

/** Reads the options of a backfill; throws a ConfigError that names the wrong one. */
export function toBackfillRequest(options: BackfillOptions): BackfillRequest {
  return { ...toHistoryRequest(options), ...(options.anew && { isAnew: true }) };
}

/** Reads the options; throws a ConfigError that names the wrong one. */
export function toHistoryRequest(options: HistoryOptions): HistoryRequest {
  const { instrument, granularity, days, from, to } = options;
  return {
    ...(instrument.length === 0 ? {} : { instruments: instrument }),
    ...(granularity === undefined ? {} : { granularity }),
    ...(days === undefined ? {} : { days: parseDays(days) }),
    ...(from === undefined ? {} : { from: parseTime('--from', from) }),
    ...(to === undefined ? {} : { to: parseTime('--to', to) }),
  };
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, ...text.split(/[\s,]+/).filter((name) => name !== '')];
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > MAX_DAYS) {
    throw new ConfigError(`--days: expected days from 1 to ${MAX_DAYS}, got '${text}'`);
  }
  return days;
}

function parseTime(option: string, text: string): number {
  const isZoned = !text.includes('T') || /(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = Date.parse(isZoned ? text : `${text}Z`);
  if (!TIME_PATTERN.test(text) || Number.isNaN(time) || time < 0) {
    throw new ConfigError(
      `${option}: expected a time such as 2026-05-01 or 2026-05-01T12:00Z, got '${text}'`,
    );
  }
  return time;
}
