import { createMemoryBus } from '../../src/bus/memory.ts';
import { testBus } from '../contracts/bus.contract.ts';

testBus('memory', (onError) => createMemoryBus({ onError }));
