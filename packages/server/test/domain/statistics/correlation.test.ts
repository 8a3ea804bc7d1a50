import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BarSeries } from '../../../src/domain/statistics/bar-series.ts';
import { correlationOf, ewmaCorrelationOf } from '../../../src/domain/statistics/correlation.ts';
import { expectClose } from '../../support/expect-close.ts';
import { HOUR_MS, anyPrices, walk } from '../../support/price-series.ts';

/** Closes whose log returns are given, at hours from 0 on unless others are given. */
function seriesOf(returns: readonly number[], hours?: readonly number[]): BarSeries {
  let log = 0;
  const closes = [1, ...returns.map((each) => Math.exp((log += each)))];
  const starts = hours ?? closes.map((_, hour) => hour);
  return {
    starts: Float64Array.from(starts, (hour) => hour * HOUR_MS),
    closes: Float64Array.from(closes),
  };
}

function hourly(closes: readonly number[]): BarSeries {
  return {
    starts: Float64Array.from(closes, (_, hour) => hour * HOUR_MS),
    closes: Float64Array.from(closes),
  };
}

describe('correlationOf', () => {
  test('is what was computed by hand', () => {
    // Deviations −1, 0, 1 and −1, 1, 0: products sum to 1, squares to 2 each.
    expectClose(correlationOf(seriesOf([1, 2, 3]), seriesOf([1, 3, 2]), 3), 0.5, 'correlation');
    expectClose(correlationOf(seriesOf([1, 2, 3]), seriesOf([-4, -6, -8]), 3), -1, 'opposite');
  });

  test('takes the last returns only', () => {
    const [a, b] = [seriesOf([9, 1, 2, 3]), seriesOf([-7, 1, 3, 2])];
    expectClose(correlationOf(a, b, 3), 0.5, 'of three');
    expect(correlationOf(a, b, 4)).toBeLessThan(0);
  });

  test('takes returns between bars that both have: one spans what the other lacks', () => {
    // Without hour 2, the second and third return of the other are one of 2.
    const whole = seriesOf([1, 0.5, 1.5, 3]);
    const holed = seriesOf([1, 3, 2], [0, 1, 3, 4]);
    expectClose(correlationOf(whole, holed, 3), 0.5, 'correlation');
    expectClose(correlationOf(holed, whole, 3), 0.5, 'the other way');
  });

  test('goes back as far as it takes to find enough of them', () => {
    // The last three of the one's bars are in a weekend of the other.
    const crypto = seriesOf([1, 2, 3, 5, 5, 5], [0, 1, 2, 3, 70, 71, 72]);
    const fx = seriesOf([1, 3, 2], [0, 1, 2, 3]);
    expectClose(correlationOf(crypto, fx, 3), 0.5, 'correlation');
  });

  test('is null where too few bars are common', () => {
    expect(correlationOf(seriesOf([1, 2, 3]), seriesOf([1, 3, 2]), 4)).toBeNull();
    expect(correlationOf(seriesOf([1, 2]), seriesOf([1, 2], [3, 4, 5]), 2)).toBeNull();
    expect(correlationOf(seriesOf([1, 2]), hourly([]), 2)).toBeNull();
  });

  test('is null where the returns of one do not vary, even if rounding does', () => {
    const growing = seriesOf(Array.from({ length: 100 }, () => 0.001));
    const still = hourly(Array.from({ length: 101 }, () => 1.1));
    const other = walk({ seed: 1, hours: 101 });
    expect(correlationOf(growing, other, 100)).toBeNull();
    expect(correlationOf(other, growing, 100)).toBeNull();
    expect(correlationOf(still, other, 100)).toBeNull();
  });

  test('is null where a close is not a number', () => {
    const broken = hourly([1, 2, NaN, 3, 5]);
    expect(correlationOf(broken, seriesOf([1, 2, 1, 2]), 4)).toBeNull();
    expect(correlationOf(hourly([1, 2, 3, 5, NaN]), seriesOf([1, 2, 1, 2]), 4)).toBeNull();
  });
});

