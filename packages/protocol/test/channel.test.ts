import { describe, expect, test } from 'vitest';
import {
  type Candle,
  type Interval,
  METRIC_NAMES,
  type MarketEvent,
  type Metrics,
  channelOf,
  formatChannel,
  parseChannel,
} from '../src/index.ts';

describe('parseChannel', () => {
  test.each([
    'price:EUR_USD',
    'candles:BTCUSDT:1',
    'candles:EUR_USD:D',
    'candles:BTC-26DEC25:60',
    'trades:BTCUSDT',
    'ticker:BTCUSDT',
    'orderbook:BTCUSDT',
    'volatility:EUR_USD',
    'correlation',
    'alerts',
    'alerts:EUR_USD',
    'system',
  ])('reads %s, and formatChannel writes it back', (name) => {
    const channel = parseChannel(name);
    expect(channel && formatChannel(channel)).toBe(name);
  });

  test('takes the instrument in any case', () => {
    expect(parseChannel('price:eur_usd')).toEqual({ kind: 'price', instrument: 'EUR_USD' });
  });

  test.each([
    '',
    'price',
    'price:',
    'price:EUR USD',
    'price:EUR_USD:1',
    'candles:BTCUSDT',
    'candles:BTCUSDT:7',
    'candles:BTCUSDT:1:2',
    'candles:BTCUSDT:',
    'candles:BTCUSDT:1m',
    'candles::1',
    'trades:BTCUSDT:',
    'alerts:',
    'system:EUR_USD',
    'Price:EUR_USD',
    ' price:EUR_USD',
    'correlation:EUR_USD',
    'nonsense:EUR_USD',
    '__proto__:X',
  ])('refuses "%s"', (name) => {
    expect(parseChannel(name)).toBeUndefined();
  });
});

describe('channelOf', () => {
  const alert = { threshold: 0.1, severity: 'info' } as const;
  const events: [MarketEvent, string][] = [
    [
      { type: 'quote', instrument: 'EUR_USD', bid: '1', ask: '1', mid: '1', time: '' },
      'price:EUR_USD',
    ],
    [candleOf('BTCUSDT', '1'), 'candles:BTCUSDT:1'],
    [candleOf('EUR_USD', 'D'), 'candles:EUR_USD:D'],
    [{ type: 'trades', instrument: 'BTCUSDT', trades: [] }, 'trades:BTCUSDT'],
    [{ type: 'ticker', instrument: 'BTCUSDT', lastPrice: '1' }, 'ticker:BTCUSDT'],
    [
      { type: 'orderBook', instrument: 'A', isSnapshot: true, bids: [], asks: [], updateId: 1 },
      'orderbook:A',
    ],
    [{ type: 'volatilityAlert', instrument: 'EUR_USD', volatility: 1, ...alert }, 'alerts'],
    [{ type: 'correlationAlert', pair1: 'A', pair2: 'B', correlation: 1, ...alert }, 'alerts'],
    [
      { type: 'volatilityUpdate', instrument: 'EUR_USD', time: 0, metrics: metricsOf(null) },
      'volatility:EUR_USD',
    ],
    [
      {
        type: 'correlationUpdate',
        pair1: 'A',
        pair2: 'B',
        correlation: 0.5,
        category: 'moderate',
      },
      'correlation',
    ],
    [{ type: 'dataReady', dataType: 'prices', count: 1 }, 'system'],
  ];
  test.each(events)('of %o is %s', (event, channel) => {
    expect(channelOf(event)).toBe(channel);
    expect(parseChannel(channel)).toBeDefined();
  });
});

function metricsOf(value: number | null): Metrics {
  return Object.fromEntries(METRIC_NAMES.map((name) => [name, value])) as Record<
    (typeof METRIC_NAMES)[number],
    number | null
  >;
}

function candleOf(instrument: string, interval: Interval): Candle {
  const prices = { open: '1', high: '1', low: '1', close: '1', volume: '0' };
  const state = { isConfirmed: false, revision: 0, source: 'stream' } as const;
  return { type: 'candle', instrument, interval, start: 0, end: 59_999, ...prices, ...state };
}
