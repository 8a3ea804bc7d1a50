import { INTERVALS } from '@tickwire/protocol';
import { expect, test } from 'vitest';
import { parseLiveRequest } from '../../src/gateways/live-request.ts';

const parse = (path: string) => parseLiveRequest(`/api/v1/live/ws/${path}`);

test.each([
  ['prices/eur_usd', { kind: 'price', instrument: 'EUR_USD' }],
  ['prices/eur%5Fusd', { kind: 'price', instrument: 'EUR_USD' }],
  ['trades/btcusdt', { kind: 'trades', instrument: 'BTCUSDT' }],
  ['trades/BTC-26DEC25', { kind: 'trades', instrument: 'BTC-26DEC25' }],
  ['ticker/BtcUsdt', { kind: 'ticker', instrument: 'BTCUSDT' }],
  ['orderbook/%42TCUSDT', { kind: 'orderbook', instrument: 'BTCUSDT' }],
  ['candles/btcusdt/720', { kind: 'candles', instrument: 'BTCUSDT', interval: '720' }],
  ['candles/EUR_USD/d', { kind: 'candles', instrument: 'EUR_USD', interval: 'D' }],
  ['candles/BTCUSDT/%77', { kind: 'candles', instrument: 'BTCUSDT', interval: 'W' }],
])('reads %s', (path, channel) => {
  expect(parse(path)).toEqual({ channel, wantsSnapshot: true });
});

test('knows every timeframe', () => {
  for (const interval of INTERVALS) {
    expect(parse(`candles/BTCUSDT/${interval.toLowerCase()}`)).toMatchObject({
      channel: { interval },
    });
  }
});

test.each([
  ['?snapshot=0', false],
  ['?snapshot=1', true],
  ['?snapshot', true],
  ['?other=0&snapshot=0', false],
])('reads the wish for a snapshot of %s', (query, wantsSnapshot) => {
  expect(parse(`candles/BTCUSDT/1${query}`)).toMatchObject({ wantsSnapshot });
});

test.each([
  ['candles/BTCUSDT/2', '2'],
  ['candles/BTCUSDT', ''],
  ['candles/BTCUSDT/1m', '1m'],
  ['candles/BTCUSDT/%2F', '/'],
  [`candles/BTCUSDT/${'7'.repeat(500)}`, '7'.repeat(32)],
])('refuses the timeframe of %s', (path, timeframe) => {
  expect(parse(path)).toEqual({
    refusal: {
      code: 'INVALID_TIMEFRAME',
      message: expect.stringContaining(
        `Unknown timeframe: ${timeframe}; there are 1, 3, 5, `,
      ) as string,
      details: { timeframe },
    },
  });
});

test.each([
  ['trades/', ''],
  ['ticker', ''],
  ['candles/BTC%2FUSDT/2', 'BTC/USDT'],
  ['orderbook/%zz', '%zz'],
  [`prices/${'x'.repeat(500)}`, 'x'.repeat(32)],
])('refuses the symbol of %s', (path, symbol) => {
  expect(parse(path)).toEqual({
    refusal: { code: 'INVALID_SYMBOL', message: `Unknown symbol: ${symbol}`, details: { symbol } },
  });
});

test.each([
  '',
  'price/EUR_USD',
  'volatility/EUR_USD',
  'toString/EUR_USD',
  'trades/BTCUSDT/1',
  'candles/BTCUSDT/1/1',
  'prices/EUR_USD/',
  '../ws2/prices/EUR_USD',
])('has no such address as %s', (path) => {
  expect(parse(path)).toBeUndefined();
});

test.each(['/', '/api/v1/live/health', '//', '*', '/api/v1/live/wsx/prices/EUR_USD'])(
  'leaves %s to others',
  (address) => {
    expect(parseLiveRequest(address)).toBeUndefined();
  },
);
