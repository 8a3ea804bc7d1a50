import { createMemoryBus } from '../../src/bus/memory.ts';
import { MemoryLog } from '../../src/bus/memory-log.ts';
import { testBus } from '../contracts/bus.contract.ts';

const SIZE = 1_000;

testBus('memory', async () => {
  const errors: Error[] = [];
  const now = (): number => Date.now();
  const log = new MemoryLog({ epoch: 'first', size: SIZE, maxAgeMs: 600_000, now });
  const bus = createMemoryBus({ log, onError: (error) => errors.push(error) });
  await bus.start();
  return { bus, size: SIZE, errors };
});
