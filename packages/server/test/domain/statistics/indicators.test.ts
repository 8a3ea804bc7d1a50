import { describe, expect, test } from 'vitest';
import { AverageTrueRange } from '../../../src/domain/statistics/average-true-range.ts';
import { BollingerBands } from '../../../src/domain/statistics/bollinger-bands.ts';
import { EwmaVolatility } from '../../../src/domain/statistics/ewma.ts';
import {
  ExponentialMovingAverage,
  createWilderAverage,
} from '../../../src/domain/statistics/exponential-moving-average.ts';
import { HistoricalVolatility } from '../../../src/domain/statistics/historical-volatility.ts';
import {
  type Indicator,
  valueAfter,
  valuesAfterEach,
} from '../../../src/domain/statistics/indicator.ts';
import { Macd } from '../../../src/domain/statistics/macd.ts';
import { RelativeStrengthIndex } from '../../../src/domain/statistics/relative-strength-index.ts';
import { SimpleMovingAverage } from '../../../src/domain/statistics/simple-moving-average.ts';
import { expectClose } from '../../support/expect-close.ts';

const { E } = Math;

describe('values that were computed by hand', () => {
  test('historical volatility', () => {
    // Returns 1, −1, 1: mean 1/3, squared deviations 24/9, by 2 is 4/3, times 3 bars a year is 4.
    const volatility = new HistoricalVolatility({ length: 3, barsPerYear: 3 });
    expectClose(valueAfter(volatility, [1, E, 1, E]), 2, 'volatility');
  });

  test('exponentially weighted volatility', () => {
    // Returns 1 and 2, of which the older weighs half: (0.5 × 1 + 4) / 1.5 = 3, times 3 is 9.
    const volatility = new EwmaVolatility({ length: 2, decay: 0.5, barsPerYear: 3 });
    expectClose(valueAfter(volatility, [1, E, E ** 3]), 3, 'volatility');
  });

  test('simple moving average', () => {
    expect(valuesAfterEach(new SimpleMovingAverage(3), [1, 2, 3, 7])).toEqual([null, null, 2, 4]);
  });

  test('exponential moving average, which begins with a mean', () => {
    const average = new ExponentialMovingAverage(3);
    expect(valuesAfterEach(average, [1, 2, 3, 6, 0])).toEqual([null, null, 2, 4, 2]);
    expect(valuesAfterEach(createWilderAverage(4), [4, 4, 4, 4, 8])).toEqual([
      ...[null, null, null],
      ...[4, 5],
    ]);
  });

  test('Bollinger bands', () => {
    // Mean 5, squared deviations 32, by 8 is 4.
    const bands = valueAfter(new BollingerBands(8, 2), [2, 4, 4, 4, 5, 5, 7, 9]);
    expect(bands).toEqual({ upper: 9, middle: 5, lower: 1 });
  });

  test('average true range, over a gap between bars as well', () => {
    const bars = [
      { high: 11, low: 9, close: 10 },
      { high: 12, low: 9, close: 11 },
      { high: 11, low: 10, close: 10 },
      // From 10, where the bar before has closed: 5.
      { high: 15, low: 14, close: 14 },
    ];
    const wilder = valuesAfterEach(new AverageTrueRange({ length: 2 }), bars);
    expect(wilder).toEqual([null, null, 2, 3.5]);
    const simple = new AverageTrueRange({ length: 2, smoothing: 'simple' });
    expect(valuesAfterEach(simple, bars)).toEqual([null, null, 2, 3]);
  });

  test('relative strength index', () => {
    // Rises 2, 0 and falls 0, 1 average 1 and 0.5; then rises 2 and falls 0.25.
    const [, , first, second] = valuesAfterEach(new RelativeStrengthIndex(2), [10, 12, 11, 14]);
    expectClose(first, 100 / 1.5, 'first');
    expectClose(second, 200 / 2.25, 'second');
  });

  test('relative strength index of prices that only rise, only fall, or stand still', () => {
    const after = (prices: readonly number[]) => valueAfter(new RelativeStrengthIndex(2), prices);
    expect(after([1, 2, 3])).toBe(100);
    expect(after([3, 2, 1])).toBe(0);
    expect(after([2, 2, 2])).toBeNull();
  });

  test('moving average convergence divergence', () => {
    // The fast average is the price; the slow one is 2, then 4.
    const macd = new Macd({ fast: 1, slow: 3, signal: 2 });
    expect(valuesAfterEach(macd, [1, 2, 3, 6])).toEqual([
      ...[null, null, null],
      { macd: 2, signal: 1.5, histogram: 0.5 },
    ]);
  });
});

const barOf = (close: number) => ({ high: close * 1.01, low: close * 0.99, close });

/** Indicators as the server uses them: how many prices each takes before it has a value. */
const INDICATORS: readonly [string, number, () => Indicator<number, unknown>][] = [
  ['volatility 20', 21, () => new HistoricalVolatility({ length: 20, barsPerYear: 6_048 })],
  ['volatility 50', 51, () => new HistoricalVolatility({ length: 50, barsPerYear: 6_048 })],
  ['EWMA volatility', 101, () => new EwmaVolatility({ barsPerYear: 6_048 })],
  ['SMA 15', 15, () => new SimpleMovingAverage(15)],
  ['EMA 26', 26, () => new ExponentialMovingAverage(26)],
  ['Bollinger bands', 20, () => new BollingerBands()],
  ['ATR', 15, () => overCloses(new AverageTrueRange())],
  ['ATR, simple', 15, () => overCloses(new AverageTrueRange({ smoothing: 'simple' }))],
  ['RSI', 15, () => new RelativeStrengthIndex()],
  ['MACD', 34, () => new Macd()],
];

/** An indicator of bars, fed with bars around prices. */
function overCloses(range: AverageTrueRange): Indicator<number, number> {
  return {
    update: (close) => {
      range.update(barOf(close));
    },
    get value() {
      return range.value;
    },
  };
}

const prices = Array.from({ length: 120 }, (_, index) => 100 + Math.sin(index) * 3);

describe.each(INDICATORS)('%s', (_, needed, create) => {
  test('is null until there is enough, and never before or after', () => {
    const values = valuesAfterEach(create(), prices);
    expect(values.findIndex((value) => value !== null)).toBe(needed - 1);
    expect(values.slice(needed)).not.toContain(null);
  });

  test.each([NaN, Infinity, -Infinity])('takes no notice of %s', (wrong) => {
    const disturbed = prices.flatMap((price) => [wrong, price]);
    expect(valueAfter(create(), disturbed)).toEqual(valueAfter(create(), prices));
  });
});

describe('what has no logarithm', () => {
  const ofReturns = INDICATORS.filter(([name]) => /volatility|ATR/.test(name));

  test.each(ofReturns)('changes nothing: %s', (_, __, create) => {
    const disturbed = prices.flatMap((price) => [0, price, -price]);
    expect(valueAfter(create(), disturbed)).toEqual(valueAfter(create(), prices));
  });
});

describe('prices that stand still', () => {
  test('have no volatility, no range and no width', () => {
    const still = Array.from({ length: 120 }, () => 1.1);
    const volatility = new HistoricalVolatility({ length: 20, barsPerYear: 6_048 });
    expect(valueAfter(volatility, still)).toBe(0);
    expect(valueAfter(new EwmaVolatility({ barsPerYear: 6_048 }), still)).toBe(0);
    const bands = valueAfter(new BollingerBands(), still);
    expectClose(bands?.upper, 1.1, 'upper');
    expectClose(bands?.lower, 1.1, 'lower');
  });
});
