import type { OrderBookChange, Ticker } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { LastValues } from '../../src/tape/last-values.ts';
import { minuteCandle } from '../support/candle.ts';

const CANDLES = 'candles:BTCUSDT:1';
const CONFIRMED = { isConfirmed: true };

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
    lastValues.remember(TICKER, 1);
    lastValues.remember({ ...TICKER, lastPrice: '99.6' }, 2);
    lastValues.remember({ ...TICKER, instrument: 'ETHUSDT' }, 1);
    expect(lastValues.ticker('ticker:BTCUSDT')).toEqual({ ...TICKER, lastPrice: '99.6' });
    expect(lastValues.ticker('ticker:ETHUSDT')).toEqual({ ...TICKER, instrument: 'ETHUSDT' });
  });

  test('keeps books whole, by their snapshots and changes', () => {
    const lastValues = createLastValues();
    lastValues.remember(BOOK, 1);
    const asks = [['100', '0'] as const, ['101', '3'] as const];
    lastValues.remember({ ...BOOK, isSnapshot: false, bids: [], asks, updateId: 6 }, 2);
    const book = lastValues.book('orderbook:BTCUSDT');
    expect([book?.bids, book?.asks, book?.updateId]).toEqual([[['99', '1']], [['101', '3']], 6]);
  });

  test('makes no book of a change alone, though one was known before it was forgotten', () => {
    const lastValues = createLastValues();
    lastValues.remember({ ...BOOK, isSnapshot: false }, 1);
    expect(lastValues.book('orderbook:BTCUSDT')).toBeUndefined();
    lastValues.remember(BOOK, 2);
    lastValues.forget('orderbook:BTCUSDT');
    lastValues.remember({ ...BOOK, isSnapshot: false }, 3);
    expect(lastValues.book('orderbook:BTCUSDT')).toBeUndefined();
  });

  test('keeps the candles of each interval for themselves', () => {
    const lastValues = createLastValues();
    const five = minuteCandle(0, { interval: '5' });
    expect(lastValues.admitCandle(minuteCandle(0))).toEqual(minuteCandle(0));
    expect(lastValues.admitCandle(five)).toEqual(five);
    expect(lastValues.candles(CANDLES)?.newest(10)).toEqual([minuteCandle(0)]);
    expect(lastValues.candles('candles:BTCUSDT:5')?.newest(10)).toEqual([five]);
  });

  test('says what is news beside what a channel starts from', () => {
    const lastValues = createLastValues();
    lastValues.setCandles(CANDLES, [minuteCandle(0, CONFIRMED)]);
    expect(lastValues.admitCandle(minuteCandle(0, CONFIRMED))).toBeUndefined();
    expect(lastValues.admitCandle(minuteCandle(0, { ...CONFIRMED, close: '84021' }))).toMatchObject(
      { revision: 1 },
    );
  });

  test('knows a channel that starts from nothing', () => {
    const lastValues = createLastValues();
    lastValues.setCandles(CANDLES, []);
    expect(lastValues.candles(CANDLES)?.newest(10)).toEqual([]);
  });

  test('forgets one channel, and no other', () => {
    const lastValues = createLastValues();
    lastValues.remember(TICKER, 1);
    lastValues.remember(BOOK, 1);
    lastValues.admitCandle(minuteCandle(0));
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

  test('keeps nothing of trades and alerts', () => {
    const lastValues = createLastValues();
    const trade = { time: 1, side: 'Buy', price: '1', size: '1', id: 'a' } as const;
    lastValues.remember({ type: 'trades', instrument: 'BTCUSDT', trades: [trade] }, 1);
    lastValues.remember({ type: 'dataReady', dataType: 'prices', count: 1 }, 1);
    expect(lastValues.stats()).toMatchObject({ operations: 0, quotes: 0 });
  });

  test('counts what is read and written of every kind', () => {
    const lastValues = createLastValues();
    lastValues.remember(TICKER, 1);
    lastValues.remember(BOOK, 1);
    lastValues.admitCandle(minuteCandle(0));
    lastValues.setCandles(CANDLES, []);
    lastValues.ticker('ticker:BTCUSDT');
    lastValues.book('orderbook:BTCUSDT');
    lastValues.candles(CANDLES);
    expect(lastValues.stats().operations).toBe(7);
  });
});
