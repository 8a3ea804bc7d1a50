/** The jobs that there are; by these names they are asked for and recorded. */
export const JOB_NAMES = ['hourly', 'daily', 'retention'] as const;
export type JobName = (typeof JOB_NAMES)[number];

export interface JobTask {
  /** Which run it is: epoch milliseconds. What is of this time or later has no part in it. */
  readonly fireTime: number;
  /** Aborts when the run is to end before it is done. */
  readonly signal: AbortSignal;
}

export interface JobReport {
  /** How many records were made. */
  readonly records: number;
  /** What failed without keeping the rest from being done, for people: one line each. */
  readonly failures: readonly string[];
}

/** What runs at times. MAY run again for a time that it has run for: it MUST come to the same. */
export interface Job {
  readonly name: JobName;
  /** When it runs, as a cron pattern, in UTC. */
  readonly schedule: string;
  /** Rejects where nothing could be done, and with the signal's reason once it has aborted. */
  run(task: JobTask): Promise<JobReport>;
  /**
   * Whether what its last run has made lacks nothing that the next would make now: at a start it
   * may be for other instruments. Left out where that cannot be.
   */
  isComplete?(): Promise<boolean>;
}

/** How a run stands: `failed` is also one whose process has ended or does not answer. */
export const JOB_STATUSES = ['running', 'success', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** A run as it is recorded: one for each job and fire time. All times are epoch milliseconds. */
export interface JobRun {
  readonly id: number;
  readonly job: JobName;
  readonly fireTime: number;
  /** Of the newest attempt. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly status: JobStatus;
  /** Why it failed, or what failed of it though it succeeded. */
  readonly error?: string;
  readonly records?: number;
  /** 1 for the first; those that were stopped do not count. */
  readonly attempt: number;
}

export interface JobClaim {
  readonly job: JobName;
  readonly fireTime: number;
  /** Which process asks: no two have the same. */
  readonly owner: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Until when the run is the owner's unless it is renewed. */
  readonly leaseUntil: number;
  /** A run that has failed so many times is left as it is. */
  readonly maxAttempts: number;
}

/**
 * What became of a claim: `claimed`, the run is the owner's; `busy`, a run of this job is somebody's
 * until a time, or for longer if they renew it; `settled`, it has succeeded or failed too often.
 */
export type JobClaimed =
  | { readonly type: 'claimed'; readonly run: JobRun }
  | { readonly type: 'busy'; readonly fireTime: number; readonly until: number }
  | { readonly type: 'settled'; readonly run: JobRun };

/** How an attempt has ended; one that was `stopped` has failed and does not count. */
export interface JobOutcome {
  readonly type: 'success' | 'failed' | 'stopped';
  /** Epoch milliseconds. */
  readonly endedAt: number;
  readonly error?: string;
  readonly records?: number;
}

/**
 * Who runs what, among all processes on one database. Everything rejects with a StoreError. Clocks
 * of processes MUST NOT be further apart than a lease is long.
 */
export interface JobLog {
  /**
   * Takes a run for an owner. MUST give no two of a job at once, and MUST first call those failed
   * whose lease has run out, or ends later than any could: its owner's clock was set back.
   */
  claim(claim: JobClaim): Promise<JobClaimed>;
  /** Holds a run for longer; resolves with false where it is not the owner's any more. */
  renew(run: JobRun, owner: string, until: number): Promise<boolean>;
  /** Records how a run has ended; resolves with false where it is not the owner's any more. */
  finish(run: JobRun, owner: string, outcome: JobOutcome): Promise<boolean>;
  /**
   * Calls those runs failed that were begun before a time and are somebody's still, where it is known
   * that no process is left that can have them.
   */
  abandonBefore(time: number): Promise<void>;
  /** The newest run of each job that has one. */
  newest(): Promise<readonly JobRun[]>;
  /** Forgets the runs of fire times before a time, and resolves with how many they were. */
  forgetBefore(time: number): Promise<number>;
}
