import { backoffDelayMs } from '@tickwire/protocol';
import { StoreError } from '../domain/errors.ts';
import { Spacing } from '../domain/spacing.ts';
import { untilOpened } from '../domain/until-opened.ts';
import type { Clock } from '../ports/clock.ts';
import type { Job, JobName } from '../ports/job.ts';
import type { Logger } from '../ports/logger.ts';
import { DueTimes } from './due-times.ts';
import type { JobResult, JobRunner } from './job-runner.ts';

/** A job, and whether it runs by itself. */
export interface ScheduledJob {
  readonly job: Job;
  readonly isEnabled: boolean;
}

export interface SchedulerOptions {
  readonly jobs: readonly ScheduledJob[];
  readonly runner: Pick<JobRunner, 'run'>;
  /** Resolves when the store can be used; nothing is asked of it before. */
  readonly opened: Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Clocks are set and machines sleep: the time is looked at again at least so often. */
const MAX_WAIT_MS = 60_000;
/** After a run that failed: once a minute at first, a quarter of an hour later at most. */
const RETRY_BACKOFF = { baseMs: 60_000, capMs: 900_000, floorMs: 30_000 };
/** Where the database cannot say who runs what. */
const TROUBLE_BACKOFF = { baseMs: 2_000, capMs: 60_000, floorMs: 1_000 };
const LOG_SPACING_MS = 60_000;

/**
 * Runs each job at its times, once among all processes on one database. Whoever comes first takes a
 * run; the others look again once it could be over, and take over what was left undone. At a start
 * the newest run that was missed is made up, and no older one: what it would make, the newest makes.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  readonly #stop = new AbortController();
  #running: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#closing === undefined) {
      const enabled = this.#options.jobs.filter(({ isEnabled }) => isEnabled);
      this.#running ??= Promise.all(enabled.map(({ job }) => this.#keepRunning(job)));
    }
  }

  /** Ends what runs; resolves when nothing is left, and never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stop.abort(new StoreError('STORE_UNAVAILABLE', 'The server stops'));
    await this.#running;
  }

  /** Never rejects. */
  async #keepRunning(job: Job): Promise<void> {
    const { clock, opened } = this.#options;
    const { signal } = this.#stop;
    const due = new DueTimes(job.schedule);
    let isFirst = true;
    let failures = 0;
    let troubles = 0;
    await untilOpened(opened, signal);
    while (!signal.aborted) {
      const beganAt = clock.now();
      let again: number;
      try {
        const result = await this.#runDue(job, due.last(beganAt), isFirst);
        isFirst &&= result.type === 'busy' || result.type === 'stopped';
        troubles = 0;
        failures = result.type === 'failed' ? failures + 1 : 0;
        again = pauseAfter(result, failures, clock.now());
      } catch (error) {
        this.#report(job.name, error);
        again = backoffDelayMs(troubles, TROUBLE_BACKOFF);
        troubles += 1;
      }
      await this.#wait(Math.min(clock.now() + again, due.next(beganAt) ?? Infinity));
    }
  }

  /** What a start finds done may still lack something: then it is run for now. */
  async #runDue(job: Job, fireTime: number | undefined, isFirst: boolean): Promise<JobResult> {
    const { runner, clock } = this.#options;
    const { signal } = this.#stop;
    const result: JobResult =
      fireTime === undefined ? { type: 'settled' } : await runner.run(job, fireTime, signal);
    const isLacking = isFirst && result.type === 'settled' && (await job.isComplete?.()) === false;
    return isLacking ? runner.run(job, clock.now(), signal) : result;
  }

  /** Until a time on the clock, however it is set meanwhile. */
  async #wait(until: number): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted && clock.now() < until) {
      await clock.sleep(Math.min(until - clock.now(), MAX_WAIT_MS), signal);
    }
  }

  #report(job: JobName, error: unknown): void {
    const { clock, logger } = this.#options;
    const isExpected = error instanceof StoreError && error.retryable;
    if (this.#logSpacing.take(clock.elapsed())) {
      const message = 'A job waits: the database cannot say whether it is to run';
      logger[isExpected ? 'warn' : 'error']({ err: error, job }, message);
    }
  }
}

/** How long to wait before the same run is looked at again; Infinity where it is over. */
function pauseAfter(result: JobResult, failures: number, now: number): number {
  switch (result.type) {
    case 'busy':
      return Math.max(1, result.until - now);
    case 'failed':
      return backoffDelayMs(failures - 1, RETRY_BACKOFF);
    case 'stopped':
      return RETRY_BACKOFF.floorMs;
    default:
      return Infinity;
  }
}