describe('ewmaCorrelationOf', () => {
  test('is what was computed by hand', () => {
    // The older return weighs half: products 0.5 × 1 × 2 + 2 × 1, squares 0.5 + 4 and 0.5 × 4 + 1.
    const [a, b] = [seriesOf([1, 2]), seriesOf([2, 1])];
    expectClose(ewmaCorrelationOf(a, b, 2, 0.5), 3 / Math.sqrt(4.5 * 3), 'correlation');
  });

  test('follows the newest returns', () => {
    const opposite = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 0.01 : -0.01));
    const a = seriesOf([...opposite, ...opposite]);
    const b = seriesOf([...opposite.map((each) => -each), ...opposite]);
    expect(correlationOf(a, b, 120)).toBeCloseTo(0, 9);
    expect(ewmaCorrelationOf(a, b, 120)).toBeGreaterThan(0.9);
  });

  test('is null where there is too little, or nothing has moved', () => {
    expect(ewmaCorrelationOf(seriesOf([1, 2]), seriesOf([1, 3]), 3)).toBeNull();
    expect(ewmaCorrelationOf(seriesOf([1, 2]), seriesOf([0, 0]), 2)).toBeNull();
    expect(ewmaCorrelationOf(hourly([1, NaN, 2]), seriesOf([1, 2]), 2)).toBeNull();
  });
});

describe.each([
  ['correlationOf', correlationOf],
  ['ewmaCorrelationOf', ewmaCorrelationOf],
])('%s', (_, correlate) => {
  const LENGTH = 60;
  const WINDOW = 40;
  const two = fc.tuple(anyPrices(LENGTH, LENGTH), anyPrices(LENGTH, LENGTH));
  const correlated = (a: readonly number[], b: readonly number[]): number =>
    correlate(hourly(a), hourly(b), WINDOW) ?? NaN;

  test('lies within ±1, and does not depend on the order of the two', () => {
    fc.assert(
      fc.property(two, ([a, b]) => {
        expect(Math.abs(correlated(a, b))).toBeLessThanOrEqual(1);
        expectClose(correlated(b, a), correlated(a, b), 'the other way');
        expectClose(correlated(a, a), 1, 'with itself');
      }),
    );
  });

  test('does not depend on the unit of the prices, and turns with the quotation', () => {
    fc.assert(
      fc.property(two, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), ([a, b], factor) => {
        const expected = correlated(a, b);
        const scaled = b.map((price) => price * factor);
        const turned = b.map((price) => 1 / price);
        expect(correlated(a, scaled)).toBeCloseTo(expected, 9);
        expect(correlated(a, turned)).toBeCloseTo(-expected, 9);
      }),
    );
  });

  test('does not depend on the scale of the returns', () => {
    fc.assert(
      fc.property(two, fc.double({ min: 0.1, max: 3, noNaN: true }), ([a, b], exponent) => {
        const wilder = b.map((price) => price ** exponent);
        expect(correlated(a, wilder)).toBeCloseTo(correlated(a, b), 9);
      }),
    );
  });

  test('forgets a bad tick once its window is over', () => {
    const badTick = fc.tuple(fc.nat(LENGTH - WINDOW - 2), fc.constantFrom(1e-12, 1e15, 1e39));
    fc.assert(
      fc.property(two, badTick, ([a, b], [at, price]) => {
        const bad = a.with(at, price);
        expect(correlated(bad, b)).toBe(correlated(a, b));
        const within = correlated(a.with(LENGTH - 5, price), b);
        expect(Math.abs(within)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('correlationOf, of returns shifted by the same each', () => {
  test('is the same: a trend is no correlation', () => {
    fc.assert(
      fc.property(
        fc.tuple(anyPrices(60, 60), anyPrices(60, 60)),
        fc.double({ min: -0.01, max: 0.01, noNaN: true }),
        ([a, b], drift) => {
          const drifting = b.map((price, hour) => price * Math.exp(drift * hour));
          const expected = correlationOf(hourly(a), hourly(b), 59) ?? NaN;
          expect(correlationOf(hourly(a), hourly(drifting), 59)).toBeCloseTo(expected, 9);
        },
      ),
    );
  });
});
