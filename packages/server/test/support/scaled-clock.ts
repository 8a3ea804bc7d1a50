import { systemClock } from '../../src/app/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** A clock that runs `speed` times as fast as the machine's, so that limits come sooner. */
export function createScaledClock(speed: number): Clock {
  const startedAt = Date.now();
  const beganAt = performance.now();
  return {
    elapsed: () => (performance.now() - beganAt) * speed,
    now: () => startedAt + (performance.now() - beganAt) * speed,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
    schedule: (ms, callback) => systemClock.schedule(ms / speed, callback),
  };
}
