/** What can be asked about jobs, and what is answered, wherever it is carried out. */
import type { JobName, JobRun } from '../ports/job.ts';
import type { HistoryWatch } from './history-request.ts';

/** A job with its times, which are epoch milliseconds. */
export interface ListedJob {
  readonly job: JobName;
  /** A cron pattern, in UTC. */
  readonly schedule: string;
  /** Whether it runs by itself. */
  readonly isEnabled: boolean;
  /** When it would run next. */
  readonly next?: number | undefined;
  /** Its newest run, if there was any. */
  readonly last?: Omit<JobRun, 'job'> | undefined;
}

export interface JobsAnswer {
  readonly jobs: readonly ListedJob[];
}

export interface RunJobRequest {
  readonly job: JobName;
}

/** What became of a run; where it was `busy`, another run of the job went on. */
export interface RunJobAnswer {
  readonly job: JobName;
  readonly result: 'success' | 'failed' | 'busy' | 'stopped';
  readonly records: number;
  /** What failed, for people. */
  readonly failures: readonly string[];
}

/** Both reject with a StoreError, and with the signal's reason once it has aborted. */
export interface JobCommands {
  /** Tells which jobs there are, and how they stand. */
  jobs(request: object, watch: HistoryWatch): Promise<JobsAnswer>;
  /** Runs a job now, whatever its times are and whether it is enabled. */
  runJob(request: RunJobRequest, watch: HistoryWatch): Promise<RunJobAnswer>;
}
