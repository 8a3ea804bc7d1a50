import { describe, expect, test } from 'vitest';
import { InvalidMessageError, UnknownInstrumentError } from '../../src/domain/errors.ts';
import { type RelayChannel, createRelayParser, parseRelayed } from '../../src/tape/relay.ts';
import { TICKER, TRADES, candleOf } from '../support/live-events.ts';
import { live } from '../support/relay-world.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const quote = { type: 'quote', instrument: 'EUR_USD' };

describe('price_updates', () => {
  test.each([
    [
      'nested',
      {
        instrument: 'EUR_USD',
        price: { bid: '1.0945', ask: '1.0947', mid: '1.0946', time: '2025-11-18T12:30:00Z' },
      },
    ],
    [
      'flat',
      {
        instrument: 'eur_usd',
        bid: '1.0945',
        ask: '1.0947',
        mid: '1.0946',
        time: '2025-11-18T12:30:00Z',
      },
    ],
    [
      'flat numbers',
      {
        instrument: 'EUR_USD',
        bid: 1.0945,
        ask: 1.0947,
        mid: 1.0946,
        time: '2025-11-18T12:30:00Z',
      },
    ],
  ])('are read in the %s form', (_, message) => {
    expect(parseRelayed('price_updates', message, NOW)).toEqual({
      ...quote,
      bid: '1.0945',
      ask: '1.0947',
      mid: '1.0946',
      time: '2025-11-18T12:30:00Z',
    });
  });

  test('are read with a time without zone, which is UTC, as the origin wrote it', () => {
    const flat = {
      instrument: 'EUR_USD',
      bid: '1.1',
      ask: '1.2',
      time: '2025-11-18T12:34:56.789123',
    };
    expect(parseRelayed('price_updates', flat, NOW)).toMatchObject({
      time: '2025-11-18T12:34:56.789123Z',
    });
  });

  test.each([
    ['2025-11-18T12:34:56.789123+00:00', '2025-11-18T12:34:56.789123Z'],
    ['2025-11-18T01:34:56.5+02:00', '2025-11-17T23:34:56.5Z'],
    ['2025-11-18T12:34:56-05:30', '2025-11-18T18:04:56Z'],
  ])('are read with the time %s, turned into UTC', (time, utc) => {
    const flat = { instrument: 'EUR_USD', bid: '1.1', ask: '1.2', mid: null, time };
    expect(parseRelayed('price_updates', flat, NOW)).toMatchObject({ mid: '1.15', time: utc });
  });

  test('say which field is wrong, in either form', () => {
    const flat = { instrument: 'EUR_USD', bid: '1.1', ask: 'x' };
    const message = 'price_updates: price.ask: expected a decimal above zero';
    expect(() => parseRelayed('price_updates', flat, NOW)).toThrow(message);
    const nested = { instrument: 'EUR_USD', price: flat };
    expect(() => parseRelayed('price_updates', nested, NOW)).toThrow(message);
  });

  test('get a mid where it is missing or outside of bid and ask, and a time where there is none', () => {
    const flat = { instrument: 'EUR_USD', bid: '1.0945', ask: '1.0948' };
    const expected = { ...quote, ...flat, mid: '1.09465', time: '2026-01-05T12:00:00.000Z' };
    expect(parseRelayed('price_updates', flat, NOW)).toEqual(expected);
    expect(parseRelayed('price_updates', { ...flat, mid: '2' }, NOW)).toEqual(expected);
  });
});

test('alerts and data_ready are read as the contract has them', () => {
  const alert = { instrument: 'EUR_USD', volatility: 0.0234, threshold: 0.02, severity: 'warning' };
  expect(parseRelayed('volatility_alerts', alert, NOW)).toEqual({
    type: 'volatilityAlert',
    ...alert,
  });
  const correlation = {
    pair1: 'EUR_USD',
    pair2: 'USD_JPY',
    correlation: -0.82,
    threshold: 0.7,
    severity: 'info',
  };
  expect(parseRelayed('correlation_alerts', { ...correlation, unknown: 1 }, NOW)).toEqual({
    type: 'correlationAlert',
    ...correlation,
  });
  expect(parseRelayed('data_ready', { data_type: 'prices', count: 20 }, NOW)).toEqual({
    type: 'dataReady',
    dataType: 'prices',
    count: 20,
  });
});

