import { describe, expect, test } from 'vitest';
import { MARKET_FACTORS } from '../../src/market/market-factors.ts';
import { hourlyActivity } from '../../src/market/session-activity.ts';
import { clusteredVariance } from '../../src/market/volatility-clusters.ts';

const HOUR_MS = 3_600_000;
const FIRST_HOUR = Date.parse('2026-06-01T00:00:00Z') / HOUR_MS;
const AMERICAN = { tokyo: 0.3, london: 0.7, newYork: 1 };

function averageOver(hours: number, of: (hour: number) => number): number {
  let sum = 0;
  for (let hour = 0; hour < hours; hour += 1) {
    sum += of(FIRST_HOUR + hour);
  }
  return sum / hours;
}

describe('session activity', () => {
  test.each(['open', 'closed'] as const)('is 1 over an average week, weekends %s', (weekend) => {
    for (const { sessions } of MARKET_FACTORS) {
      const average = averageOver(168, (hour) => hourlyActivity(sessions, hour, weekend));
      expect(average).toBeGreaterThan(0.9);
      expect(average).toBeLessThan(1.1);
    }
  });

  test('peaks where London and New York meet, and sleeps after New York', () => {
    const at = (utcHour: number): number => hourlyActivity(AMERICAN, FIRST_HOUR + utcHour, 'open');

    expect(at(13)).toBeGreaterThan(2 * at(18));
    expect(at(18)).toBeGreaterThan(2 * at(22));
  });

  test('follows local clocks: New York comes an hour later in winter', () => {
    const winter = Date.parse('2026-12-01T00:00:00Z') / HOUR_MS;
    const american = { tokyo: 0, london: 0, newYork: 1 };

    for (let hour = 8; hour < 24; hour += 1) {
      expect(hourlyActivity(american, winter + hour + 1, 'open')).toBe(
        hourlyActivity(american, FIRST_HOUR + hour, 'open'),
      );
    }
  });

  test('nearly stops at weekends if they are closed', () => {
    const saturday = Date.parse('2026-06-06T14:00:00Z') / HOUR_MS;

    expect(hourlyActivity(AMERICAN, saturday, 'closed')).toBeLessThan(0.05);
    expect(hourlyActivity(AMERICAN, saturday, 'open')).toBeGreaterThan(1);
  });
});

describe('volatility clusters', () => {
  test('average to 1 and stay above zero', () => {
    const values = Array.from({ length: 60_000 }, (_, hour) => clusteredVariance(1, 2, hour));

    expect(Math.min(...values)).toBeGreaterThan(0);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(average).toBeGreaterThan(0.9);
    expect(average).toBeLessThan(1.1);
  });

  test('change slowly, and by much', () => {
    const values = Array.from({ length: 5_000 }, (_, hour) => clusteredVariance(1, 2, hour));
    const ratios = values.slice(1).map((value, index) => value / (values[index] ?? 1));

    expect(Math.max(...ratios)).toBeLessThan(2.5);
    expect(Math.max(...values) / Math.min(...values)).toBeGreaterThan(10);
  });
});
