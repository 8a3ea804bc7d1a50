import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      // An abort ends the wait early; whoever waits looks at the signal.
      if (signal?.aborted !== true) {
        throw error;
      }
    }),
  schedule(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return {
      cancel() {
        clearTimeout(timer);
      },
    };
  },
};
