import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

const RESOLUTION_MS = 1;
/** Long enough for the meter's timer to run. */
const TURN_MS = 3;

/**
 * What something did to the event loop of this process (its main thread).
 * @typedef {object} LoopTime
 * @property {number} seconds How long it took.
 * @property {number} busySeconds For how much of it the loop ran code, and did not wait.
 * @property {number} p50Ms How far apart a timer of {@link RESOLUTION_MS} ran.
 * @property {number} p99Ms
 * @property {number} maxMs
 */

/**
 * Measures the event loop while `work` is done, after a garbage collection.
 * @template Result
 * @param {() => Promise<Result>} work
 * @returns {Promise<LoopTime & { result: Result }>}
 */
export async function meterLoop(work) {
  void globalThis.gc?.();
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  // Distances count from the timer's first run to its last: the work has to be in between, also
  // where it never lets the loop turn.
  await setTimeout(TURN_MS);
  const loopAtStart = performance.eventLoopUtilization();
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1_000;
  const { active } = performance.eventLoopUtilization(loopAtStart);
  await setTimeout(TURN_MS);
  delay.disable();
  return {
    result,
    seconds,
    busySeconds: active / 1_000,
    p50Ms: delay.percentile(50) / 1e6,
    p99Ms: delay.percentile(99) / 1e6,
    maxMs: delay.max / 1e6,
  };
}
