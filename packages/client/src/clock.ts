/** Time, so that tests own it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since some moment; MUST NOT jump when the machine's time is set. */
  elapsed(): number;
  /** Calls back once after `ms` milliseconds unless cancelled. */
  schedule(ms: number, callback: () => void): ScheduledCall;
}

export interface ScheduledCall {
  cancel(): void;
}

/** A longer wait becomes none. */
const MAX_WAIT_MS = 2_147_483_647;

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_WAIT_MS));
    return {
      cancel() {
        clearTimeout(timer);
      },
    };
  },
};
