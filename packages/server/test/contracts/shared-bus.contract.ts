import type { MarketEvent } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import type { Bus, Envelope } from '../../src/ports/bus.ts';
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
  tradeOf,
} from '../support/bus-events.ts';
import { TICKER, TRADES, candleOf } from '../support/live-events.ts';
import type { BusWorld } from './bus.contract.ts';

/** A bus of several processes. */
export interface SharedBusWorld extends BusWorld {
  /** The bus of another process, which has started; `prepare` is called with it before that. */
  readonly another: (prepare?: (bus: Bus) => void) => Promise<Bus>;
}

const TRADES_CHANNEL = `trades:${TRADES.instrument}`;
const TICKER_CHANNEL = `ticker:${TICKER.instrument}`;

/**
 * What a bus of several processes promises beside what every bus does. `open` is called within each
 * test, and closes what it and `another` have opened when that has finished.
 */
export function testSharedBus(name: string, open: () => Promise<SharedBusWorld>): void {
  describe(`${name} bus of several processes`, () => {
    /** Two processes, with all that is brought to each. */
    const openTwo = async () => {
      const { bus: first, another } = await open();
      const second = await another();
      return { first, second, another, toFirst: record(first), toSecond: record(second) };
    };

    test('has one order of what all publish, without a hole, and each event once', async () => {
      const { first, second, toFirst, toSecond } = await openTwo();
      const idsOf = (process: string) =>
        Array.from({ length: 300 }, (_, index) => `${process} ${index}`);
      const [ids, otherIds] = [idsOf('first'), idsOf('second')];
      ids.forEach((id, index) => {
        first.publish(tradeOf(id));
        second.publish(tradeOf(otherIds[index] ?? ''));
      });
      const count = ids.length + otherIds.length;
      await eventually(() => [toFirst.length, toSecond.length]).toEqual([count, count]);
      expect(toSecond).toEqual(toFirst);
      expect(seqsOf(toFirst)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
      const told = toFirst.map(({ event }) => event);
      const by = (some: readonly string[]) =>
        told.filter((event) => some.includes(idOf(event))).map(idOf);
      expect(by(ids)).toEqual(ids);
      expect(by(otherIds)).toEqual(otherIds);
    });

    test('has in every process what another has published', async () => {
      const { first, second, toFirst, toSecond } = await openTwo();
      publishPrices(first, 3);
      first.publish(CORRELATION);
      await eventually(() => [toFirst.length, toSecond.length]).toEqual([4, 4]);
      for (const channel of [EUR, JPY, 'alerts', 'alerts:USD_JPY']) {
        expect(second.position(channel)).toEqual(first.position(channel));
      }
      const { epoch } = first.position(EUR);
      await expect(second.since(EUR, { epoch, seq: 1 })).resolves.toEqual(toFirst.slice(1, 3));
      await expect(second.since('alerts:EUR_USD', { epoch, seq: 0 })).resolves.toEqual([
        toFirst[3],
      ]);
      second.publish(priceOf('EUR_USD', 4));
      await eventually(() => first.position(EUR)).toEqual({ epoch, seq: 4 });
    });

    test('tells what this process has published from what another has', async () => {
      const { first, second, toFirst, toSecond } = await openTwo();
      first.publish(tradeOf('by first'));
      second.publish(tradeOf('by second'));
      await eventually(() => [toFirst.length, toSecond.length]).toEqual([2, 2]);
      const own = (bus: Bus, told: typeof toFirst) =>
        told.filter((envelope) => bus.isOwn(envelope)).map(({ event }) => idOf(event));
      expect(own(first, toFirst)).toEqual(['by first']);
      expect(own(second, toSecond)).toEqual(['by second']);
    });

    test('tells the watchers of every process of a channel in its place', async () => {
      const { first, second } = await openTwo();
      const start = { channel: CANDLES, candles: [candleOf(0, { isConfirmed: true })] };
      const told: unknown[] = [];
      second.subscribe(({ event }) => told.push(event));
      second.watch({
        onStart: (each) => told.push(each),
        onForgotten: (each) => told.push(each),
      });
      first.publish(candleOf(0));
      first.begin(start);
      first.publish(candleOf(1));
      first.forget(CANDLES);
      await eventually(() => told).toEqual([candleOf(0), start, candleOf(1), CANDLES]);
    });

    test('lets nobody go on from before a break, whichever process they come back to', async () => {
      const { first, second, toSecond } = await openTwo();
      publishPrices(first, 2);
      first.breakAt(EUR);
      first.publish(priceOf('EUR_USD', 3));
      await eventually(() => seqsOf(toSecond)).toEqual([1, 2, 3]);
      const { epoch } = second.position(EUR);
      expect(await second.since(EUR, { epoch, seq: 2 })).toBeUndefined();
      expect(await second.since(EUR, { epoch, seq: 3 })).toEqual([]);
    });

    test('tells everywhere, once, that something is missing of what was had', async () => {
      const { first, second, toSecond } = await openTwo();
      const lost: string[] = [];
      first.watch({ onLost: (channel) => lost.push(`${channel} in first`) });
      second.watch({ onLost: (channel) => lost.push(`${channel} in second`) });
      first.breakAt(JPY);
      publishPrices(first, 2);
      first.breakAt(EUR);
      first.breakAt(EUR);
      first.publish(priceOf('EUR_USD', 3));
      await eventually(() => seqsOf(toSecond)).toEqual([1, 2, 3]);
      await eventually(() => lost.toSorted()).toEqual([`${EUR} in first`, `${EUR} in second`]);
    });

    test('carries what a process has published before that closes, and goes on without it', async () => {
      const { first, second, toFirst, toSecond } = await openTwo();
      publishPrices(first, 3);
      await first.close();
      await eventually(() => seqsOf(toSecond)).toEqual([1, 2, 3]);
      const had = toFirst.length;
      second.publish(priceOf('EUR_USD', 4));
      await eventually(() => seqsOf(toSecond)).toEqual([1, 2, 3, 4]);
      expect(toFirst).toHaveLength(had);
    });

    describe('a process that comes later', () => {
      /** What a late process is told of what was published before it came. */
      const joinLate = async (events: readonly MarketEvent[]) => {
        const { bus: first, another } = await open();
        const toFirst = record(first);
        for (const event of events) {
          first.publish(event);
        }
        await eventually(() => toFirst).toHaveLength(events.length);
        const newest: Envelope[] = [];
        let told: ReturnType<typeof record> = [];
        const late = await another((bus) => {
          told = record(bus);
          bus.watch({ onNewest: (envelope) => newest.push(envelope) });
        });
        return { first, late, toFirst, told, newest };
      };

      test('stands where the others do, and goes on from there', async () => {
        const { first, late, told } = await joinLate([
          priceOf('EUR_USD', 1),
          priceOf('EUR_USD', 2),
          TRADES,
          CORRELATION,
        ]);
        for (const channel of [EUR, JPY, TRADES_CHANNEL, 'alerts', 'alerts:USD_JPY']) {
          expect(late.position(channel)).toEqual(first.position(channel));
        }
        expect(told).toEqual([]);
        first.publish(priceOf('EUR_USD', 3));
        late.publish(CORRELATION);
        await eventually(() => told).toHaveLength(2);
        expect(told.toSorted((a, b) => a.channel.localeCompare(b.channel))).toMatchObject([
          { channel: 'alerts', seq: 2, also: { 'alerts:EUR_USD': 2, 'alerts:USD_JPY': 2 } },
          { channel: EUR, seq: 3 },
        ]);
      });

      test('is told the newest of prices and tickers, and of nothing that it would add to', async () => {
        const old = { ...TICKER, lastPrice: '1' };
        const { newest } = await joinLate([
          priceOf('EUR_USD', 1),
          old,
          priceOf('EUR_USD', 2),
          priceOf('USD_JPY', 1),
          TICKER,
        ]);
        const expected = [priceOf('EUR_USD', 2), priceOf('USD_JPY', 1), TICKER];
        await eventually(() => newest).toHaveLength(expected.length);
        expect(newest.map(({ event }) => event)).toEqual(expect.arrayContaining(expected));
      });

      test('is told the newest alerts, with their numbers', async () => {
        const { toFirst, newest } = await joinLate([VOLATILITY, CORRELATION, VOLATILITY]);
        const told = () => [...new Map(newest.map((each) => [each.seq, each])).values()];
        await eventually(() => told().toSorted((a, b) => a.seq - b.seq)).toEqual(toFirst);
      });

      test('has what was published before, or says that it has not', async () => {
        const { first, late, toFirst } = await joinLate([
          priceOf('EUR_USD', 1),
          priceOf('EUR_USD', 2),
          TICKER,
          TRADES,
          CORRELATION,
        ]);
        const { epoch } = first.position(EUR);
        const published = toFirst.filter(({ channel }) => channel === EUR);
        await expect(late.since(EUR, { epoch, seq: 0 })).resolves.toEqual(published);
        await expect(late.since(EUR, { epoch, seq: 2 })).resolves.toEqual([]);
        await expect(late.since(EUR, { epoch, seq: 3 })).resolves.toBeUndefined();
        for (const channel of [TICKER_CHANNEL, TRADES_CHANNEL, 'alerts:USD_JPY']) {
          await expect(late.since(channel, { epoch, seq: 0 })).resolves.toHaveLength(1);
        }
      });

      test('has a break that was there before it', async () => {
        const { bus: first, another } = await open();
        const toFirst = record(first);
        publishPrices(first, 2);
        first.breakAt(EUR);
        first.publish(priceOf('EUR_USD', 3));
        await eventually(() => toFirst).toHaveLength(3);
        const late = await another();
        const { epoch } = late.position(EUR);
        expect(await late.since(EUR, { epoch, seq: 2 })).toBeUndefined();
        expect(await late.since(EUR, { epoch, seq: 3 })).toEqual([]);
      });
    });
  });
}

function idOf(event: MarketEvent): string {
  return event.type === 'trades' ? (event.trades[0]?.id ?? '') : '';
}
