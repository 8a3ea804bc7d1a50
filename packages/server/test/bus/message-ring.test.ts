import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Envelope } from '../../src/ports/bus.ts';
import { MessageRing } from '../../src/bus/message-ring.ts';
import { quoteOf } from '../support/live-events.ts';

function messageOf(seq: number, at = seq): Envelope {
  return { channel: 'price:EUR_USD', epoch: 'e', seq, at, event: quoteOf('EUR_USD') };
}

/** A ring with so many messages, each numbered at the time of its number. */
function ringOf(count: number, size: number): MessageRing {
  const ring = new MessageRing(size);
  for (let number = 1; number <= count; number += 1) {
    ring.push(messageOf(ring.next));
  }
  return ring;
}

const numbers = (envelopes: readonly Envelope[] | undefined) => envelopes?.map(({ seq }) => seq);

test('is empty before any message', () => {
  const ring = new MessageRing(3);
  expect([ring.seq, ring.next]).toEqual([0, 1]);
  expect(ring.since(0)).toEqual([]);
  expect(ring.since(1)).toBeUndefined();
  expect(ring.newest(5)).toEqual([]);
});

test('keeps the newest, and says what came after a number only where all of it is there', () => {
  const ring = ringOf(5, 3);
  expect([ring.seq, ring.next]).toEqual([5, 6]);
  expect(numbers(ring.since(1))).toBeUndefined();
  expect(numbers(ring.since(2))).toEqual([3, 4, 5]);
  expect(numbers(ring.since(4))).toEqual([5]);
  expect(numbers(ring.since(5))).toEqual([]);
  expect(numbers(ring.newest(2))).toEqual([4, 5]);
  expect(numbers(ring.newest(9))).toEqual([3, 4, 5]);
});

test.each([6, -1, 4.5, NaN, Infinity, -Infinity])('has nothing since %s', (seq) => {
  expect(ringOf(5, 10).since(seq)).toBeUndefined();
});

test('drops what is older than a time, and goes on with its numbers', () => {
  const ring = ringOf(5, 10);
  ring.dropBefore(4);
  expect(numbers(ring.since(3))).toEqual([4, 5]);
  expect(ring.since(2)).toBeUndefined();
  ring.dropBefore(1_000);
  expect(ring.newest(10)).toEqual([]);
  expect(numbers(ring.since(5))).toEqual([]);
  expect(ring.since(4)).toBeUndefined();
  ring.push(messageOf(ring.next, 2_000));
  expect(numbers(ring.since(5))).toEqual([6]);
});

test('keeps what is behind one that is not too old, as when the clock was set back', () => {
  const ring = new MessageRing(10);
  [50, 10, 60].forEach((at) => {
    ring.push(messageOf(ring.next, at));
  });
  ring.dropBefore(40);
  expect(numbers(ring.since(0))).toEqual([1, 2, 3]);
});

test('goes on from what was saved, as much of it as there is room for', () => {
  const messages = [messageOf(7), messageOf(8), messageOf(9)];
  const ring = new MessageRing(2, { seq: 9, brokenAt: -1, messages });
  expect(numbers(ring.since(7))).toEqual([8, 9]);
  expect(ring.since(6)).toBeUndefined();
  ring.push(messageOf(ring.next));
  expect(numbers(ring.since(8))).toEqual([9, 10]);
});

test('has exactly the newest that are young enough, whatever happens', () => {
  const step = fc.oneof(fc.constant('push'), fc.integer({ min: 0, max: 30 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step), (size, steps) => {
      const ring = new MessageRing(size);
      let kept: number[] = [];
      for (const each of steps) {
        if (each === 'push') {
          kept = [...kept, ring.next].slice(-size);
          ring.push(messageOf(ring.next));
        } else {
          kept = kept.filter((at) => at >= each);
          ring.dropBefore(each);
        }
        expect(numbers(ring.newest(size + 1))).toEqual(kept);
        expect(numbers(ring.since(ring.seq - kept.length))).toEqual(kept);
        expect(ring.since(ring.seq - kept.length - 1)).toBeUndefined();
      }
    }),
  );
});
