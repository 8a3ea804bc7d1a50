import { describe, expect, test } from 'vitest';
import {
  DEFAULT_TRACKED_PAIRS,
  GRANULARITIES,
  backoffDelayMs,
  isGranularity,
  isInterval,
  parseInstrument,
} from '../src/index.ts';

describe('parseInstrument', () => {
  test('reads names in any case', () => {
    expect(parseInstrument('eur_usd')).toBe('EUR_USD');
    expect(parseInstrument(' BTCUSDT ')).toBe('BTCUSDT');
  });

  test.each(['', 'EUR-USD', 'EUR_USD_X', '__PROTO__', 'A'.repeat(21), 'EUR/USD'])(
    'refuses "%s"',
    (name) => {
      expect(parseInstrument(name)).toBeUndefined();
    },
  );

  test('knows the twenty tracked pairs by their own names', () => {
    expect(new Set(DEFAULT_TRACKED_PAIRS.map(parseInstrument))).toEqual(
      new Set(DEFAULT_TRACKED_PAIRS),
    );
    expect(DEFAULT_TRACKED_PAIRS).toHaveLength(20);
  });
});

describe('intervals', () => {
  test('M1 is a minute and M a month', () => {
    expect(GRANULARITIES.M1).toBe(60_000);
    expect(GRANULARITIES.M).toBeGreaterThan(GRANULARITIES.W);
  });

  test('are known by their exact spelling', () => {
    expect(['S5', 'H4', 'M'].every(isGranularity)).toBe(true);
    expect(['M3', 'H24', 'h1', 'toString'].some(isGranularity)).toBe(false);
    expect(['1', '720', 'D'].every(isInterval)).toBe(true);
    expect(['2', '1m', 'd'].some(isInterval)).toBe(false);
  });
});

describe('backoffDelayMs', () => {
  const options = { baseMs: 1_000, capMs: 30_000, floorMs: 500 };

  test('doubles its ceiling up to the cap', () => {
    const ceilings = [0, 1, 2, 5, 100].map((attempt) => backoffDelayMs(attempt, options, () => 1));
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 30_000, 30_000]);
  });

  test('spreads over everything between the floor and the ceiling', () => {
    expect(backoffDelayMs(3, options, () => 0)).toBe(500);
    expect(backoffDelayMs(3, options, () => 0.5)).toBe(4_000);
    expect(backoffDelayMs(3, { baseMs: 1_000, capMs: 30_000 }, () => 0)).toBe(0);
  });
});
