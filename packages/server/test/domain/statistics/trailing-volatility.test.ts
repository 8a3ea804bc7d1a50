import { describe, expect, test } from 'vitest';
import type { Bar } from '../../../src/domain/statistics/bar.ts';
import { metricsOf } from '../../../src/domain/statistics/metrics.ts';
import {
  MEDIAN_BARS,
  medianVolatility,
} from '../../../src/domain/statistics/trailing-volatility.ts';
import { HOUR_MS, createRandom } from '../../support/price-series.ts';

const BARS_PER_YEAR = 24 * 252;
const DAY_MS = 24 * HOUR_MS;

/** Hourly bars of a random walk whose steps are as long as `size` says. */
function bars(count: number, size: (hour: number) => number = () => 1): Bar[] {
  const random = createRandom(7);
  let close = 1;
  return Array.from({ length: count }, (_, hour) => {
    close *= Math.exp(((random() - 0.5) / 1_000) * size(hour));
    return { start: hour * HOUR_MS, high: close, low: close, close };
  });
}

/** The same in the plainest way: metrics after each bar of the 30 days before the last. */
function plainMedian(all: readonly Bar[]): number {
  const last = all.at(-1)?.start ?? 0;
  const values = all
    .slice(0, -1)
    .flatMap(({ start }, index) =>
      start >= last - 30 * DAY_MS
        ? [metricsOf(all.slice(0, index + 1), BARS_PER_YEAR).volatility_20 ?? NaN]
        : [],
    )
    .sort((a, b) => a - b);
  const half = Math.floor(values.length / 2);
  return values.length % 2 === 1
    ? (values[half] ?? NaN)
    : ((values[half - 1] ?? NaN) + (values[half] ?? NaN)) / 2;
}

describe('medianVolatility', () => {
  test('is the median of the 30 days before the last bar, without that', () => {
    const all = bars(MEDIAN_BARS + 50, (hour) => 1 + (hour % 100) / 50);
    expect(medianVolatility(all, BARS_PER_YEAR)).toBeCloseTo(plainMedian(all), 12);
    expect(medianVolatility(all.slice(-MEDIAN_BARS), BARS_PER_YEAR)).toBeCloseTo(
      plainMedian(all),
      12,
    );
    const shock = { ...bars(1)[0]!, start: MEDIAN_BARS * HOUR_MS + 50 * HOUR_MS, close: 9 };
    const withShock = [...all.slice(1), shock];
    expect(medianVolatility(withShock, BARS_PER_YEAR)).toBeCloseTo(plainMedian(withShock), 12);
  });

  test('of an even count is between the two in the middle', () => {
    const all = bars(20 + 1 + 121);
    expect(medianVolatility(all, BARS_PER_YEAR)).toBeCloseTo(plainMedian(all.slice(0)), 2);
  });

  test('is not known of fewer than 120 hours', () => {
    expect(medianVolatility(bars(20 + 120), BARS_PER_YEAR)).toBeNull();
    expect(medianVolatility(bars(20 + 121), BARS_PER_YEAR)).not.toBeNull();
    expect(medianVolatility([], BARS_PER_YEAR)).toBeNull();
  });

  test('forgets what was more than 30 days ago', () => {
    const wild = bars(MEDIAN_BARS + 800, (hour) => (hour < 700 ? 100 : 1));
    const calm = bars(MEDIAN_BARS + 800);
    const ofWild = medianVolatility(wild, BARS_PER_YEAR);
    expect(ofWild).toBeCloseTo(medianVolatility(calm, BARS_PER_YEAR) ?? NaN, 12);
  });
});
