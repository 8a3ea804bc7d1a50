import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRequestTime } from '../../src/api/request-time.ts';

const NOON = Date.UTC(2025, 10, 18, 12);

describe('parseRequestTime', () => {
  test.each([
    ['2025-11-18T12:00:00Z', NOON],
    ['2025-11-18T12:00:00', NOON],
    ['2025-11-18 12:00:00', NOON],
    ['2025-11-18T12:00', NOON],
    ['2025-11-18', NOON - 12 * 3_600_000],
    ['2025-11-18T12:00:00.123456', NOON + 123],
    ['2025-11-18T12:00:00.123456789Z', NOON + 123],
    ['2025-11-18T14:00:00+02:00', NOON],
    // A `+` that was not encoded has become a space.
    ['2025-11-18T14:00:00 02:00', NOON],
    ['2025-11-18T07:00:00-0500', NOON],
    ['1763467200', NOON],
    ['1763467200.5', NOON + 500],
    ['1763467200000', NOON],
    ['0', 0],
    // Nothing is older than the epoch, and no database need know the year 0.
    ['0000-01-01', 0],
    ['1969-12-31T23:00:00Z', 0],
  ])('%s', (text, time) => {
    expect(parseRequestTime(text)).toBe(time);
  });

  test.each([
    'yesterday',
    '',
    '2025-02-30',
    '2025-13-01',
    '2025-11-18T25:00',
    '2025-11-18T12:00:00+99:00',
    '-1',
    '1e9',
    '123456789012345',
    '2025-11-18T12:00:00Zjunk',
  ])('refuses %j', (text) => {
    expect(parseRequestTime(text)).toBeUndefined();
  });

  test('reads what any clock writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2200, 0) }), (time) => {
        const iso = new Date(time).toISOString();
        expect(parseRequestTime(iso)).toBe(time);
        expect(parseRequestTime(iso.slice(0, -1))).toBe(time);
        expect(parseRequestTime(String(time / 1_000))).toBe(time);
      }),
    );
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const time = parseRequestTime(text);
        expect(time === undefined || Number.isSafeInteger(time)).toBe(true);
      }),
    );
  });
});
