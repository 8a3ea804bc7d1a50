import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedQueue } from '../../src/domain/bounded-queue.ts';

test('gives what came first, and drops the oldest of too many', () => {
  const steps = fc.array(fc.oneof(fc.constant('push' as const), fc.nat(5)), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), steps, (limit, plan) => {
      const queue = new BoundedQueue<number>(limit);
      let expected: number[] = [];
      let dropped = 0;
      for (const [index, step] of plan.entries()) {
        if (step === 'push') {
          queue.push(index);
          expected.push(index);
          dropped += Math.max(0, expected.length - limit);
          expected = expected.slice(-limit);
        } else {
          expect(queue.take(step)).toEqual(expected.splice(0, step));
        }
        expect(queue.size).toBe(expected.length);
        expect(queue.first).toBe(expected[0]);
        for (const count of [0, 1, 3, limit, Infinity]) {
          expect(queue.newest(count)).toEqual(count === 0 ? [] : expected.slice(-count));
        }
        expect(queue.dropped).toBe(dropped);
      }
    }),
  );
});
