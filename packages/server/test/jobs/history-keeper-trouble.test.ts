import { describe, expect, test } from 'vitest';
import { FeedError, StoreError } from '../../src/domain/errors.ts';
import { SECOND_MS, SETTLE_MS, WINDOW, createKeptHistory, hoursOf } from './kept-history.ts';

const MINUTE_MS = 60_000;
const BUSY = new FeedError('FEED_UNAVAILABLE', 'The venue is busy');
const DOWN = new StoreError('STORE_UNAVAILABLE', 'The database is down');
/** How long one question is tried again before it is given up. */
const PATIENCE_MS = 31_000;
/** The longest wait after the first failure. */
const BACKOFF_MS = 10_000;
const BOTH = { series: [hoursOf('EUR_USD'), hoursOf('GBP_USD')] };

describe('HistoryKeeper, when the venue', () => {
  test('fails, leaves it alone for a while and begins with the others', async () => {
    const { keeper, clock, historyOf, looked, stored } = createKeptHistory(BOTH);
    historyOf('EUR_USD').failure = BUSY;
    keeper.start();
    await clock.advance(SETTLE_MS + PATIENCE_MS);
    expect(looked).toEqual(['EUR_USD']);
    expect(keeper.health.oanda).toMatchObject({ incompleteSeries: 2, reason: BUSY.message });
    await clock.advance(BACKOFF_MS);
    expect(looked).toEqual(['EUR_USD', 'GBP_USD', 'EUR_USD']);
    await expect(stored('GBP_USD')).resolves.toEqual(WINDOW);
    historyOf('EUR_USD').failure = undefined;
    await clock.advance(PATIENCE_MS);
    await expect(stored('EUR_USD')).resolves.toEqual(WINDOW);
    expect(keeper.health.oanda).toEqual({
      isFilling: false,
      incompleteSeries: 0,
      filledCandles: 2 * WINDOW.length,
    });
  });

  test('fails for hours, goes on trying every few minutes', async () => {
    const { keeper, clock, historyOf, looked, stored, advanceAll, lines } = createKeptHistory();
    historyOf('EUR_USD').failure = BUSY;
    keeper.start();
    await clock.advance(6 * 60 * MINUTE_MS);
    expect(looked.length).toBeGreaterThan(60);
    expect(looked.length).toBeLessThan(400);
    expect(lines('warn').length).toBeGreaterThan(60);
    expect(lines('warn').length).toBeLessThan(360);
    historyOf('EUR_USD').failure = undefined;
    await advanceAll(6 * MINUTE_MS);
    await expect(stored()).resolves.toEqual([13, 14, 15, 16, 17]);
  });

  test('asks to be left alone, leaves it alone as long', async () => {
    const { keeper, clock, historyOf, secondsAsked } = createKeptHistory();
    const retryAfterMs = 100 * SECOND_MS;
    historyOf('EUR_USD').failure = new FeedError('FEED_RATE_LIMITED', 'Slower', { retryAfterMs });
    keeper.start();
    await clock.advance(0);
    await expect(secondsAsked(800)).resolves.toEqual([5, 105, 205, 305, 405, 505, 605, 705]);
  });

  test.each(['FEED_REFUSED', 'FEED_INVALID_ANSWER'] as const)(
    'says %s to one series, goes on with the others and asks once an hour',
    async (code) => {
      const { keeper, clock, historyOf, looked, stored } = createKeptHistory(BOTH);
      historyOf('EUR_USD').failure = new FeedError(code, 'No such instrument');
      keeper.start();
      await clock.advance(10 * MINUTE_MS);
      expect(looked).toEqual(['EUR_USD', 'GBP_USD']);
      expect(keeper.health.oanda).toMatchObject({
        incompleteSeries: 1,
        reason: 'No such instrument',
      });
      await expect(stored('GBP_USD')).resolves.toEqual(WINDOW);
      await clock.advance(30 * MINUTE_MS);
      expect(looked.filter((instrument) => instrument === 'EUR_USD')).toHaveLength(2);
    },
  );

  test('refuses the key, asks for nothing more until there is a reason', async () => {
    const { keeper, clock, historyOf, looked, stored } = createKeptHistory(BOTH);
    historyOf('EUR_USD').failure = new FeedError('FEED_UNAUTHORIZED', 'Insufficient rights');
    keeper.start();
    await clock.advance(20 * MINUTE_MS);
    expect(looked).toEqual(['EUR_USD']);
    historyOf('EUR_USD').failure = undefined;
    keeper.check('oanda');
    await clock.advance(SETTLE_MS);
    await expect(stored('EUR_USD')).resolves.toEqual(WINDOW);
    await expect(stored('GBP_USD')).resolves.toEqual(WINDOW);
  });

  test('is reached again, fills at once what failed', async () => {
    const { keeper, clock, historyOf, stored } = createKeptHistory();
    historyOf('EUR_USD').failure = BUSY;
    keeper.start();
    await clock.advance(20 * MINUTE_MS);
    historyOf('EUR_USD').failure = undefined;
    keeper.check('oanda');
    await clock.advance(PATIENCE_MS + SETTLE_MS);
    await expect(stored()).resolves.toEqual(WINDOW);
  });
});

