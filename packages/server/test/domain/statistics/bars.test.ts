import type { Candle } from '@tickwire/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toBarSeries } from '../../../src/domain/statistics/bar-series.ts';
import { type Bar, toBars } from '../../../src/domain/statistics/bar.ts';
import { hourlyBarsPerYear } from '../../../src/domain/statistics/bars-per-year.ts';
import { correlationOf } from '../../../src/domain/statistics/correlation.ts';
import { METRICS_BARS, metricsOf } from '../../../src/domain/statistics/metrics.ts';
import { RecentBars } from '../../../src/domain/statistics/recent-bars.ts';
import { candleOf } from '../../support/stored-candle.ts';
import { HOUR_MS, anyBars } from '../../support/price-series.ts';

describe('toBars', () => {
  const hour: Candle = candleOf({
    ...{ interval: '60', start: 0, end: HOUR_MS - 1, isConfirmed: true },
    ...{ open: '1.1000', high: '1.1020', low: '1.0990', close: '1.1010' },
  });

  test('makes numbers of a confirmed candle', () => {
    expect(toBars([hour])).toEqual([{ start: 0, high: 1.102, low: 1.099, close: 1.101 }]);
  });

  test('leaves out what is not over, and what has no logarithm', () => {
    const candles = [
      { ...hour, isConfirmed: false },
      { ...hour, low: '-37.63' },
      { ...hour, low: '0' },
      { ...hour, start: HOUR_MS },
    ];
    expect(toBars(candles).map(({ start }) => start)).toEqual([HOUR_MS]);
  });
});

describe('hourlyBarsPerYear', () => {
  test('has business days for FX and all days for crypto', () => {
    expect(hourlyBarsPerYear('EUR_USD')).toBe(6_048);
    expect(hourlyBarsPerYear('XAU_USD')).toBe(6_048);
    expect(hourlyBarsPerYear('BTCUSDT')).toBe(8_760);
    expect(hourlyBarsPerYear('SPOT_BTCUSDT')).toBe(8_760);
  });
});

describe('metricsOf', () => {
  test('has nothing but null for no bars, and each value as soon as there is enough', () => {
    const bars = Array.from({ length: 101 }, (_, start) => {
      const close = 1 + Math.sin(start) / 10;
      return { start, high: close + 0.01, low: close - 0.01, close };
    });
    const known = (count: number): string[] =>
      Object.entries(metricsOf(bars.slice(0, count), 6_048))
        .filter(([, value]) => value !== null)
        .map(([name]) => name);
    expect(known(0)).toEqual([]);
    const first = new Map<string, number>();
    for (let count = 1; count <= bars.length; count += 1) {
      for (const name of known(count)) {
        first.set(name, first.get(name) ?? count);
      }
    }
    expect(Object.fromEntries(first)).toEqual({
      ...{ volatility_20: 21, volatility_50: 51, sma_15: 15, sma_30: 30, sma_50: 50 },
      ...{ bb_upper: 20, bb_middle: 20, bb_lower: 20, atr: 15, rsi: 15 },
      ...{ ema_12: 12, ema_26: 26, ema_50: 50 },
      ...{ macd: 34, macd_signal: 34, macd_histogram: 34, ewma_volatility: 101 },
    });
  });
});

describe('RecentBars', () => {
  const barAt = (start: number, close = 1): Bar => ({ start, high: close, low: close, close });

  test('keeps the newest, oldest first', () => {
    const recent = new RecentBars(3);
    expect(recent.bars).toEqual([]);
    for (const start of [1, 2, 3, 4]) {
      recent.admit(barAt(start));
    }
    expect(recent.bars).toEqual([2, 3, 4].map((start) => barAt(start)));
  });

  test('puts a late bar in its place, takes a correction and leaves out what is too old', () => {
    const recent = new RecentBars(3);
    for (const bar of [barAt(1), barAt(5), barAt(3), barAt(5, 2), barAt(0)]) {
      recent.admit(bar);
    }
    expect(recent.bars).toEqual([barAt(1), barAt(3), barAt(5, 2)]);
    recent.admit(barAt(9));
    recent.admit(barAt(2));
    expect(recent.bars).toEqual([barAt(3), barAt(5, 2), barAt(9)]);
  });

  test('takes no notice of prices that cannot be', () => {
    const recent = new RecentBars(3);
    recent.admit(barAt(1));
    for (const close of [NaN, 0, -1, Infinity]) {
      recent.admit(barAt(1, close));
      recent.admit(barAt(2, close));
    }
    expect(recent.bars).toEqual([barAt(1)]);
  });

  test('says of a stream what a batch of all its bars says', () => {
    fc.assert(
      fc.property(anyBars(350, 400), anyBars(350, 400), (first, second) => {
        const streams = [new RecentBars(METRICS_BARS), new RecentBars(METRICS_BARS)] as const;
        const batches = [first, second];
        for (const [index, stream] of streams.entries()) {
          for (const bar of batches[index] ?? []) {
            stream.admit(bar);
          }
        }
        expect(metricsOf(streams[0].bars, 6_048)).toEqual(metricsOf(first, 6_048));
        const streamed = streams.map(({ bars }) => toBarSeries(bars));
        const whole = batches.map(toBarSeries);
        expect(correlationOf(streamed[0]!, streamed[1]!, 100)).toBe(
          correlationOf(whole[0]!, whole[1]!, 100),
        );
      }),
      { numRuns: 20 },
    );
  });
});
