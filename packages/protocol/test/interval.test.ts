import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  GRANULARITIES,
  INTERVALS,
  granularityOf,
  intervalOf,
  intervalStart,
  isGranularity,
  isInterval,
  nextIntervalStart,
} from '../src/index.ts';

const at = (text: string): number => Date.parse(`${text}Z`);

describe('candle widths of the FX family', () => {
  test('have M1 for a minute and M for a month', () => {
    expect(GRANULARITIES.M1).toBe(60_000);
    expect(GRANULARITIES.M).toBeGreaterThan(GRANULARITIES.W);
  });

  test('are known by their exact spelling', () => {
    expect(['S5', 'H4', 'M'].every(isGranularity)).toBe(true);
    expect(['M3', 'H24', 'h1', 'toString'].some(isGranularity)).toBe(false);
  });
});

describe('candle widths of the crypto family', () => {
  test('are known by their exact spelling', () => {
    expect(['1', '720', 'D'].every(isInterval)).toBe(true);
    expect(['2', '1m', 'd', '01', '1 ', ''].some(isInterval)).toBe(false);
  });

  test.each([
    ['1', '2026-10-07T12:34', '2026-10-07T12:35'],
    ['5', '2026-10-07T12:30', '2026-10-07T12:35'],
    ['240', '2026-10-07T12:00', '2026-10-07T16:00'],
    ['720', '2026-10-07T12:00', '2026-10-08T00:00'],
    ['D', '2026-10-07T00:00', '2026-10-08T00:00'],
    ['W', '2026-10-05T00:00', '2026-10-12T00:00'],
    ['M', '2026-10-01T00:00', '2026-11-01T00:00'],
  ] as const)('a candle of %s that holds 12:34:56 runs from %s to %s', (interval, from, to) => {
    expect(intervalStart(interval, at('2026-10-07T12:34:56'))).toBe(at(from));
    expect(nextIntervalStart(interval, at(from))).toBe(at(to));
    expect(intervalStart(interval, at(to))).toBe(at(to));
    expect(intervalStart(interval, at(to) - 1)).toBe(at(from));
  });

  test('months end with their own last day', () => {
    expect(nextIntervalStart('M', at('2028-02-01T00:00'))).toBe(at('2028-03-01T00:00'));
    expect(nextIntervalStart('M', at('2026-12-01T00:00'))).toBe(at('2027-01-01T00:00'));
  });

  test('every time lies in one candle, and the candles of an interval leave no gap', () => {
    const times = fc.integer({ min: at('1960-01-01T00:00'), max: at('2100-01-01T00:00') });
    fc.assert(
      fc.property(fc.constantFrom(...INTERVALS), times, (interval, time) => {
        const start = intervalStart(interval, time);
        const next = nextIntervalStart(interval, start);
        expect(start).toBeLessThanOrEqual(time);
        expect(next).toBeGreaterThan(time);
        expect(intervalStart(interval, start)).toBe(start);
        expect(intervalStart(interval, next)).toBe(next);
        expect(intervalStart(interval, next - 1)).toBe(start);
      }),
    );
  });
});

describe('candle widths in the spelling of the other family', () => {
  test.each([
    ['M1', '1'],
    ['M3', '3'],
    ['M5', '5'],
    ['M15', '15'],
    ['M30', '30'],
    ['H1', '60'],
    ['H2', '120'],
    ['H4', '240'],
    ['H6', '360'],
    ['H12', '720'],
    ['D', 'D'],
    ['W', 'W'],
    ['M', 'M'],
  ] as const)('%s is %s', (granularity, interval) => {
    expect(intervalOf(granularity)).toBe(interval);
    expect(intervalOf(interval)).toBe(interval);
    expect(granularityOf(interval)).toBe(granularity);
  });

  test('are as long as what they stand for', () => {
    for (const interval of INTERVALS) {
      const granularity = granularityOf(interval);
      if (isGranularity(granularity) && interval !== 'M') {
        expect(nextIntervalStart(interval, 0)).toBe(GRANULARITIES[granularity]);
      }
    }
  });

  test.each([
    'S5',
    'M2',
    'M4',
    'M10',
    'H3',
    'H8',
    'm1',
    'h1',
    'd',
    'M60',
    '2',
    '1 ',
    '',
    'toString',
  ])('there is none of %j', (text) => {
    expect(intervalOf(text)).toBeUndefined();
  });
});
