import type { MarketEvent, OrderBookChange } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/bus/redis/operation.ts';
import { WaitingOperations } from '../../../src/bus/redis/waiting-operations.ts';
import { CANDLES, CORRELATION, EUR, JPY, priceOf, tradeOf } from '../../support/bus-events.ts';
import { TICKER, bookChange, bookOf, candleOf } from '../../support/live-events.ts';

const BOOK = 'orderbook:BTCUSDT';

function eventOf(event: MarketEvent): Operation {
  return { kind: 'event', event, isVersioned: true };
}

/** What waits of these, where everything is conflated that may be. */
function conflated(...operations: readonly Operation[]): readonly Operation[] {
  const waiting = new WaitingOperations({ conflatesFrom: 0 });
  operations.forEach((operation) => {
    waiting.push(operation);
  });
  return waiting.take(Infinity);
}

function conflatedEvents(...events: readonly MarketEvent[]): readonly unknown[] {
  return conflated(...events.map(eventOf)).map((operation) =>
    operation.kind === 'event' ? operation.event : operation,
  );
}

describe('WaitingOperations', () => {
  test('gives all in order, as long as few wait', () => {
    const waiting = new WaitingOperations({ conflatesFrom: 10 });
    const operations = [1, 2, 3, 4].map((number) => eventOf(priceOf('EUR_USD', number)));
    operations.forEach((operation) => {
      waiting.push(operation);
    });
    expect(waiting.size).toBe(4);
    expect(waiting.take(3)).toEqual(operations.slice(0, 3));
    expect(waiting.take(3)).toEqual(operations.slice(3));
    expect([waiting.size, waiting.dropped]).toEqual([0, 0]);
  });

  test('begins to conflate once so many wait, and not before', () => {
    const waiting = new WaitingOperations({ conflatesFrom: 3 });
    [1, 2, 3, 4, 5].forEach((number) => {
      waiting.push(eventOf(priceOf('EUR_USD', number)));
    });
    expect(waiting.take(10)).toEqual(
      [1, 2, 5].map((number) => eventOf(priceOf('EUR_USD', number))),
    );
  });

  test('has the newer price or ticker in the place of the older, of each channel', () => {
    const [older, newer] = [TICKER, { ...TICKER, lastPrice: '1' }];
    expect(
      conflatedEvents(
        priceOf('EUR_USD', 1),
        older,
        priceOf('USD_JPY', 1),
        priceOf('EUR_USD', 2),
        newer,
      ),
    ).toEqual([priceOf('EUR_USD', 2), newer, priceOf('USD_JPY', 1)]);
  });

  test('tells others of the newer one', () => {
    const [first, second] = [1, 2].map((number): Operation => {
      const announcement = { channel: 'price_updates', text: String(number) };
      return { kind: 'event', event: priceOf('EUR_USD', number), isVersioned: true, announcement };
    });
    expect(first && second && conflated(first, second)).toEqual([second]);
  });

  test('conflates a candle until it is over, and nothing of it after that', () => {
    const confirmed = { isConfirmed: true };
    const corrected = candleOf(0, { ...confirmed, revision: 1 });
    expect(
      conflatedEvents(
        candleOf(0),
        candleOf(0, { close: '28351' }),
        candleOf(0, confirmed),
        corrected,
        candleOf(1),
        candleOf(2),
        candleOf(2, { close: '28351' }),
      ),
    ).toEqual([candleOf(0, confirmed), corrected, candleOf(1), candleOf(2, { close: '28351' })]);
  });

  test('never conflates trades and alerts', () => {
    const events = [tradeOf('1'), tradeOf('2'), CORRELATION, CORRELATION];
    expect(conflatedEvents(...events)).toEqual(events);
  });

  test('conflates nothing over what is no event of the same channel', () => {
    const operations: readonly Operation[] = [
      eventOf(priceOf('EUR_USD', 1)),
      { kind: 'break', channel: EUR },
      eventOf(priceOf('EUR_USD', 2)),
      eventOf(candleOf(0)),
      { kind: 'begin', start: { channel: CANDLES, candles: [] } },
      eventOf(candleOf(0)),
    ];
    expect(conflated(...operations)).toEqual(operations);
  });

  test('conflates with nothing that was taken already', () => {
    const waiting = new WaitingOperations({ conflatesFrom: 0 });
    waiting.push(eventOf(priceOf('EUR_USD', 1)));
    expect(waiting.take(1)).toEqual([eventOf(priceOf('EUR_USD', 1))]);
    waiting.push(eventOf(priceOf('EUR_USD', 2)));
    expect(waiting.take(1)).toEqual([eventOf(priceOf('EUR_USD', 2))]);
  });

  test('makes of changes of a book one that does what all do', () => {
    const changes: readonly OrderBookChange[] = [
      bookChange(2, [
        ['1000', '1'],
        ['999', '1'],
      ]),
      bookChange(3, [
        ['999', '0'],
        ['998', '7'],
      ]),
      bookChange(4, [['1000', '2']]),
    ];
    expect(conflatedEvents(...changes)).toEqual([
      bookChange(4, [
        ['999', '0'],
        ['998', '7'],
        ['1000', '2'],
      ]),
    ]);
    expect(
      conflatedEvents(
        bookOf(1),
        bookChange(2, [
          ['1000', '0'],
          ['998', '7'],
        ]),
      ),
    ).toEqual([
      {
        ...bookOf(1, 2),
        bids: [
          ['1000', '0'],
          ['998', '7'],
        ],
      },
    ]);
    expect(conflatedEvents(...changes, bookOf(2, 9))).toEqual([bookOf(2, 9)]);
  });

  describe('beyond its bound', () => {
    test('drops the oldest half, counts it, and says what is missing', () => {
      const waiting = new WaitingOperations({ maxWaiting: 4 });
      const operations = ['1', '2', '3', '4', '5'].map((id) => eventOf(tradeOf(id)));
      operations.forEach((operation) => {
        waiting.push(operation);
      });
      expect(waiting.dropped).toBe(2);
      expect(waiting.take(10)).toEqual([
        { kind: 'break', channel: 'trades:BTCUSDT' },
        ...operations.slice(2),
      ]);
    });

    test('says so of each channel that something was in, and has its state told anew', () => {
      const waiting = new WaitingOperations({ maxWaiting: 8 });
      for (const event of [priceOf('EUR_USD', 1), CORRELATION, candleOf(0), bookChange(2, [])]) {
        waiting.push(eventOf(event));
      }
      for (const id of ['1', '2', '3', '4', '5']) {
        waiting.push(eventOf(tradeOf(id)));
      }
      expect(waiting.dropped).toBe(4);
      const marks = waiting.take(waiting.size - 5);
      expect(marks).toEqual([
        { kind: 'break', channel: EUR },
        { kind: 'break', channel: 'alerts' },
        { kind: 'break', channel: 'alerts:EUR_USD' },
        { kind: 'break', channel: 'alerts:USD_JPY' },
        { kind: 'break', channel: CANDLES },
        { kind: 'ask', channel: CANDLES },
        { kind: 'break', channel: BOOK },
        { kind: 'forget', channel: BOOK },
        { kind: 'ask', channel: BOOK },
      ]);
    });

    test('conflates with nothing that was dropped', () => {
      const waiting = new WaitingOperations({ conflatesFrom: 2, maxWaiting: 2 });
      waiting.push(eventOf(priceOf('EUR_USD', 1)));
      waiting.push(eventOf(tradeOf('1')));
      waiting.push(eventOf(tradeOf('2')));
      waiting.push(eventOf(priceOf('EUR_USD', 2)));
      waiting.push(eventOf(priceOf('USD_JPY', 1)));
      const events = waiting.take(10).filter(({ kind }) => kind === 'event');
      expect(events).toContainEqual(eventOf(priceOf('USD_JPY', 1)));
      expect(waiting.dropped + events.length).toBe(5);
    });

    test('says again what was missing when that itself is dropped', () => {
      const waiting = new WaitingOperations({ maxWaiting: 2 });
      waiting.push(eventOf(priceOf('USD_JPY', 1)));
      for (let id = 1; id <= 20; id += 1) {
        waiting.push(eventOf(tradeOf(String(id))));
      }
      const left = waiting.take(100);
      expect(left).toContainEqual({ kind: 'break', channel: JPY });
      expect(left.filter(({ kind }) => kind === 'event').length + waiting.dropped).toBe(21);
    });
  });
});
