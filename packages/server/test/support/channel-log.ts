import { MemoryLog } from '../../src/bus/memory-log.ts';

/** A log under the epoch `first` that forgets nothing for as long as a test lasts. */
export function createLog(epoch = 'first', now = () => Date.now()): MemoryLog {
  return new MemoryLog({ epoch, size: 1_024, maxAgeMs: 600_000, now });
}
