import { performance } from 'node:perf_hooks';

/** From the machine's monotonic clock to this process's `performance.now`, in microseconds. */
const PROCESS_START_US = Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000;

/**
 * The machine's monotonic clock in microseconds: the same in every process of the machine, so a
 * stamp of one can be taken from the time of another. (`performance.timeOrigin` is the wall clock
 * as each process found it, and would bring the wall clock's corrections into latencies.)
 */
export function machineMicros() {
  return performance.now() * 1_000 + PROCESS_START_US;
}
