import { type OrderBookChange, type Ticker, channelOf } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import type { ChannelWatcher } from '../../src/ports/bus.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { alertAt, correlationAlert, idsOf, keptAlert, volatilityAlert } from '../support/alerts.ts';
import { minuteCandle } from '../support/candle.ts';
import { quoteOf } from '../support/live-events.ts';
import { createLog } from '../support/channel-log.ts';
import { createStrictBus } from '../support/strict-bus.ts';

const CANDLES = 'candles:BTCUSDT:1';
const CONFIRMED = { isConfirmed: true };

const BOOK_CHANNEL = 'orderbook:BTCUSDT';
const BOOK: OrderBookChange = {
  type: 'orderBook',
  instrument: 'BTCUSDT',
  isSnapshot: true,
  bids: [['99', '1']],
  asks: [['100', '2']],
  updateId: 5,
};

const TICKER: Ticker = { type: 'ticker', instrument: 'BTCUSDT', lastPrice: '99.5' };

function createLastValues(): LastValues {
  return new LastValues(() => 1_000);
}

describe('LastValues', () => {
  test('knows nothing of a channel that nothing came from', () => {
    const lastValues = createLastValues();
    expect(lastValues.ticker('ticker:BTCUSDT')).toBeUndefined();
    expect(lastValues.book('orderbook:BTCUSDT')).toBeUndefined();
    expect(lastValues.candles(CANDLES)).toBeUndefined();
  });

  test('keeps the newest ticker of each instrument', () => {
    const lastValues = createLastValues();
    lastValues.remember(TICKER);
    lastValues.remember({ ...TICKER, lastPrice: '99.6' });
    lastValues.remember({ ...TICKER, instrument: 'ETHUSDT' });
    expect(lastValues.ticker('ticker:BTCUSDT')).toEqual({ ...TICKER, lastPrice: '99.6' });
    expect(lastValues.ticker('ticker:ETHUSDT')).toEqual({ ...TICKER, instrument: 'ETHUSDT' });
  });

  test('keeps books whole, by their snapshots and changes', () => {
    const lastValues = createLastValues();
    lastValues.remember(BOOK);
    const asks = [['100', '0'] as const, ['101', '3'] as const];
    lastValues.remember({ ...BOOK, isSnapshot: false, bids: [], asks, updateId: 6 });
    const book = lastValues.book('orderbook:BTCUSDT');
    expect([book?.bids, book?.asks, book?.updateId]).toEqual([[['99', '1']], [['101', '3']], 6]);
  });

  test('makes no book of a change alone, though one was known before it was forgotten', () => {
    const lastValues = createLastValues();
    lastValues.remember({ ...BOOK, isSnapshot: false });
    expect(lastValues.book('orderbook:BTCUSDT')).toBeUndefined();
    lastValues.remember(BOOK);
    lastValues.forget('orderbook:BTCUSDT');
    lastValues.remember({ ...BOOK, isSnapshot: false });
    expect(lastValues.book('orderbook:BTCUSDT')).toBeUndefined();
  });

  test('keeps the newest price of each instrument', () => {
    const lastValues = createLastValues();
    expect(lastValues.quote('EUR_USD')).toBeUndefined();
    lastValues.remember(quoteOf('EUR_USD', '1.1'));
    lastValues.remember(quoteOf('EUR_USD', '1.2'));
    lastValues.remember(quoteOf('USD_JPY', '150'));
    expect(lastValues.quote('EUR_USD')).toEqual(quoteOf('EUR_USD', '1.2'));
    expect(lastValues.quote('USD_JPY')).toEqual(quoteOf('USD_JPY', '150'));
  });

  test('keeps the candles of each interval for themselves, each in its newest revision', () => {
    const lastValues = createLastValues();
    const five = minuteCandle(0, { interval: '5' });
    const corrected = minuteCandle(0, { ...CONFIRMED, close: '84021', revision: 1 });
    lastValues.remember(minuteCandle(0));
    lastValues.remember(five);
    lastValues.remember(corrected);
    lastValues.remember(minuteCandle(0, CONFIRMED));
    lastValues.remember(minuteCandle(1));
    expect(lastValues.candles(CANDLES)?.newest(10)).toEqual([corrected, minuteCandle(1)]);
    expect(lastValues.candles('candles:BTCUSDT:5')?.newest(10)).toEqual([five]);
  });

  test('lets a channel start anew, and keeps what is newer than that', () => {
    const lastValues = createLastValues();
    lastValues.remember(minuteCandle(0, CONFIRMED));
    lastValues.remember(minuteCandle(3));
    const start = [minuteCandle(1, CONFIRMED), minuteCandle(2, CONFIRMED)];
    lastValues.setCandles(CANDLES, start);
    expect(lastValues.candles(CANDLES)?.newest(10)).toEqual([...start, minuteCandle(3)]);
  });

  test('knows a channel that starts from nothing', () => {
    const lastValues = createLastValues();
    lastValues.setCandles(CANDLES, []);
    expect(lastValues.candles(CANDLES)?.newest(10)).toEqual([]);
  });

  test('forgets one channel, and no other', () => {
    const lastValues = createLastValues();
    lastValues.remember(TICKER);
    lastValues.remember(BOOK);
    lastValues.remember(minuteCandle(0));
    const known = (): boolean[] =>
      [
        lastValues.ticker('ticker:BTCUSDT'),
        lastValues.book('orderbook:BTCUSDT'),
        lastValues.candles(CANDLES),
      ].map((value) => value !== undefined);
    lastValues.forget('ticker:BTCUSDT');
    expect(known()).toEqual([false, true, true]);
    lastValues.forget('orderbook:BTCUSDT');
    expect(known()).toEqual([false, false, true]);
    lastValues.forget(CANDLES);
    expect(known()).toEqual([false, false, false]);
  });

  test('keeps nothing of trades, nor of alerts without their place', () => {
    const lastValues = createLastValues();
    const trade = { time: 1, side: 'Buy', price: '1', size: '1', id: 'a' } as const;
    lastValues.remember({ type: 'trades', instrument: 'BTCUSDT', trades: [trade] });
    lastValues.remember({ type: 'dataReady', dataType: 'prices', count: 1 });
    lastValues.remember(volatilityAlert());
    expect(lastValues.stats()).toMatchObject({ operations: 0, quotes: 0 });
  });

  test('counts what is read and written of every kind, in all and in the last whole second', () => {
    let now = 10_000;
    const lastValues = new LastValues(() => now);
    lastValues.remember(TICKER);
    lastValues.remember(BOOK);
    lastValues.remember(minuteCandle(0));
    lastValues.remember(quoteOf('EUR_USD'));
    lastValues.setCandles(CANDLES, []);
    lastValues.quote('EUR_USD');
    lastValues.ticker('ticker:BTCUSDT');
    lastValues.book('orderbook:BTCUSDT');
    lastValues.candles(CANDLES);
    now += 1_000;
    const { bytes, ...stats } = lastValues.stats();
    expect(stats).toEqual({ operations: 9, operationsPerSecond: 9, quotes: 1 });
    expect(bytes).toBe(JSON.stringify(quoteOf('EUR_USD')).length);
    now += 5_000;
    expect(lastValues.stats().operationsPerSecond).toBe(0);
  });
});