describe('HistoryKeeper, when the store', () => {
  test('is down, tries again until it is back, and says so once a minute', async () => {
    const { keeper, clock, store, asked, stored, lines } = createKeptHistory(BOTH);
    store.failure = DOWN;
    keeper.start();
    await clock.advance(MINUTE_MS);
    expect(lines('warn')).toMatchObject([
      { fields: { err: DOWN, instrument: 'EUR_USD', interval: '60' } },
    ]);
    expect(asked()).toBe(0);
    store.failure = undefined;
    await clock.advance(5 * MINUTE_MS);
    await expect(stored('EUR_USD')).resolves.toEqual(WINDOW);
    await expect(stored('GBP_USD')).resolves.toEqual(WINDOW);
  });

  test('cannot be used, waits until there is a reason to look again', async () => {
    const { keeper, clock, store, looked, stored } = createKeptHistory(BOTH);
    store.failure = new StoreError('STORE_QUERY_FAILED', 'No such table');
    keeper.start();
    await clock.advance(20 * MINUTE_MS);
    expect(looked).toEqual(['EUR_USD']);
    store.failure = undefined;
    keeper.check();
    await clock.advance(SETTLE_MS);
    await expect(stored()).resolves.toEqual(WINDOW);
  });
});

test('HistoryKeeper goes on where a listener of its fails', async () => {
  const { keeper, clock, advanceAll, stored, lines } = createKeptHistory({
    onFilled: () => {
      throw new Error('Not now');
    },
  });
  keeper.start();
  await clock.advance(SETTLE_MS);
  expect(lines('error')).toMatchObject([{ fields: { err: new Error('Not now') } }]);
  await advanceAll(30 * MINUTE_MS);
  await expect(stored()).resolves.toEqual([...WINDOW, 12]);
});

describe('HistoryKeeper, once closed, leaves nothing behind', () => {
  test('before it has begun', async () => {
    const { keeper, clock, looked } = createKeptHistory();
    await keeper.close();
    keeper.start();
    await clock.advance(MINUTE_MS);
    expect(looked).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('while the store is not open', async () => {
    const { keeper, clock } = createKeptHistory({ opened: new Promise(() => undefined) });
    keeper.start();
    await keeper.close();
    expect(clock.waiting).toBe(0);
  });

  test('while it waits for an hour to pass', async () => {
    const { keeper, clock, quote, looked } = createKeptHistory();
    keeper.start();
    await clock.advance(MINUTE_MS);
    await keeper.close();
    quote(clock.now());
    await clock.advance(60 * MINUTE_MS);
    expect(looked).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  test('while the venue is asked', async () => {
    const { keeper, clock, historyOf, lines } = createKeptHistory(BOTH);
    historyOf('EUR_USD').isSlow = true;
    keeper.start();
    await clock.advance(MINUTE_MS);
    await keeper.close();
    expect(historyOf('EUR_USD').waiting).toBe(0);
    expect(clock.waiting).toBe(0);
    expect(lines('warn')).toEqual([]);
  });

  test('while it waits to try again', async () => {
    const { keeper, clock, historyOf } = createKeptHistory();
    historyOf('EUR_USD').failure = BUSY;
    keeper.start();
    await clock.advance(SETTLE_MS + PATIENCE_MS + SECOND_MS);
    const closing = keeper.close();
    expect(keeper.close()).toBe(closing);
    await closing;
    expect(clock.waiting).toBe(0);
  });
});
