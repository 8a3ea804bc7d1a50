/**
 * What a command and the server say to each other over the control socket: a request is one JSON
 * body, the answer JSON lines, of which the last is a report or an error.
 */
import { INTERVALS } from '@tickwire/protocol';
import { z } from 'zod';
import {
  ConfigError,
  FeedError,
  InvalidMessageError,
  StoreError,
  toError,
} from '../domain/errors.ts';
import {
  type BackfillAnswer,
  type BackfillRequest,
  type GapsAnswer,
  type GapsRequest,
  type HistoryProgress,
  MAX_DAYS,
} from './history-request.ts';
import type { JobsAnswer, RunJobAnswer, RunJobRequest } from './job-request.ts';
import { JOB_NAMES, JOB_STATUSES } from '../ports/job.ts';

const MAX_INSTRUMENTS = 1_000;
const MAX_NAME_LENGTH = 64;
/** Of an error that nobody foresaw. */
export const INTERNAL = 'INTERNAL';

const name = z.string().max(MAX_NAME_LENGTH);
const time = z.int().min(0).max(Date.UTC(2200, 0));
const count = z.int().min(0);

const selection = {
  instruments: z.array(name).min(1).max(MAX_INSTRUMENTS).optional(),
  granularity: name.optional(),
  days: z.int().min(1).max(MAX_DAYS).optional(),
  from: time.optional(),
  to: time.optional(),
};

export const backfillRequest: z.ZodType<BackfillRequest> = z.strictObject({
  ...selection,
  isAnew: z.boolean().optional(),
});
export const gapsRequest: z.ZodType<GapsRequest> = z.strictObject({
  ...selection,
  fill: z.boolean(),
});

const series = { instrument: z.string(), interval: z.enum(INTERVALS) };
const span = { from: z.int(), to: z.int() };
const failure = z.object({ code: z.string(), message: z.string() }).optional();

export const backfillAnswer: z.ZodType<BackfillAnswer> = z.object({
  series: z.array(
    z.object({ ...series, ...span, saved: count, absent: count, missing: count, failure }),
  ),
});
export const gapsAnswer: z.ZodType<GapsAnswer> = z.object({
  series: z.array(
    z.object({
      ...series,
      ...span,
      gaps: z.array(z.object({ ...span, count })),
      saved: count,
      failure,
    }),
  ),
});

export const jobsRequest: z.ZodType<object> = z.strictObject({});
export const runJobRequest: z.ZodType<RunJobRequest> = z.strictObject({ job: z.enum(JOB_NAMES) });

const jobRun = z.object({
  id: z.int(),
  fireTime: z.int(),
  startedAt: z.int(),
  endedAt: z.int().exactOptional(),
  status: z.enum(JOB_STATUSES),
  error: z.string().exactOptional(),
  records: count.exactOptional(),
  attempt: count,
});
export const jobsAnswer: z.ZodType<JobsAnswer> = z.object({
  jobs: z.array(
    z.object({
      job: z.enum(JOB_NAMES),
      schedule: z.string(),
      isEnabled: z.boolean(),
      next: z.int().optional(),
      last: jobRun.optional(),
    }),
  ),
});
export const runJobAnswer: z.ZodType<RunJobAnswer> = z.object({
  job: z.enum(JOB_NAMES),
  result: z.enum(['success', 'failed', 'busy', 'stopped']),
  records: count,
  failures: z.array(z.string()),
});

/** One line of an answer. */
export type ControlMessage =
  | ({ readonly type: 'progress' } & HistoryProgress)
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'report'; readonly report: unknown }
  | { readonly type: 'error'; readonly code: string; readonly message: string };

const controlMessage: z.ZodType<ControlMessage> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    ...series,
    done: count,
    total: count,
    share: z.number(),
  }),
  z.object({ type: z.literal('warning'), message: z.string() }),
  z.object({ type: z.literal('report'), report: z.unknown() }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);

/** Reads a line; throws for one that is none of ours. */
export function parseControlMessage(line: string): ControlMessage {
  return controlMessage.parse(JSON.parse(line));
}

/** A command failed at the server that carried it out. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** That of the server's error, or `INTERNAL`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** An error as it is told. */
export function toErrorMessage(thrown: unknown): ControlMessage & { readonly code: string } {
  const { message } = toError(thrown);
  return { type: 'error', code: isOurs(thrown) ? thrown.code : INTERNAL, message };
}

/** The error that was told, so that a command ends with it as if it had done the work itself. */
export function fromErrorMessage(code: string, message: string): Error {
  return code === 'CONFIG_INVALID' ? new ConfigError(message) : new CommandError(code, message);
}

function isOurs(thrown: unknown): thrown is Error & { readonly code: string } {
  return [ConfigError, FeedError, StoreError, InvalidMessageError].some(
    (known) => thrown instanceof known,
  );
}