test.each<[RelayChannel, unknown]>([
  ['price_updates', null],
  ['price_updates', 'text'],
  ['price_updates', { instrument: 'EUR_USD' }],
  ['price_updates', { instrument: 'EUR_USD', bid: '1,1', ask: '1.2' }],
  ['price_updates', { instrument: 'EUR_USD', bid: 0, ask: 1 }],
  ['price_updates', { instrument: 'EUR_USD', bid: NaN, ask: 1 }],
  ['price_updates', { instrument: 'EUR USD', bid: 1, ask: 1 }],
  ['price_updates', { instrument: 'EUR_USD', bid: 1, ask: 1, time: 'yesterday' }],
  ['price_updates', { instrument: 'EUR_USD', bid: 1, ask: 1, time: '9999-12-31T23:59:59-12:00' }],
  [
    'price_updates',
    { instrument: 'EUR_USD', bid: 1, ask: 1, time: `2025-11-18T12:30:00.${'1'.repeat(30)}Z` },
  ],
  ['volatility_alerts', { instrument: 'EUR_USD', volatility: '1', threshold: 1, severity: 'info' }],
  ['volatility_alerts', { instrument: 'EUR_USD', volatility: 1, threshold: 1, severity: 'loud' }],
  [
    'correlation_alerts',
    { pair1: 'A', pair2: 'B', correlation: 2, threshold: 1, severity: 'info' },
  ],
  ['data_ready', { data_type: 'gossip', count: 1 }],
  ['data_ready', { data_type: 'prices', count: -1 }],
])('%s refuses %o and names the channel', (channel, payload) => {
  expect(() => parseRelayed(channel, payload, NOW)).toThrow(InvalidMessageError);
  expect(() => parseRelayed(channel, payload, NOW)).toThrow(new RegExp(`^${channel}:`));
});

