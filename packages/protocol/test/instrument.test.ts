import { describe, expect, test } from 'vitest';
import { DEFAULT_TRACKED_PAIRS, parseInstrument } from '../src/index.ts';

describe('parseInstrument', () => {
  test.each([
    ['eur_usd', 'EUR_USD'],
    [' BTCUSDT ', 'BTCUSDT'],
    ['1000pepeusdt', '1000PEPEUSDT'],
    ['btcusdu23', 'BTCUSDU23'],
    ['btc-26dec25', 'BTC-26DEC25'],
    ['ETHUSDT-5DEC26', 'ETHUSDT-5DEC26'],
  ])('reads "%s" as %s', (text, name) => {
    expect(parseInstrument(text)).toBe(name);
  });

  test.each([
    '',
    'EUR-USD',
    'EUR_USD_X',
    '__PROTO__',
    'EUR_',
    '_USD',
    'A'.repeat(21),
    `EUR_${'A'.repeat(21)}`,
    'EUR/USD',
    'EUR USD',
    'EUR_USD\nX',
    'BTC-26DEC2025',
    'BTC-26DEC25-100000-C',
    '-26DEC25',
    'BTC-DEC25',
  ])('refuses "%s"', (name) => {
    expect(parseInstrument(name)).toBeUndefined();
  });

  test.each(['ßOLUSDT', 'lınkusdt', 'ſolusdt', 'BTC\u212A', '\uFB01USD', '１INCH'])(
    'refuses "%s", whose upper case may be letters of other names',
    (name) => {
      expect(parseInstrument(name)).toBeUndefined();
    },
  );
});

describe('the tracked pairs', () => {
  test('are twenty, by their own names', () => {
    expect(new Set(DEFAULT_TRACKED_PAIRS.map(parseInstrument))).toEqual(
      new Set(DEFAULT_TRACKED_PAIRS),
    );
    expect(DEFAULT_TRACKED_PAIRS).toHaveLength(20);
  });
});
