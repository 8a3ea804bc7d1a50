import { createMemoryBus } from '../../src/bus/memory.ts';
import type { Bus } from '../../src/ports/bus.ts';
import { createLog } from './channel-log.ts';

/** A bus of one process on which no reader may fail: what one throws, its publisher throws. */
export function createStrictBus(log = createLog()): Bus {
  return createMemoryBus({
    log,
    onError: (error) => {
      throw error;
    },
  });
}
