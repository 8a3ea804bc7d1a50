import { systemClock } from '../../src/app/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** A clock that can be stopped, as that of a process which the system does not let run. */
export interface FreezableClock extends Clock {
  freeze(): void;
}

export function createFreezableClock(): FreezableClock {
  let frozenAt: number | undefined;
  const never = (signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      signal?.addEventListener('abort', () => {
        resolve();
      });
    });
  return {
    freeze: () => {
      frozenAt ??= systemClock.elapsed();
    },
    now: () => systemClock.now(),
    elapsed: () => frozenAt ?? systemClock.elapsed(),
    sleep: async (ms, signal) => {
      await systemClock.sleep(ms, signal);
      if (frozenAt !== undefined && signal?.aborted !== true) {
        await never(signal);
      }
    },
    schedule: (ms, callback) =>
      systemClock.schedule(ms, () => {
        if (frozenAt === undefined) {
          callback();
        }
      }),
  };
}
