import { describe, expect, test } from 'vitest';
import { type MarketEvent, channelOf, formatChannel, parseChannel } from '../src/index.ts';

describe('parseChannel', () => {
  test.each([
    'price:EUR_USD',
    'candles:BTCUSDT:1',
    'candles:EUR_USD:D',
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
    [{ type: 'volatilityAlert', instrument: 'EUR_USD', volatility: 1, ...alert }, 'alerts'],
    [{ type: 'correlationAlert', pair1: 'A', pair2: 'B', correlation: 1, ...alert }, 'alerts'],
    [{ type: 'dataReady', dataType: 'prices', count: 1 }, 'system'],
  ];
  test.each(events)('of %o is %s', (event, channel) => {
    expect(channelOf(event)).toBe(channel);
  });
});
