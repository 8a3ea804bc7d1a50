import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AverageTrueRange } from '../../../src/domain/statistics/average-true-range.ts';
import type { Bar } from '../../../src/domain/statistics/bar.ts';
import { type Bands, BollingerBands } from '../../../src/domain/statistics/bollinger-bands.ts';
import { EwmaVolatility } from '../../../src/domain/statistics/ewma.ts';
import {
  ExponentialMovingAverage,
  createWilderAverage,
} from '../../../src/domain/statistics/exponential-moving-average.ts';
import { HistoricalVolatility } from '../../../src/domain/statistics/historical-volatility.ts';
import { type Indicator, valueAfter } from '../../../src/domain/statistics/indicator.ts';
import { Macd, type MacdValue } from '../../../src/domain/statistics/macd.ts';
import { METRICS_BARS, metricsOf } from '../../../src/domain/statistics/metrics.ts';
import { RelativeStrengthIndex } from '../../../src/domain/statistics/relative-strength-index.ts';
import { SimpleMovingAverage } from '../../../src/domain/statistics/simple-moving-average.ts';
import {
  plainAtr,
  plainBands,
  plainEma,
  plainEwmaVolatility,
  plainMacd,
  plainRsi,
  plainSma,
  plainVolatility,
} from '../../support/plain-statistics.ts';
import { anyBars, createRandom } from '../../support/price-series.ts';

const YEAR = 6_048;

type Value = number | Bands | MacdValue;

interface Case {
  readonly name: string;
  readonly create: () => Indicator<Bar, Value>;
  /** The same by its formula, from all bars. */
  readonly plain: (bars: readonly Bar[]) => Value;
  /** What its rounding is measured by. */
  readonly unit: 'price' | 'fraction' | 'percent';
}

interface WindowedCase extends Case {
  /** How many bars it remembers. */
  readonly window: number;
}

const closesOf = (bars: readonly Bar[]): number[] => bars.map(({ close }) => close);

/** An indicator of closes, fed with bars. */
function ofCloses<Result>(indicator: Indicator<number, Result>): Indicator<Bar, Result> {
  return {
    update: ({ close }) => {
      indicator.update(close);
    },
    get value() {
      return indicator.value;
    },
  };
}

const WINDOWED: readonly WindowedCase[] = [
  {
    name: 'volatility 20',
    create: () => ofCloses(new HistoricalVolatility({ length: 20, barsPerYear: YEAR })),
    plain: (bars) => plainVolatility(closesOf(bars), 20, YEAR),
    unit: 'fraction',
    window: 21,
  },
  {
    name: 'EWMA volatility',
    create: () => ofCloses(new EwmaVolatility({ length: 30, decay: 0.9, barsPerYear: YEAR })),
    plain: (bars) => plainEwmaVolatility(closesOf(bars), { length: 30, decay: 0.9, year: YEAR }),
    unit: 'fraction',
    window: 31,
  },
  {
    name: 'SMA 15',
    create: () => ofCloses(new SimpleMovingAverage(15)),
    plain: (bars) => plainSma(closesOf(bars), 15),
    unit: 'price',
    window: 15,
  },
  {
    name: 'Bollinger bands',
    create: () => ofCloses(new BollingerBands()),
    plain: (bars) => plainBands(closesOf(bars), 20, 2),
    unit: 'price',
    window: 20,
  },
  {
    name: 'ATR, simple',
    create: () => new AverageTrueRange({ smoothing: 'simple' }),
    plain: (bars) => plainAtr(bars, 14, true),
    unit: 'price',
    window: 15,
  },
];

const ENDLESS: readonly Case[] = [
  {
    name: 'EMA 12',
    create: () => ofCloses(new ExponentialMovingAverage(12)),
    plain: (bars) => plainEma(closesOf(bars), 12),
    unit: 'price',
  },
  {
    name: 'Wilder average 14',
    create: () => ofCloses(createWilderAverage(14)),
    plain: (bars) => plainEma(closesOf(bars), 14, 1 / 14),
    unit: 'price',
  },
  {
    name: 'ATR',
    create: () => new AverageTrueRange(),
    plain: (bars) => plainAtr(bars, 14, false),
    unit: 'price',
  },
  {
    name: 'RSI',
    create: () => ofCloses(new RelativeStrengthIndex()),
    plain: (bars) => plainRsi(closesOf(bars), 14),
    unit: 'percent',
  },
  {
    name: 'MACD',
    create: () => ofCloses(new Macd()),
    plain: (bars) => plainMacd(closesOf(bars), 12, 26, 9),
    unit: 'price',
  },
];