describe('createRelayParser', () => {
  const parse = createRelayParser({
    trackedPairs: ['EUR_USD'],
    isCrypto: (instrument) => instrument === 'BTCUSDT',
    now: () => NOW,
  });

  /** A message of a channel, with something changed in it: by path, undefined to leave it out. */
  function changed(message: unknown, path: readonly string[], value: unknown): unknown {
    const [key = '', ...rest] = path;
    if (typeof message !== 'object' || message === null) {
      return value;
    }
    const copy = Array.isArray(message) ? [...(message as readonly unknown[])] : { ...message };
    const inner: unknown = Reflect.get(copy, key);
    Reflect.set(copy, key, rest.length === 0 ? value : changed(inner, rest, value));
    return copy;
  }

  const candles = 'candles:BTCUSDT:1';
  const candle = candleOf(0, { isConfirmed: true, revision: 2 });
  const [candleUpdate, tradesUpdate, tickerUpdate] = [candle, TRADES, TICKER].map((event) =>
    live.update(event),
  );

  test('takes prices of tracked pairs alone', () => {
    const price = { bid: '1', ask: '2' };
    expect(parse('price_updates', { instrument: 'eur_usd', ...price })).toMatchObject(quote);
    expect(() => parse('price_updates', { instrument: 'XAU_USD', ...price })).toThrow(
      new UnknownInstrumentError('price_updates: instrument: expected a tracked pair, got XAU_USD'),
    );
  });

  test('takes alerts as they are, of whatever instrument', () => {
    const alert = { instrument: 'XAU_USD', volatility: 1, threshold: 1, severity: 'info' };
    expect(parse('volatility_alerts', alert)).toEqual({ type: 'volatilityAlert', ...alert });
  });

  test('reads the updates that clients are sent', () => {
    expect(parse(candles, candleUpdate)).toEqual(candle);
    expect(parse('trades:BTCUSDT', tradesUpdate)).toEqual(TRADES);
    expect(parse('ticker:BTCUSDT', tickerUpdate)).toEqual(TICKER);
  });

  test('reads names in any case, and numbers as the shortest decimals', () => {
    const update = changed(candleUpdate, ['symbol'], 'btcusdt');
    expect(parse('candles:btcusdt:1', changed(update, ['candle', 'close'], 28355.5))).toEqual({
      ...candle,
      close: '28355.5',
    });
  });

  test('takes a start under either name, and an end that goes without saying', () => {
    for (const name of ['start', 'timestamp']) {
      const update = changed(candleUpdate, ['candle', name], undefined);
      expect(parse(candles, changed(update, ['candle', 'end'], undefined))).toEqual(candle);
    }
  });

  test('leaves out what there is no value for', () => {
    const { turnover, ...rest } = candle;
    expect(turnover).toBeDefined();
    expect(parse(candles, changed(candleUpdate, ['candle', 'turnover'], null))).toEqual(rest);
    const bare = { type: 'update', subscription: 'ticker', symbol: 'BTCUSDT' };
    expect(parse('ticker:BTCUSDT', { ...bare, ticker: { last_price: '1' } })).toEqual({
      type: 'ticker',
      instrument: 'BTCUSDT',
      lastPrice: '1',
    });
  });

  test.each([
    ['another type', candles, candleUpdate, ['type'], 'snapshot'],
    ['another subscription', candles, candleUpdate, ['subscription'], 'trades'],
    ['another symbol', candles, candleUpdate, ['symbol'], 'ETHUSDT'],
    ['another timeframe', candles, candleUpdate, ['timeframe'], '5'],
    ['no timeframe of any', candles, candleUpdate, ['timeframe'], '7'],
    ['no candle', candles, candleUpdate, ['candle'], undefined],
    ['a price below zero', candles, candleUpdate, ['candle', 'low'], '-1'],
    ['a low above the close', candles, candleUpdate, ['candle', 'low'], '28360'],
    ['a volume below zero', candles, candleUpdate, ['candle', 'volume'], '-1'],
    ['two starts', candles, candleUpdate, ['candle', 'timestamp'], candle.start + 60_000],
    ['another end', candles, candleUpdate, ['candle', 'end'], candle.end + 60_000],
    ['no word on whether it is over', candles, candleUpdate, ['candle', 'confirm'], 1],
    ['half a revision', candles, candleUpdate, ['candle', 'revision'], 0.5],
    ['a trade of another', 'trades:BTCUSDT', tradesUpdate, ['trades', '1', 'symbol'], 'ETHUSDT'],
    ['no trades', 'trades:BTCUSDT', tradesUpdate, ['trades'], []],
    ['another side', 'trades:BTCUSDT', tradesUpdate, ['trades', '0', 'side'], 'buy'],
    ['a trade of nothing', 'trades:BTCUSDT', tradesUpdate, ['trades', '0', 'size'], '0'],
    ['a trade without id', 'trades:BTCUSDT', tradesUpdate, ['trades', '0', 'trade_id'], ''],
    ['no price', 'ticker:BTCUSDT', tickerUpdate, ['ticker', 'last_price'], null],
    ['a ticker of another', 'ticker:BTCUSDT', tickerUpdate, ['ticker', 'symbol'], 'ETHUSDT'],
    ['what is no decimal', 'ticker:BTCUSDT', tickerUpdate, ['ticker', 'volume_24h'], '1e3'],
  ])('refuses %s', (_, channel, message, path, value) => {
    const refused = changed(message, path, value);
    expect(() => parse(channel, refused)).toThrow(InvalidMessageError);
    expect(() => parse(channel, refused)).toThrow(new RegExp(`^${channel}: `));
    expect(() => parse(channel, refused)).not.toThrow(UnknownInstrumentError);
  });

  test('refuses a candle that is still to come: microseconds, say', () => {
    const at = (start: number): unknown => {
      const update = changed(candleUpdate, ['candle', 'start'], start);
      const one = changed(update, ['candle', 'timestamp'], start);
      return changed(one, ['candle', 'end'], undefined);
    };
    expect(parse(candles, at(NOW))).toMatchObject({ start: NOW });
    expect(parse(candles, at(NOW + 60_000))).toMatchObject({ start: NOW + 60_000 });
    expect(() => parse(candles, at(NOW + 120_000))).toThrow(InvalidMessageError);
    expect(() => parse(candles, at(NOW * 1_000))).toThrow(InvalidMessageError);
  });

  test.each(['candles:ETHUSDT:1', 'trades:EUR_USD', 'ticker:SPOT_BTCUSDT'])(
    'does not know the instrument of %s',
    (channel) => {
      expect(() => parse(channel, {})).toThrow(UnknownInstrumentError);
    },
  );

  test.each([
    'candles:BTCUSDT:7',
    'candles:BTCUSDT',
    'trades:x:y',
    'orderbook:BTCUSDT',
    'price:EUR_USD',
    'system',
    'constructor',
  ])('knows no channel %s', (channel) => {
    expect(() => parse(channel, {})).toThrow(
      new InvalidMessageError(`Expected a channel of the contract, got '${channel}'`),
    );
  });
});
