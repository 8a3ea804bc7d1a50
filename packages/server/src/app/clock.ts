import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

/** Node turns a longer wait into none. */
const MAX_WAIT_MS = 2_147_483_647;

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) =>
    delay(toWaitMs(ms), undefined, signal === undefined ? {} : { signal }).catch(
      (error: unknown) => {
        // An abort ends the wait early; whoever waits looks at the signal.
        if (signal?.aborted !== true) {
          throw error;
        }
      },
    ),
  schedule(ms, callback) {
    const timer = setTimeout(callback, toWaitMs(ms)).unref();
    return {
      cancel() {
        clearTimeout(timer);
      },
    };
  },
};

function toWaitMs(ms: number): number {
  return Math.min(Math.max(0, ms), MAX_WAIT_MS);
}