describe('LastValues on a bus', () => {
  /** Last values that follow a bus, and what a reader that came later found in them. */
  function followBus<T>(read: (lastValues: LastValues) => T) {
    const lastValues = createLastValues();
    const bus = createStrictBus();
    lastValues.follow(bus);
    const found: T[] = [];
    const note = (): void => {
      found.push(read(lastValues));
    };
    bus.subscribe(note);
    bus.watch({ onStart: note });
    return { bus, lastValues, found };
  }

  test('remember an event before those who subscribe later are told of it', () => {
    const { bus, found } = followBus((lastValues) => lastValues.quote('EUR_USD')?.bid);
    bus.publish(quoteOf('EUR_USD', '1.1'));
    bus.publish(quoteOf('EUR_USD', '1.3'));
    expect(found).toEqual(['1.1', '1.3']);
  });

  test('remember what a channel starts from before those who watch later are told of it', () => {
    const { bus, found } = followBus((lastValues) => lastValues.candles(CANDLES)?.newest(10));
    const start = [minuteCandle(0, CONFIRMED), minuteCandle(1)];
    bus.begin({ channel: CANDLES, candles: start });
    bus.publish(minuteCandle(1, CONFIRMED));
    expect(found).toEqual([start, [minuteCandle(0, CONFIRMED), minuteCandle(1, CONFIRMED)]]);
  });

  describe('alerts', () => {
    const ALL = 'alerts';
    const [EUR, JPY] = ['alerts:EUR_USD', 'alerts:USD_JPY'];

    test('are remembered with their numbers, all of them and by instrument', () => {
      const { bus, lastValues, found } = followBus((values) => idsOf(values.alerts(ALL)?.all));
      bus.publish(volatilityAlert());
      bus.publish(correlationAlert());
      bus.publish(volatilityAlert({ instrument: 'USD_JPY' }));
      expect(found.at(-1)).toEqual(['first:1', 'first:2', 'first:3']);
      expect(idsOf(lastValues.alerts(EUR)?.all)).toEqual(['first:1', 'first:2']);
      expect(lastValues.alerts(JPY)?.all).toMatchObject([
        {
          id: 'first:2',
          event: correlationAlert(),
          positions: { [ALL]: 2, [EUR]: 2, [JPY]: 1 },
        },
        { id: 'first:3', positions: { [ALL]: 3, [JPY]: 2 } },
      ]);
      expect(lastValues.alerts('alerts:GBP_USD')).toBeUndefined();
    });

    test('come back without numbers, before those that are newer, and are complete then', () => {
      const { bus, lastValues } = followBus(() => undefined);
      bus.publish(volatilityAlert());
      expect(lastValues.alerts(ALL)?.isComplete).toBe(false);
      lastValues.restoreAlerts(ALL, [keptAlert(7), keptAlert(8)]);
      expect(lastValues.alerts(ALL)?.isComplete).toBe(true);
      expect(idsOf(lastValues.alerts(ALL)?.all)).toEqual(['e:7', 'e:8', 'first:1']);
      expect(lastValues.alerts(ALL)?.all[0]).toEqual({ ...alertAt(7), positions: {} });
      lastValues.restoreAlerts(JPY, []);
      expect(lastValues.alerts(JPY)).toMatchObject({ all: [], isComplete: true });
    });

    test('that were published before this process listened are remembered once', () => {
      const lastValues = createLastValues();
      const log = createLog();
      const first = log.append(volatilityAlert());
      const bus = createStrictBus(log);
      lastValues.follow(bus);
      void bus.start();
      expect(idsOf(lastValues.alerts(ALL)?.all)).toEqual(['first:1']);
      expect(lastValues.alerts(EUR)?.all).toMatchObject([
        { time: first.at, positions: { [ALL]: 1, [EUR]: 1 } },
      ]);
    });

    test('are not complete once some were missed, and are not forgotten', () => {
      const lastValues = createLastValues();
      let watcher: ChannelWatcher = {};
      lastValues.follow({
        subscribe: () => () => undefined,
        watch: (given) => {
          watcher = given;
          return () => undefined;
        },
      });
      const known = (): unknown[] =>
        [ALL, EUR].map((name) => [
          ...idsOf(lastValues.alerts(name)?.all),
          lastValues.alerts(name)?.isComplete,
        ]);
      lastValues.restoreAlerts(ALL, [keptAlert(7)]);
      lastValues.restoreAlerts(EUR, []);
      watcher.onLost?.(EUR);
      expect(known()).toEqual([['e:7', true], [false]]);
      watcher.onRenumbered?.();
      expect(known()).toEqual([['e:7', false], [false]]);
    });
  });

  describe('that has more to tell than events', () => {
    /** Last values with a book, candles, a price and a ticker, and what a bus tells them. */
    function watch() {
      const lastValues = createLastValues();
      const watchers: ChannelWatcher[] = [];
      lastValues.follow({
        subscribe: () => () => undefined,
        watch: (watcher) => {
          watchers.push(watcher);
          return () => undefined;
        },
      });
      const tell = (something: (watcher: ChannelWatcher) => void): void => {
        watchers.forEach(something);
      };
      for (const event of [BOOK, minuteCandle(0), quoteOf('EUR_USD'), TICKER]) {
        lastValues.remember(event);
      }
      const known = () => ({
        book: lastValues.book(BOOK_CHANNEL)?.updateId,
        candles: lastValues.candles(CANDLES)?.newest(10).length,
        price: lastValues.quote('EUR_USD')?.bid,
        ticker: lastValues.ticker('ticker:BTCUSDT')?.lastPrice,
      });
      return { tell, known };
    }
    const ALL = { book: 5, candles: 1, price: quoteOf('EUR_USD').bid, ticker: TICKER.lastPrice };

    test('remember what was published before this process listened', () => {
      const { tell, known } = watch();
      expect(known()).toEqual(ALL);
      const place = { epoch: 'e', seq: 1, at: 0 };
      const [quote, ticker] = [quoteOf('EUR_USD', '1.1'), { ...TICKER, lastPrice: '7' }];
      for (const event of [quote, ticker]) {
        const envelope = { ...place, channel: channelOf(event), event };
        tell((watcher) => watcher.onNewest?.(envelope));
      }
      expect(known()).toEqual({ ...ALL, price: '1.1', ticker: '7' });
    });

    test('take no newest candle for all that a channel has', () => {
      const { tell, known } = watch();
      const newest = (minute: number) => {
        const event = minuteCandle(minute);
        const envelope = { epoch: 'e', seq: 1, at: 0, channel: CANDLES, event };
        tell((watcher) => watcher.onNewest?.(envelope));
      };
      newest(1);
      expect(known()).toEqual({ ...ALL, candles: 2 });
      tell((watcher) => watcher.onLost?.(CANDLES));
      newest(2);
      expect(known()).toEqual({ ...ALL, candles: undefined });
    });

    test('remember the book from which a channel starts', () => {
      const { tell, known } = watch();
      const book = { ...BOOK, updateId: 9 };
      tell((watcher) => watcher.onStart?.({ channel: BOOK_CHANNEL, book }));
      expect(known()).toEqual({ ...ALL, book: 9 });
    });

    test('forget what does not hold any more', () => {
      const { tell, known } = watch();
      tell((watcher) => watcher.onForgotten?.('ticker:BTCUSDT'));
      expect(known()).toEqual({ ...ALL, ticker: undefined });
    });

    test('forget what has grown from messages of which some are missing, and no newest value', () => {
      const { tell, known } = watch();
      for (const channel of [BOOK_CHANNEL, 'price:EUR_USD', 'ticker:BTCUSDT']) {
        tell((watcher) => watcher.onLost?.(channel));
      }
      expect(known()).toEqual({ ...ALL, book: undefined });
      tell((watcher) => watcher.onRenumbered?.());
      expect(known()).toEqual({ ...ALL, book: undefined, candles: undefined });
    });
  });

  test('do not go on once the bus is closed', async () => {
    const { bus, lastValues } = followBus(() => undefined);
    await bus.close();
    bus.publish(quoteOf('EUR_USD'));
    expect(lastValues.quote('EUR_USD')).toBeUndefined();
  });
});
