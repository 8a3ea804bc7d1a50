import { describe, expect, test } from 'vitest';
import { InvalidMessageError } from '../../src/domain/errors.ts';
import { type RelayChannel, parseRelayed } from '../../src/tape/relay.ts';

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
