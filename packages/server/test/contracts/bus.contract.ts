import { describe, expect, test } from 'vitest';
import type { Bus, Envelope } from '../../src/ports/bus.ts';
import { candleOf } from '../support/live-events.ts';
import {
  CANDLES,
  CORRELATION,
  EUR,
  JPY,
  VOLATILITY,
  eventually,
  priceOf,
  publishPrices,
  record,
  seqsOf,
} from '../support/bus-events.ts';

/** A bus, and what those who test it need to know of it. */
export interface BusWorld {
  /** It has started. */
  readonly bus: Bus;
  /** How many messages of each channel it keeps; ten at least. */
  readonly size: number;
  /** What its readers have thrown, as far as it was reported. */
  readonly errors: readonly Error[];
}

/** Redis has a clock of its own. */
const CLOCKS_APART_MS = 1_000;

/**
 * What every bus promises, whatever carries it. `open` is called within each test, and closes what
 * it has opened when that has finished.
 */
export function testBus(name: string, open: () => Promise<BusWorld>): void {
  describe(`${name} bus`, () => {
    test('numbers each channel for itself, from 1, under one epoch', async () => {
      const { bus } = await open();
      const told = record(bus);
      for (const event of [priceOf('EUR_USD', 1), priceOf('USD_JPY', 1), priceOf('EUR_USD', 2)]) {
        bus.publish(event);
      }
      await eventually(() => told).toHaveLength(3);
      const { epoch } = bus.position(EUR);
      expect(epoch).not.toBe('');
      expect(told).toMatchObject([
        { channel: EUR, epoch, seq: 1, event: priceOf('EUR_USD', 1) },
        { channel: JPY, epoch, seq: 1, event: priceOf('USD_JPY', 1) },
        { channel: EUR, epoch, seq: 2, event: priceOf('EUR_USD', 2) },
      ]);
      expect(told.some((envelope) => 'also' in envelope)).toBe(false);
    });

    test('says when each event was numbered', async () => {
      const { bus } = await open();
      const told = record(bus);
      const before = Date.now();
      publishPrices(bus, 2);
      await eventually(() => told).toHaveLength(2);
      for (const { at } of told) {
        expect(at).toBeGreaterThanOrEqual(before - CLOCKS_APART_MS);
        expect(at).toBeLessThanOrEqual(Date.now() + CLOCKS_APART_MS);
      }
    });

    test('numbers an alert in each of its channels', async () => {
      const { bus } = await open();
      const told = record(bus);
      for (const event of [VOLATILITY, CORRELATION, { ...CORRELATION, pair2: 'EUR_USD' }]) {
        bus.publish(event);
      }
      await eventually(() => told).toHaveLength(3);
      expect(told.map(({ channel, seq, also }) => [channel, seq, also])).toEqual([
        ['alerts', 1, { 'alerts:USD_JPY': 1 }],
        ['alerts', 2, { 'alerts:EUR_USD': 1, 'alerts:USD_JPY': 2 }],
        ['alerts', 3, { 'alerts:EUR_USD': 2 }],
      ]);
      const channels = ['alerts', 'alerts:EUR_USD', 'alerts:USD_JPY'];
      expect(channels.map((channel) => bus.position(channel).seq)).toEqual([3, 2, 2]);
      const { epoch } = bus.position('alerts');
      await expect(bus.since('alerts:USD_JPY', { epoch, seq: 1 })).resolves.toEqual([told[1]]);
      await expect(bus.since('alerts:EUR_USD', { epoch, seq: 0 })).resolves.toEqual([
        told[1],
        told[2],
      ]);
    });

    describe('subscribers', () => {
      test('are brought every envelope once, in order, however many come at once', async () => {
        const { bus } = await open();
        const [first, second] = [record(bus), record(bus)];
        const numbers = Array.from({ length: 700 }, (_, index) => index + 1);
        for (const number of numbers) {
          bus.publish(priceOf('EUR_USD', number));
          bus.publish(priceOf('USD_JPY', number));
        }
        await eventually(() => Math.min(first.length, second.length)).toBe(2 * numbers.length);
        for (const told of [first, second]) {
          for (const instrument of ['EUR_USD', 'USD_JPY']) {
            const ours = told.filter(({ channel }) => channel === `price:${instrument}`);
            expect(ours.map(({ seq, event }) => [seq, event])).toEqual(
              numbers.map((number) => [number, priceOf(instrument, number)]),
            );
          }
        }
      });

      test('that throw are reported, and do not keep it from others', async () => {
        const { bus, errors } = await open();
        bus.subscribe(() => {
          throw new Error('broken reader');
        });
        const told = record(bus);
        publishPrices(bus, 2);
        await eventually(() => seqsOf(told)).toEqual([1, 2]);
        expect(errors.map(({ message }) => message)).toEqual(['broken reader', 'broken reader']);
      });

      test('are brought nothing after the end, and one function may subscribe twice', async () => {
        const { bus } = await open();
        const told: number[] = [];
        const subscriber = ({ seq }: Envelope) => told.push(seq);
        const end = bus.subscribe(subscriber);
        bus.subscribe(subscriber);
        const all = record(bus);
        publishPrices(bus, 1);
        await eventually(() => all).toHaveLength(1);
        end();
        bus.publish(priceOf('EUR_USD', 2));
        await eventually(() => all).toHaveLength(2);
        expect(told).toEqual([1, 1, 2]);
      });

      test('may end while they are told, their own subscription or that of another', async () => {
        const { bus } = await open();
        const told: string[] = [];
        const endFirst = bus.subscribe(() => {
          told.push('once');
          endFirst();
          endLast();
        });
        const all = record(bus);
        const endLast = bus.subscribe(() => told.push('never'));
        publishPrices(bus, 2);
        await eventually(() => seqsOf(all)).toEqual([1, 2]);
        expect(told).toEqual(['once']);
      });

      test('find the bus where they are: it has what they are told, and nothing newer', async () => {
        const { bus } = await open();
        const places: unknown[] = [];
        bus.subscribe(({ channel, seq }) => {
          places.push([seq, bus.position(channel).seq]);
        });
        publishPrices(bus, 3);
        await eventually(() => places).toEqual([
          [1, 1],
          [2, 2],
          [3, 3],
        ]);
      });

      test('are told that this process has published what it has', async () => {
        const { bus } = await open();
        const told = record(bus);
        publishPrices(bus, 1);
        await eventually(() => told.map((envelope) => bus.isOwn(envelope))).toEqual([true]);
      });
    });

    describe('what is kept', () => {
      test('is all after a place, or nothing', async () => {
        const { bus } = await open();
        const told = record(bus);
        expect(bus.position(EUR).seq).toBe(0);
        publishPrices(bus, 4);
        await eventually(() => told).toHaveLength(4);
        const { epoch, seq } = bus.position(EUR);
        expect(seq).toBe(4);
        await expect(bus.since(EUR, { epoch, seq: 0 })).resolves.toEqual(told);
        await expect(bus.since(EUR, { epoch, seq: 3 })).resolves.toEqual(told.slice(3));
        await expect(bus.since(EUR, { epoch, seq: 4 })).resolves.toEqual([]);
        for (const wrong of [5, -1, 1.5, NaN]) {
          await expect(bus.since(EUR, { epoch, seq: wrong })).resolves.toBeUndefined();
        }
        await expect(bus.since(EUR, { epoch: 'other', seq: 4 })).resolves.toBeUndefined();
      });

      test('is nothing of a channel that has had nothing', async () => {
        const { bus } = await open();
        const told = record(bus);
        publishPrices(bus, 1);
        await eventually(() => told).toHaveLength(1);
        const { epoch } = bus.position(EUR);
        expect(bus.position(JPY)).toEqual({ epoch, seq: 0 });
        await expect(bus.since(JPY, { epoch, seq: 0 })).resolves.toEqual([]);
        await expect(bus.since(JPY, { epoch, seq: 1 })).resolves.toBeUndefined();
      });

      test('is the newest of too many', async () => {
        const { bus, size } = await open();
        const told = record(bus);
        publishPrices(bus, size + 5);
        await eventually(() => told).toHaveLength(size + 5);
        const { epoch } = bus.position(EUR);
        expect(await bus.since(EUR, { epoch, seq: 5 })).toEqual(told.slice(5));
        expect(await bus.since(EUR, { epoch, seq: 4 })).toBeUndefined();
      });
    });

    describe('a break', () => {
      test('lets nobody go on from before it, and numbers go on', async () => {
        const { bus } = await open();
        const told = record(bus);
        publishPrices(bus, 2);
        bus.publish(priceOf('USD_JPY', 1));
        bus.breakAt(EUR);
        bus.publish(priceOf('EUR_USD', 3));
        bus.publish(priceOf('EUR_USD', 4));
        await eventually(() => seqsOf(told)).toEqual([1, 2, 1, 3, 4]);
        const { epoch } = bus.position(EUR);
        for (const seq of [0, 1, 2]) {
          expect(await bus.since(EUR, { epoch, seq })).toBeUndefined();
        }
        expect(await bus.since(EUR, { epoch, seq: 3 })).toEqual(told.slice(4));
        expect(await bus.since(JPY, { epoch, seq: 0 })).toHaveLength(1);
      });

      test('holds though nothing has come before or since', async () => {
        const { bus } = await open();
        const told = record(bus);
        publishPrices(bus, 1);
        bus.breakAt(EUR);
        bus.breakAt(JPY);
        bus.publish(candleOf(0));
        await eventually(() => told).toHaveLength(2);
        const { epoch } = bus.position(EUR);
        expect(await bus.since(EUR, { epoch, seq: 1 })).toBeUndefined();
        expect(await bus.since(JPY, { epoch, seq: 0 })).toBeUndefined();
        bus.publish(priceOf('USD_JPY', 1));
        await eventually(() => told).toHaveLength(3);
        expect(await bus.since(JPY, { epoch, seq: 0 })).toBeUndefined();
        expect(await bus.since(JPY, { epoch, seq: 1 })).toEqual([]);
      });
    });

    describe('watchers', () => {
      const start = { channel: CANDLES, candles: [candleOf(0, { isConfirmed: true })] };

      test('are told what a channel starts from or lets go, in the order of what is published', async () => {
        const { bus } = await open();
        const told: unknown[] = [];
        bus.subscribe(({ event }) => told.push(event));
        bus.watch({ onStart: (each) => told.push(each), onForgotten: (each) => told.push(each) });
        bus.publish(candleOf(0));
        bus.begin(start);
        bus.publish(candleOf(1));
        bus.forget(CANDLES);
        bus.publish(candleOf(2));
        const expected = [candleOf(0), start, candleOf(1), CANDLES, candleOf(2)];
        await eventually(() => told).toEqual(expected);
        expect(bus.position(CANDLES).seq).toBe(3);
      });

      test('that throw are reported, and do not keep it from others', async () => {
        const { bus, errors } = await open();
        bus.watch({
          onStart: () => {
            throw new Error('broken watcher');
          },
        });
        const told: unknown[] = [];
        bus.watch({ onStart: ({ channel }) => told.push(channel) });
        bus.begin(start);
        await eventually(() => told).toEqual([CANDLES]);
        expect(errors.map(({ message }) => message)).toEqual(['broken watcher']);
      });

      test('are told nothing after the end, and nothing that they do not ask for', async () => {
        const { bus, errors } = await open();
        const told: string[] = [];
        const end = bus.watch({ onStart: () => told.push('ended') });
        bus.watch({});
        bus.watch({
          onStart: () => told.push('start'),
          onNewest: () => told.push('newest'),
          onLost: () => told.push('lost'),
          onForgotten: () => told.push('forgotten'),
        });
        end();
        bus.publish(candleOf(0));
        bus.begin(start);
        await eventually(() => told).toEqual(['start']);
        expect(errors).toEqual([]);
      });
    });

    test('has no trouble, and tells nobody anything once it is closed, which it may be again', async () => {
      const { bus, errors } = await open();
      const told = record(bus);
      const starts: string[] = [];
      bus.watch({ onStart: ({ channel }) => starts.push(channel) });
      publishPrices(bus, 2);
      await eventually(() => told).toHaveLength(2);
      expect(bus.trouble).toBeUndefined();
      await bus.close();
      bus.publish(priceOf('EUR_USD', 3));
      bus.begin({ channel: CANDLES, candles: [] });
      bus.breakAt(EUR);
      await bus.close();
      expect([seqsOf(told), starts, errors]).toEqual([[1, 2], [], []]);
    });
  });
}
