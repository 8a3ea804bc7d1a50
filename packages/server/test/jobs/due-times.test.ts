import { describe, expect, test } from 'vitest';
import { DueTimes } from '../../src/jobs/due-times.ts';

const MIDNIGHT = Date.UTC(2026, 2, 29);
const HOUR_MS = 3_600_000;

describe('DueTimes', () => {
  test('are on the hour, which belongs to itself', () => {
    const hourly = new DueTimes('0 * * * *');
    expect(hourly.last(MIDNIGHT)).toBe(MIDNIGHT);
    expect(hourly.last(MIDNIGHT + 1)).toBe(MIDNIGHT);
    expect(hourly.last(MIDNIGHT - 1)).toBe(MIDNIGHT - HOUR_MS);
    expect(hourly.next(MIDNIGHT)).toBe(MIDNIGHT + HOUR_MS);
    expect(hourly.next(MIDNIGHT - 1)).toBe(MIDNIGHT);
    expect(hourly.next(MIDNIGHT + 999)).toBe(MIDNIGHT + HOUR_MS);
  });

  test('are of UTC, on days too on which clocks are changed elsewhere', () => {
    const daily = new DueTimes('0 0 * * *');
    expect(daily.last(MIDNIGHT + 23 * HOUR_MS)).toBe(MIDNIGHT);
    expect(daily.next(MIDNIGHT)).toBe(MIDNIGHT + 24 * HOUR_MS);
    const hourly = new DueTimes('15 * * * *');
    for (let hour = 0; hour < 24; hour += 1) {
      const time = MIDNIGHT + hour * HOUR_MS;
      expect(hourly.next(time)).toBe(time + HOUR_MS / 4);
      expect(hourly.last(time)).toBe(time - (3 * HOUR_MS) / 4);
    }
  });

  test('may never come', () => {
    const once = new DueTimes('0 0 0 1 1 * 2020');
    expect(once.last(MIDNIGHT)).toBe(Date.UTC(2020, 0, 1));
    expect(once.next(MIDNIGHT)).toBeUndefined();
    expect(once.last(Date.UTC(2019, 0, 1))).toBeUndefined();
  });

  test('are refused where the pattern says none', () => {
    expect(() => new DueTimes('at noon')).toThrow();
  });
});
