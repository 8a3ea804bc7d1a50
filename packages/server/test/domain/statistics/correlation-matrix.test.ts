import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BarSeries } from '../../../src/domain/statistics/bar-series.ts';
import {
  CorrelationMatrix,
  correlationMatrix,
} from '../../../src/domain/statistics/correlation-matrix.ts';
import { plainCorrelation } from '../../support/plain-statistics.ts';
import { createRandom, walk } from '../../support/price-series.ts';

/** When a market has bars: every hour, but on two days of the week, but one hour a day. */
const CALENDARS: readonly ((hour: number) => boolean)[] = [
  () => true,
  (hour) => hour % 168 < 120,
  (hour) => hour % 168 < 120 && hour % 24 !== 21,
];

/** Compares all of a matrix with the formula, pair by pair. */
function expectFormula(series: readonly BarSeries[], window: number): void {
  const matrix = correlationMatrix(series, window);
  expect(matrix.size).toBe(series.length);
  for (const [row, a] of series.entries()) {
    for (const [column, b] of series.entries()) {
      const expected = plainCorrelation(a, b, window);
      const actual = matrix.at(row, column);
      if (expected === null) {
        expect(actual, `${row} and ${column}`).toBeNull();
      } else {
        expect(actual, `${row} and ${column}`).toBeCloseTo(expected, 10);
      }
    }
  }
}

describe('correlationMatrix', () => {
  test.each([1, 2, 3, 4, 5, 7, 20])('is the formula for %i series of the same times', (count) => {
    const series = Array.from({ length: count }, (_, seed) => walk({ seed, hours: 130 }));
    expectFormula(series, 100);
    expectFormula(series, 129);
  });

  test('is the formula for markets with different hours, many or few of each', () => {
    const series = [5, 6, 2].flatMap((count, calendar) =>
      Array.from({ length: count }, (_, index) =>
        walk({ seed: 10 * calendar + index, hours: 400, has: CALENDARS[calendar]! }),
      ),
    );
    expectFormula(series, 100);
  });

  test('is the formula for those whose history began at different times', () => {
    const series = [500, 300, 101, 100, 50, 0].map((hours, seed) => {
      const { starts, closes } = walk({ seed, hours: 500 });
      return { starts: starts.slice(500 - hours), closes: closes.slice(500 - hours) };
    });
    expectFormula(series, 100);
    const matrix = correlationMatrix(series, 100);
    expect(matrix.at(0, 2)).not.toBeNull();
    expect(matrix.at(3, 3)).toBeNull();
  });

  test('is the formula whatever bars are missing', () => {
    const market = fc.record({
      seed: fc.nat(1_000),
      calendar: fc.constantFrom(...CALENDARS),
      missing: fc.constantFrom(0, 0, 0.05, 0.5),
    });
    fc.assert(
      fc.property(fc.array(market, { maxLength: 14 }), (markets) => {
        const series = markets.map(({ seed, calendar, missing }) => {
          const random = createRandom(seed);
          const has = (hour: number) => calendar(hour) && random() >= missing;
          return walk({ seed, hours: 200, has });
        });
        expectFormula(series, 60);
      }),
      { numRuns: 60 },
    );
  });

  test('tells those apart that lack other hours, as many and with the same sum', () => {
    const lacking = [[20, 23], [21, 22], [], [20, 23], [21, 22]]; // prettier-ignore
    const series = lacking.map((hours, seed) =>
      walk({ seed, hours: 40, has: (hour) => !hours.includes(hour) }),
    );
    expectFormula(series, 30);
  });

  test('is 1 with itself, exactly, and symmetric', () => {
    const series = Array.from({ length: 9 }, (_, seed) => walk({ seed, hours: 50 }));
    const matrix = correlationMatrix([...series, ...series], 49);
    for (let row = 0; row < matrix.size; row += 1) {
      expect(matrix.at(row, row)).toBe(1);
      expect(matrix.at(row, (row + 9) % 18)).toBeCloseTo(1, 12);
      for (let column = 0; column < matrix.size; column += 1) {
        expect(matrix.at(row, column)).toBe(matrix.at(column, row));
        expect(Math.abs(matrix.at(row, column) ?? NaN)).toBeLessThanOrEqual(1);
      }
    }
  });

  test('knows nothing of what stands still or is no number, but of all others', () => {
    const sound = Array.from({ length: 5 }, (_, seed) => walk({ seed, hours: 61 }));
    const still = { starts: sound[0]!.starts, closes: new Float64Array(61).fill(1.1) };
    const broken = {
      ...still,
      closes: sound[0]!.closes.map((close, at) => (at === 9 ? 0 : close)),
    };
    const matrix = correlationMatrix([still, ...sound, broken], 60);
    for (let other = 0; other < 7; other += 1) {
      expect([matrix.at(0, other), matrix.at(6, other)]).toEqual([null, null]);
    }
    expect(matrix.at(1, 5)).toBeCloseTo(plainCorrelation(sound[0]!, sound[4]!, 60)!, 10);
  });

  test('does not change what it is given', () => {
    const series = [0, 1, 2].map((seed) => walk({ seed, hours: 61 }));
    const before = structuredClone(series);
    correlationMatrix(series, 60);
    expect(series).toEqual(before);
  });

  test('of nothing has nothing', () => {
    expect(correlationMatrix([], 100).size).toBe(0);
  });
});

describe('CorrelationMatrix', () => {
  test('keeps each pair once, for either order, and knows nothing at first', () => {
    const matrix = new CorrelationMatrix(4);
    for (let row = 0; row < 4; row += 1) {
      for (let column = row; column < 4; column += 1) {
        expect(matrix.at(column, row)).toBeNull();
        matrix.set(column, row, (10 * row + column) / 100);
      }
    }
    expect([...matrix.values]).toEqual([0, 0.01, 0.02, 0.03, 0.11, 0.12, 0.13, 0.22, 0.23, 0.33]);
    expect([matrix.at(1, 3), matrix.at(3, 1)]).toEqual([0.13, 0.13]);
  });
});
