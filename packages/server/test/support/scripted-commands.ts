import type {
  BackfillAnswer,
  GapsAnswer,
  GapsRequest,
  HistoryCommands,
  HistoryRequest,
  HistoryWatch,
} from '../../src/app/history-request.ts';
import type {
  JobCommands,
  JobsAnswer,
  RunJobAnswer,
  RunJobRequest,
} from '../../src/app/job-request.ts';

/** Commands that do what a test says. */
export class ScriptedCommands implements HistoryCommands, JobCommands {
  /** What has been asked so far. */
  readonly asked: object[] = [];
  /** How many are being carried out. */
  running = 0;
  /** What is done; by default nothing, which is then the report. */
  work: (watch: HistoryWatch) => Promise<void> = () => Promise.resolve();

  async backfill(request: HistoryRequest, watch: HistoryWatch): Promise<BackfillAnswer> {
    await this.#carryOut(request, watch);
    const series = { instrument: 'EUR_USD', interval: '60', from: 0, to: 7_200_000 } as const;
    return { series: [{ ...series, saved: 2, absent: 1, missing: 0 }] };
  }

  async gaps(request: GapsRequest, watch: HistoryWatch): Promise<GapsAnswer> {
    await this.#carryOut(request, watch);
    const series = { instrument: 'EUR_USD', interval: '60', from: 0, to: 7_200_000 } as const;
    const gaps = [{ from: 0, to: 3_600_000, count: 1 }];
    const failure = { code: 'FEED_REFUSED', message: 'no' };
    return { series: [{ ...series, gaps, saved: 0, failure }] };
  }

  async jobs(request: object, watch: HistoryWatch): Promise<JobsAnswer> {
    await this.#carryOut(request, watch);
    const run = { id: 1, fireTime: 3_600_000, startedAt: 3_600_001, attempt: 1 };
    const done = { endedAt: 3_600_002, status: 'success', records: 23 } as const;
    const hourly = { job: 'hourly', schedule: '0 * * * *', isEnabled: true } as const;
    return {
      jobs: [
        { ...hourly, next: 7_200_000, last: { ...run, ...done } },
        { ...hourly, job: 'daily', isEnabled: false, last: { ...run, status: 'running' } },
      ],
    };
  }

  async runJob(request: RunJobRequest, watch: HistoryWatch): Promise<RunJobAnswer> {
    await this.#carryOut(request, watch);
    return { job: request.job, result: 'success', records: 23, failures: ['EUR_USD: no'] };
  }

  async #carryOut(request: object, watch: HistoryWatch): Promise<void> {
    this.asked.push(request);
    this.running += 1;
    try {
      await this.work(watch);
    } finally {
      this.running -= 1;
    }
  }
}

/** Resolves never; rejects with the signal's reason. */
export function untilAborted({ signal }: HistoryWatch): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

/** Somebody who waits, and what was told meanwhile. */
export function createWatch(signal: AbortSignal = new AbortController().signal) {
  const progress: Parameters<HistoryWatch['onProgress']>[0][] = [];
  const warnings: string[] = [];
  const watch: HistoryWatch = {
    signal,
    onProgress: (state) => progress.push(state),
    onWarning: (text) => warnings.push(text),
  };
  return { ...watch, progress, warnings };
}
