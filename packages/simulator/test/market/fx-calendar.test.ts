import { describe, expect, test } from 'vitest';
import {
  isTradingMinute,
  londonOffsetHours,
  newYorkMinuteOfWeek,
  newYorkOffsetHours,
} from '../../src/market/fx-calendar.ts';

const at = (time: string): number => Date.parse(time);

function offsetOf(timeZone: string, timeMs: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
  }).formatToParts(timeMs);
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const localMs = Date.UTC(read('year'), read('month') - 1, read('day'), read('hour'));
  return (localMs - timeMs) / 3_600_000;
}

describe('fx calendar', () => {
  test('knows the days on which clocks change, in every year from 2007 to 2040', () => {
    for (let year = 2007; year <= 2040; year += 1) {
      for (let day = 0; day < 366; day += 1) {
        for (const hour of [0, 1, 6, 7]) {
          const timeMs = Date.UTC(year, 0, 1 + day, hour);
          if (day % 7 === 0 || new Date(timeMs).getUTCDay() === 0) {
            expect(newYorkOffsetHours(timeMs)).toBe(offsetOf('America/New_York', timeMs));
            expect(londonOffsetHours(timeMs)).toBe(offsetOf('Europe/London', timeMs));
          }
        }
      }
    }
  });

  test('counts minutes from Sunday midnight in New York', () => {
    expect(newYorkMinuteOfWeek(at('2026-11-15T05:00:00Z'))).toBe(0);
    expect(newYorkMinuteOfWeek(at('2026-11-15T04:59:59.999Z'))).toBe(7 * 1_440 - 1);
    expect(newYorkMinuteOfWeek(at('2026-07-06T04:01:00Z'))).toBe(1_441);
    expect(newYorkMinuteOfWeek(at('1969-12-28T05:00:00Z'))).toBe(0);
  });

  test.each([
    ['2026-11-15T22:04:59Z', false],
    ['2026-11-15T22:05:00Z', true],
    ['2026-11-18T22:30:00Z', true],
    ['2026-11-20T21:58:59Z', true],
    ['2026-11-20T21:59:00Z', false],
    ['2026-07-03T20:59:00Z', false],
    ['2026-07-05T21:05:00Z', true],
    ['2026-11-21T12:00:00Z', false],
  ])('trades currencies at %s: %s', (time, expected) => {
    expect(isTradingMinute('CURRENCY', newYorkMinuteOfWeek(at(time)))).toBe(expected);
  });

  test.each([
    ['2026-11-15T22:05:00Z', false],
    ['2026-11-15T23:04:00Z', true],
    ['2026-11-18T21:58:00Z', true],
    ['2026-11-18T21:59:00Z', false],
    ['2026-11-18T23:03:00Z', false],
    ['2026-11-18T23:04:00Z', true],
  ])('trades metals at %s: %s', (time, expected) => {
    expect(isTradingMinute('METAL', newYorkMinuteOfWeek(at(time)))).toBe(expected);
  });
});
