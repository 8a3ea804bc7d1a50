import { describe, expect, test } from 'vitest';
import { intervalStart, nextIntervalStart } from '../src/index.ts';

const at = (text: string): number => Date.parse(`${text}Z`);

describe('Bybit intervals', () => {
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
});
