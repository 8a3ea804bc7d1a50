import { StoreError, toError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Job, JobLog, JobOutcome, JobReport, JobRun } from '../ports/job.ts';
import type { Logger } from '../ports/logger.ts';

export interface JobRunnerOptions {
  readonly log: JobLog;
  /** Which process this is; no two have the same. */
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What became of a run: `busy`, a run of the job is somebody's until a time; `settled`, it has
 * succeeded or failed too often before; `stopped`, it was ended here, or taken over by somebody.
 */
export type JobResult =
  | ({ readonly type: 'success' } & JobReport)
  | { readonly type: 'failed'; readonly error: Error }
  | { readonly type: 'busy'; readonly until: number }
  | { readonly type: 'settled' }
  | { readonly type: 'stopped' };

/** How long nothing may be heard of a process before somebody else takes its run over. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const MAX_ATTEMPTS = 5;

/**
 * Runs jobs, each under a lease that it renews: whatever becomes of this process, the run is not
 * lost, and whoever cannot renew it any more ends it, because somebody else may have begun it anew.
 */
export class JobRunner {
  readonly #options: JobRunnerOptions;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /**
   * Runs a job for a fire time, if it is not running, done or given up. Rejects with a StoreError
   * where nobody can tell, and leaves the run to whoever comes next.
   */
  async run(job: Job, fireTime: number, signal: AbortSignal): Promise<JobResult> {
    const { log, owner, clock, logger } = this.#options;
    const now = clock.now();
    const claimed = await log.claim({
      job: job.name,
      fireTime,
      owner,
      now,
      leaseUntil: now + LEASE_MS,
      maxAttempts: MAX_ATTEMPTS,
    });
    if (claimed.type === 'busy') {
      return { type: 'busy', until: claimed.until };
    }
    if (claimed.type === 'settled') {
      return { type: 'settled' };
    }
    const { run } = claimed;
    const result = await this.#work(job, run, signal);
    const endedAt = clock.now();
    const isOurs = await log.finish(run, owner, outcomeOf(result, endedAt));
    if (!isOurs) {
      logger.warn({ job: job.name, fireTime }, 'A run took too long to say that it goes on');
      return { type: 'stopped' };
    }
    this.#tell(run, result, endedAt);
    return result;
  }

  /** Never rejects. */
  async #work(job: Job, run: JobRun, signal: AbortSignal): Promise<Worked> {
    // Not `AbortSignal.any`: Node 20 keeps a little of each for as long as the first signal lives.
    const work = new AbortController();
    const done = new AbortController();
    const stop = (): void => {
      work.abort(signal.reason);
    };
    signal.addEventListener('abort', stop);
    if (signal.aborted) {
      stop();
    }
    const renewing = this.#renew(run, work, done.signal);
    try {
      work.signal.throwIfAborted();
      const report = await job.run({ fireTime: run.fireTime, signal: work.signal });
      work.signal.throwIfAborted();
      return { type: 'success', ...report };
    } catch (error) {
      return work.signal.aborted ? { type: 'stopped' } : { type: 'failed', error: toError(error) };
    } finally {
      signal.removeEventListener('abort', stop);
      done.abort();
      await renewing;
    }
  }

  /** Holds the run until the work is done, or ends the work once it cannot be held. */
  async #renew(run: JobRun, work: AbortController, done: AbortSignal): Promise<void> {
    const { log, owner, clock, logger } = this.#options;
    let heldUntil = clock.elapsed() + LEASE_MS;
    for (;;) {
      await clock.sleep(RENEW_MS, done);
      if (done.aborted) {
        return;
      }
      const askedAt = clock.elapsed();
      try {
        const isOurs = await log.renew(run, owner, clock.now() + LEASE_MS);
        heldUntil = isOurs ? askedAt + LEASE_MS : -Infinity;
      } catch (error) {
        logger.debug({ err: error, job: run.job }, 'The lease of a run could not be renewed');
      }
      if (clock.elapsed() >= heldUntil) {
        work.abort(new StoreError('STORE_UNAVAILABLE', 'The lease of the run was lost'));
        return;
      }
    }
  }

  #tell({ job, fireTime, startedAt, attempt }: JobRun, result: Worked, endedAt: number): void {
    const { logger } = this.#options;
    const about = { job, fireTime: new Date(fireTime).toISOString(), tookMs: endedAt - startedAt };
    switch (result.type) {
      case 'success':
        logger.info(
          { ...about, records: result.records, failures: result.failures },
          'A job is done',
        );
        break;
      case 'failed':
        logger.error({ ...about, err: result.error, attempt }, 'A job failed');
        break;
      case 'stopped':
        logger.info(about, 'A job was stopped before it was done');
        break;
    }
  }
}

type Worked = Extract<JobResult, { readonly type: 'success' | 'failed' | 'stopped' }>;

/** As many failures as a person reads; each is logged where it happens. */
const MAX_TOLD_FAILURES = 20;

function outcomeOf(result: Worked, endedAt: number): JobOutcome {
  switch (result.type) {
    case 'success': {
      const { records, failures } = result;
      const error = failures.slice(0, MAX_TOLD_FAILURES).join('\n');
      return { type: 'success', endedAt, records, ...(error === '' ? {} : { error }) };
    }
    case 'failed':
      return { type: 'failed', endedAt, error: result.error.message };
    case 'stopped':
      return { type: 'stopped', endedAt, error: 'It was stopped before it was done' };
  }
}
