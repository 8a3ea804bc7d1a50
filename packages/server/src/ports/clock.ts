/** Time, so that tests own it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since some moment; MUST NOT jump when the machine's time is set. */
  elapsed(): number;
  /**
   * Resolves after `ms` milliseconds, or at once when the signal aborts: it MUST NOT reject, so
   * that a loop has one place where it looks at its signal.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms` milliseconds unless cancelled; MUST NOT keep the process alive. */
  schedule(ms: number, callback: () => void): ScheduledCall;
}

export interface ScheduledCall {
  cancel(): void;
}
