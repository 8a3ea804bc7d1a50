import { describe, expect, test } from 'vitest';
import { FeedError } from '../../src/domain/errors.ts';
import { START, candleOf } from '../support/candle.ts';
import {
  BEGIN,
  HOUR_MS,
  SETTLE_MS,
  WINDOW,
  createKeptHistory,
  hoursOf,
  venueCandles,
} from './kept-history.ts';

const MINUTE_MS = 60_000;

/** A keeper that has filled everything. */
async function begin(options: Parameters<typeof createKeptHistory>[0] = {}) {
  const kept = createKeptHistory(options);
  kept.keeper.start();
  await kept.clock.advance(SETTLE_MS);
  return kept;
}

describe('HistoryKeeper', () => {
  test('fills the whole window soon after it starts, and tells how much that was', async () => {
    const { keeper, clock, stored, filled, asked, lines } = createKeptHistory();
    keeper.start();
    await clock.advance(SETTLE_MS - 1);
    expect(asked()).toBe(0);
    await clock.advance(1);
    await expect(stored()).resolves.toEqual(WINDOW);
    expect(filled).toEqual([WINDOW.length]);
    expect(lines('info')).toMatchObject([
      { fields: { candles: WINDOW.length }, message: 'Fetched candles that were missing' },
    ]);
    const health = { isFilling: false, incompleteSeries: 0, filledCandles: WINDOW.length };
    expect(keeper.health.oanda).toEqual(health);
  });

  test('fills what is wanted first as soon as the venue is heard of, and the whole later', async () => {
    const { keeper, clock, stored, quote, filled } = createKeptHistory({ firstMs: 3 * HOUR_MS });
    keeper.start();
    await clock.advance(SETTLE_MS - 1);
    await expect(stored()).resolves.toEqual([]);
    quote(BEGIN);
    await clock.advance(0);
    await expect(stored()).resolves.toEqual([10, 11]);
    await clock.advance(SETTLE_MS);
    await expect(stored()).resolves.toEqual(WINDOW);
    expect(filled).toEqual([2, WINDOW.length - 2]);
  });

  test('knows what it has asked for, once the venue had completed it', async () => {
    const { keeper, clock, quote } = createKeptHistory({ firstMs: 3 * HOUR_MS });
    const hasAsked = (from: number, to: number): boolean =>
      keeper.hasAsked({ instrument: 'EUR_USD', interval: '60' }, { from, to });
    keeper.start();
    expect(hasAsked(BEGIN - 3 * HOUR_MS, BEGIN - MINUTE_MS)).toBe(false);
    quote(BEGIN);
    await clock.advance(0);
    expect(hasAsked(BEGIN - 3 * HOUR_MS, BEGIN - MINUTE_MS)).toBe(true);
    expect(hasAsked(BEGIN - 3 * HOUR_MS, BEGIN)).toBe(false);
    expect(hasAsked(BEGIN - 5 * HOUR_MS, BEGIN - MINUTE_MS)).toBe(false);
    await clock.advance(SETTLE_MS);
    expect(hasAsked(BEGIN - 5 * HOUR_MS, BEGIN - MINUTE_MS)).toBe(true);
  });

  test('fills what is wanted first of a venue that says nothing too, and goes by our clock', async () => {
    const { keeper, clock, stored } = createKeptHistory({ firstMs: 3 * HOUR_MS });
    keeper.start();
    // Another venue is live.
    keeper.check();
    await clock.advance(SETTLE_MS - 1);
    await expect(stored()).resolves.toEqual([]);
    await clock.advance(1);
    await expect(stored()).resolves.toEqual([10, 11]);
    await clock.advance(SETTLE_MS);
    await expect(stored()).resolves.toEqual(WINDOW);
  });

  test('keeps other series from their first candle on, and nothing of those that have none', async () => {
    const minutes = { interval: '1', isBackfilled: false } as const;
    const followed = { instrument: 'BTCUSDT', ...minutes };
    const fresh = { instrument: 'ETHUSDT', ...minutes };
    const { keeper, clock, store, asked } = createKeptHistory({ series: [followed, fresh] });
    const first = START + 11 * HOUR_MS;
    store.preset([candleOf({ start: first, isConfirmed: true, source: 'history' })]);
    keeper.start();
    await clock.advance(SETTLE_MS);
    const starts = await store.confirmedStarts(followed, { from: 0, to: Infinity });
    expect(starts).toHaveLength(90);
    expect(starts[0]).toBe(first);
    expect(asked('ETHUSDT')).toBe(0);
  });

  test('fills nothing before the store can be used', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { keeper, clock, asked, stored } = createKeptHistory({ opened });
    keeper.start();
    await clock.advance(MINUTE_MS);
    expect(asked()).toBe(0);
    open();
    await clock.advance(0);
    await clock.advance(SETTLE_MS);
    await expect(stored()).resolves.toEqual(WINDOW);
  });

  test('says nothing where nothing was missing', async () => {
    const { keeper, clock, filled, lines, asked } = await begin();
    keeper.check();
    await clock.advance(SETTLE_MS);
    expect(asked()).toBe(1);
    expect(filled).toHaveLength(1);
    expect(lines('info')).toHaveLength(1);
  });

  test('asks OANDA for one series at a time, and Bybit for two', async () => {
    const names = ['EUR_USD', 'GBP_USD', 'USD_JPY', 'BTCUSDT', 'ETHUSDT', 'SPOT_BTCUSDT'];
    const { keeper, clock, historyOf } = createKeptHistory({ series: names.map(hoursOf) });
    const histories = names.map(historyOf);
    histories.forEach((history) => {
      history.isSlow = true;
    });
    keeper.start();
    await clock.advance(SETTLE_MS);
    const waiting = () => histories.map((history) => history.waiting);
    expect(waiting()).toEqual([1, 0, 0, 1, 1, 0]);
    histories[0]!.answerAll();
    histories[4]!.answerAll();
    await clock.advance(0);
    expect(waiting()).toEqual([0, 1, 0, 1, 0, 1]);
  });

  describe('each hour', () => {
    test('looks again, though nothing happens', async () => {
      const { advanceAll, stored, asked } = await begin();
      await advanceAll(30 * MINUTE_MS - 1);
      expect(asked()).toBe(1);
      await advanceAll(1);
      await expect(stored()).resolves.toEqual([...WINDOW, 12]);
      await advanceAll(HOUR_MS);
      await expect(stored()).resolves.toEqual([...WINDOW, 12, 13]);
    });

    test('goes by the time that events show, where the venue lives in the past', async () => {
      const { keeper, quote, clock, stored, historyOf, looked } = createKeptHistory();
      const history = historyOf('EUR_USD');
      history.candlesKept = venueCandles('EUR_USD', '60', START + 2.5 * HOUR_MS);
      keeper.start();
      quote(START + 2.5 * HOUR_MS);
      await clock.advance(SETTLE_MS);
      await expect(stored()).resolves.toEqual([0, 1]);
      history.candlesKept = venueCandles('EUR_USD', '60', START + 3 * HOUR_MS);
      quote(START + 3 * HOUR_MS - 1);
      await clock.advance(SETTLE_MS);
      expect(looked).toHaveLength(1);
      quote(START + 3 * HOUR_MS);
      quote(START + 3 * HOUR_MS + 1);
      await clock.advance(SETTLE_MS);
      await expect(stored()).resolves.toEqual([0, 1, 2]);
      expect(looked).toHaveLength(2);
      // It goes on while no event says so.
      history.candlesKept = venueCandles('EUR_USD', '60', START + 4 * HOUR_MS);
      await clock.advance(HOUR_MS);
      await expect(stored()).resolves.toEqual([0, 1, 2, 3]);
    });

    test('goes by candles and trades as well, and by each venue for itself', async () => {
      const series = [hoursOf('EUR_USD'), hoursOf('BTCUSDT')];
      const { keeper, publish, quote, clock, looked } = createKeptHistory({ series });
      keeper.start();
      quote(START);
      publish(candleOf({ start: START }));
      await clock.advance(SETTLE_MS);
      looked.splice(0);
      const steps = [
        () => {
          publish(candleOf({ start: START + HOUR_MS }));
        },
        () => {
          publish({ type: 'trades', instrument: 'BTCUSDT', trades: [trade(START + 2 * HOUR_MS)] });
        },
        () => {
          // Of a day, or of no time at all.
          publish(candleOf({ interval: 'D', start: START + 3 * HOUR_MS }));
          publish({ type: 'ticker', instrument: 'BTCUSDT', lastPrice: '1' });
          publish({ type: 'dataReady', dataType: 'candles', count: 1 });
        },
      ];
      for (const step of steps) {
        step();
        await clock.advance(SETTLE_MS);
      }
      expect(looked).toEqual(['BTCUSDT', 'BTCUSDT']);
    });

    test('has a time for each venue, and that of the one furthest behind for all', async () => {
      const { keeper, quote, clock } = await begin();
      expect(keeper.now()).toBe(clock.now());
      const friday = Date.UTC(2026, 4, 29, 20, 58);
      quote(friday);
      await clock.advance(MINUTE_MS);
      expect(keeper.now('EUR_USD')).toBe(friday + MINUTE_MS);
      expect(keeper.now('XAU_USD')).toBe(friday + MINUTE_MS);
      expect(keeper.now('BTCUSDT')).toBe(clock.now());
      expect(keeper.now('SPOT_BTCUSDT')).toBe(clock.now());
      expect(keeper.now()).toBe(friday + MINUTE_MS);
    });

    test('does not believe an event that is far ahead of the clock', async () => {
      const { quote, clock, looked } = await begin();
      quote(BEGIN + 24 * HOUR_MS);
      await clock.advance(SETTLE_MS);
      expect(looked).toHaveLength(1);
      quote(BEGIN);
      await clock.advance(SETTLE_MS);
      expect(looked).toHaveLength(2);
    });

    test('keeps nothing that begins later than the clock says', async () => {
      const { quote, clock, stored, historyOf } = await begin();
      historyOf('EUR_USD').candlesKept = venueCandles('EUR_USD', '60', BEGIN + HOUR_MS);
      quote(START + 13 * HOUR_MS);
      await clock.advance(SETTLE_MS);
      await expect(stored()).resolves.toEqual(WINDOW);
    });
  });

  describe('a candle that the venue has not completed yet', () => {
    test('is asked for again for some minutes, and then once an hour', async () => {
      const { clock, secondsAsked, keeper } = await begin();
      await clock.advance(30 * MINUTE_MS - SETTLE_MS);
      const seconds = [5, 10, 20, 40, 70, 100, 130, 160, 190];
      await expect(secondsAsked(3_600)).resolves.toEqual(seconds);
      expect(keeper.health.oanda.incompleteSeries).toBe(1);
      await expect(secondsAsked(60)).resolves.toEqual(seconds.slice(0, 4));
    });

    test('is asked for until it is there', async () => {
      const { clock, secondsAsked, historyOf, stored, filled } = await begin();
      await clock.advance(30 * MINUTE_MS - SETTLE_MS);
      await expect(secondsAsked(19)).resolves.toEqual([5, 10]);
      historyOf('EUR_USD').candlesKept = venueCandles('EUR_USD', '60', clock.now());
      await expect(secondsAsked(300)).resolves.toEqual([1]);
      await expect(stored()).resolves.toEqual([...WINDOW, 12]);
      expect(filled).toEqual([WINDOW.length, 1]);
    });

    test('keeps no other series waiting', async () => {
      const series = [hoursOf('EUR_USD'), hoursOf('GBP_USD')];
      const { clock, historyOf, stored, secondsAsked } = await begin({ series });
      historyOf('GBP_USD').candlesKept = venueCandles('GBP_USD', '60', BEGIN + HOUR_MS);
      await clock.advance(30 * MINUTE_MS);
      await expect(stored('GBP_USD')).resolves.toEqual([...WINDOW, 12]);
      await expect(secondsAsked(100, 'GBP_USD')).resolves.toEqual([]);
    });
  });

  describe('check', () => {
    test('has every series looked at once more, however often it is called', async () => {
      const series = [hoursOf('EUR_USD'), hoursOf('BTCUSDT')];
      const { keeper, clock, looked } = await begin({ series });
      keeper.check();
      keeper.check();
      await clock.advance(MINUTE_MS);
      expect(looked.toSorted()).toEqual(['BTCUSDT', 'BTCUSDT', 'EUR_USD', 'EUR_USD']);
    });

    test('has only the series of one venue looked at', async () => {
      const series = [hoursOf('EUR_USD'), hoursOf('BTCUSDT')];
      const { keeper, clock, looked } = await begin({ series });
      looked.splice(0);
      keeper.check('bybit');
      await clock.advance(MINUTE_MS);
      expect(looked).toEqual(['BTCUSDT']);
    });

    test('has one more look follow the one that runs', async () => {
      const { keeper, clock, looked, historyOf } = createKeptHistory();
      historyOf('EUR_USD').isSlow = true;
      keeper.start();
      await clock.advance(SETTLE_MS);
      expect(keeper.health.oanda.isFilling).toBe(true);
      keeper.check();
      keeper.check();
      await clock.advance(MINUTE_MS);
      historyOf('EUR_USD').isSlow = false;
      historyOf('EUR_USD').answerAll();
      await clock.advance(SETTLE_MS);
      await clock.advance(MINUTE_MS);
      expect(looked).toHaveLength(2);
    });
  });

  describe('refetch', () => {
    const SERIES = { instrument: 'EUR_USD', interval: '60' } as const;
    const hour = (index: number) => ({
      from: START + index * HOUR_MS,
      to: START + (index + 1) * HOUR_MS,
    });

    test('fetches what is there once more, once', async () => {
      const { keeper, clock, historyOf, news, asked } = await begin();
      const history = historyOf('EUR_USD');
      history.candlesKept = history.candlesKept.map((candle) => ({ ...candle, close: '84019' }));
      news.splice(0);
      keeper.refetch(SERIES, hour(10));
      keeper.refetch(SERIES, hour(8));
      await clock.advance(SETTLE_MS);
      const corrected = news.map(({ change, candle }) => [
        change,
        (candle.start - START) / HOUR_MS,
      ]);
      expect(corrected).toEqual([8, 9, 10].map((start) => ['corrected', start]));
      keeper.check();
      await clock.advance(MINUTE_MS);
      expect(asked()).toBe(2);
    });

    test('reaches back beyond the window, and to series that are not kept', async () => {
      const { keeper, clock, stored, historyOf } = await begin();
      historyOf('GBP_USD').candlesKept = venueCandles('GBP_USD', '60', BEGIN);
      keeper.refetch(SERIES, hour(2));
      keeper.refetch({ ...SERIES, instrument: 'GBP_USD' }, hour(3));
      await clock.advance(SETTLE_MS);
      await expect(stored()).resolves.toEqual([2, ...WINDOW]);
      await expect(stored('GBP_USD')).resolves.toEqual([3]);
    });

    test('lasts until it has succeeded', async () => {
      const { keeper, clock, historyOf, stored } = await begin();
      historyOf('EUR_USD').failure = new FeedError('FEED_UNAUTHORIZED', 'No');
      keeper.refetch(SERIES, hour(2));
      await clock.advance(MINUTE_MS);
      historyOf('EUR_USD').failure = undefined;
      keeper.check();
      await clock.advance(SETTLE_MS);
      await expect(stored()).resolves.toEqual([2, ...WINDOW]);
    });
  });
});

function trade(time: number) {
  return { time, side: 'Buy', price: '1', size: '1', id: '1' } as const;
}
