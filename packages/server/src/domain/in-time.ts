/** Whoever can wait, such as a clock; an abort of the signal ends the wait. */
export interface Waiting {
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Waits for something no longer than `ms` milliseconds. Resolves with whether it has ended by then,
 * and rejects if it does; what becomes of it later is not told. No timer is left behind.
 */
export async function inTime(work: Promise<unknown>, ms: number, clock: Waiting): Promise<boolean> {
  const ended = new AbortController();
  const overdue = clock.sleep(ms, ended.signal);
  try {
    return await Promise.race([work.then(() => true), overdue.then(() => false)]);
  } finally {
    ended.abort();
  }
}
