import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Bus, Envelope } from '../../src/ports/bus.ts';

/** What every bus promises, whatever carries it. */
export function testBus(name: string, create: (onError: (error: Error) => void) => Bus): void {
  describe(`${name} bus`, () => {
    const opened: Bus[] = [];
    const open = (onError: (error: Error) => void = vi.fn()): Bus => {
      const bus = create(onError);
      opened.push(bus);
      return bus;
    };

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((bus) => bus.close()));
    });

    test('brings every envelope to every subscriber once, in order', () => {
      const bus = open();
      const first: number[] = [];
      const second: number[] = [];
      bus.subscribe(({ seq }) => first.push(seq));
      bus.subscribe(({ seq }) => second.push(seq));
      [1, 2, 3].forEach((seq) => {
        bus.publish(envelope(seq));
      });
      expect(first).toEqual([1, 2, 3]);
      expect(second).toEqual([1, 2, 3]);
    });

    test('reports a subscriber that throws, and delivers to the others', () => {
      const onError = vi.fn();
      const bus = open(onError);
      const received: number[] = [];
      bus.subscribe(() => {
        throw new Error('broken reader');
      });
      bus.subscribe(({ seq }) => received.push(seq));
      bus.publish(envelope(1));
      bus.publish(envelope(2));
      expect(received).toEqual([1, 2]);
      expect(onError).toHaveBeenCalledTimes(2);
      expect(onError).toHaveBeenCalledWith(expect.objectContaining({ message: 'broken reader' }));
    });

    test('delivers nothing after the end of a subscription', () => {
      const bus = open();
      const received: number[] = [];
      const subscriber = ({ seq }: Envelope): void => {
        received.push(seq);
      };
      const end = bus.subscribe(subscriber);
      bus.subscribe(subscriber);
      end();
      bus.publish(envelope(1));
      expect(received).toEqual([1]);
    });

    test('lets a subscriber end its subscription while it is told', () => {
      const bus = open();
      const received: string[] = [];
      const end = bus.subscribe(() => {
        received.push('once');
        end();
      });
      bus.subscribe(() => received.push('always'));
      bus.publish(envelope(1));
      bus.publish(envelope(2));
      expect(received).toEqual(['once', 'always', 'always']);
    });

    test('delivers nothing once it is closed', async () => {
      const bus = open();
      const received: number[] = [];
      bus.subscribe(({ seq }) => received.push(seq));
      await bus.close();
      bus.publish(envelope(1));
      expect(received).toEqual([]);
    });
  });
}

function envelope(seq: number): Envelope {
  const event = { type: 'dataReady', dataType: 'prices', count: seq } as const;
  return { channel: 'system', epoch: 'e', seq, event };
}