const MIN_BARS = 40;
const bars = anyBars(MIN_BARS, 120);

function numbersOf(value: Value | null): readonly number[] {
  if (value === null || typeof value === 'number') {
    return value === null ? [] : [value];
  }
  return 'upper' in value
    ? [value.upper, value.middle, value.lower]
    : [value.macd, value.signal, value.histogram];
}

function expectSame(actual: readonly number[], expected: readonly number[], scale: number): void {
  expect(actual.length).toBeGreaterThan(0);
  for (const [index, value] of expected.entries()) {
    expect(Math.abs((actual[index] ?? NaN) - value) / scale).toBeLessThanOrEqual(1e-9);
  }
}

describe.each([...WINDOWED, ...ENDLESS])('$name', ({ create, plain, unit }) => {
  const scaleOf = (some: readonly Bar[]): number =>
    unit === 'price' ? Math.max(...closesOf(some)) : unit === 'percent' ? 100 : 1;

  test('fed bar by bar is its formula over all of them, at every length', () => {
    fc.assert(
      fc.property(bars, (all) => {
        const indicator = create();
        for (const [index, bar] of all.entries()) {
          indicator.update(bar);
          if (index + 1 >= MIN_BARS) {
            const sofar = all.slice(0, index + 1);
            expectSame(numbersOf(indicator.value), numbersOf(plain(sofar)), scaleOf(sofar));
          }
        }
      }),
    );
  });

  test('scales with the prices, or does not depend on their scale', () => {
    const by = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(bars, by, (all, factor) => {
        const scaled = all.map(({ start, high, low, close }) => ({
          ...{ start, high: high * factor, low: low * factor, close: close * factor },
        }));
        const expected = numbersOf(valueAfter(create(), all)).map(
          (value) => value * (unit === 'price' ? factor : 1),
        );
        expectSame(numbersOf(valueAfter(create(), scaled)), expected, scaleOf(scaled));
      }),
    );
  });
});

describe.each(WINDOWED)('the window of $name', ({ create, window }) => {
  test('says what it would without a past', () => {
    fc.assert(
      fc.property(bars, (all) => {
        const fresh = valueAfter(create(), all.slice(-window));
        expect(fresh).not.toBeNull();
        expect(valueAfter(create(), all)).toEqual(fresh);
      }),
    );
  });

  test('forgets a bad tick once its window is over', () => {
    fc.assert(
      fc.property(bars, fc.constantFrom(1e-12, 1e15, 1e39), (all, price) => {
        const bad = { start: -1, high: price, low: price, close: price };
        const after = all.slice(-window);
        expect(valueAfter(create(), [...all, bad, ...after])).toEqual(valueAfter(create(), after));
      }),
    );
  });
});

describe('metricsOf', () => {
  const random = createRandom(7);
  const walk = Array.from({ length: METRICS_BARS }, (_, index) => {
    const close = 1.1 + random() / 100;
    return { start: index, high: close + 0.001, low: close - 0.001, close };
  });

  test('forgets a bad tick once 300 bars have come', () => {
    const expected = metricsOf(walk, YEAR);
    expect(Object.values(expected)).not.toContain(null);
    for (const close of [1e-12, 1e15, 1e39]) {
      const bad = { start: -1, high: close, low: close, close };
      expect(metricsOf([...walk, bad, ...walk], YEAR)).toEqual(expected);
      const poisoned = metricsOf([...walk.slice(1), bad], YEAR);
      expect(poisoned).not.toEqual(expected);
      expect(Object.values(poisoned).every(Number.isFinite)).toBe(true);
    }
  });
});
