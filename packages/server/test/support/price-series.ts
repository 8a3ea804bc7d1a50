import fc from 'fast-check';
import type { Bar } from '../../src/domain/statistics/bar.ts';
import type { BarSeries } from '../../src/domain/statistics/bar-series.ts';

export const HOUR_MS = 3_600_000;

/** Prices none of which is the one before: each is up to 5 % from it, and 0.01 % at least. */
export function anyPrices(minLength: number, maxLength: number): fc.Arbitrary<number[]> {
  const move = fc.integer({ min: -500, max: 500 }).map((steps) => (steps === 0 ? 1 : steps) / 1e4);
  const moves = fc.array(move, { minLength, maxLength });
  return fc.tuple(fc.double({ min: 1e-3, max: 1e5, noNaN: true }), moves).map(([first, all]) => {
    let price = first;
    return all.map((each) => (price *= Math.exp(each)));
  });
}

/** Bars around such prices, hour by hour. */
export function anyBars(minLength: number, maxLength: number): fc.Arbitrary<Bar[]> {
  return anyPrices(minLength, maxLength).map((prices) => prices.map(barAt));
}

function barAt(close: number, index: number): Bar {
  const span = 1 + ((index * 7) % 5) / 1_000;
  return { start: index * HOUR_MS, high: close * span, low: close / span, close };
}

/** Numbers from 0 to 1, the same for the same seed: what a test must not draw anew each time. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    // Numerical Recipes, "An Even Quicker Generator".
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface WalkOptions {
  readonly seed: number;
  readonly hours: number;
  /** Whether there is a bar in an hour; in all of them unless given. */
  readonly has?: (hour: number) => boolean;
}

/** A random walk of hourly closes. */
export function walk({ seed, hours, has = () => true }: WalkOptions): BarSeries {
  const random = createRandom(seed);
  const starts: number[] = [];
  const closes: number[] = [];
  let close = 1 + random();
  for (let hour = 0; hour < hours; hour += 1) {
    close *= Math.exp((random() - 0.5) / 100);
    if (has(hour)) {
      starts.push(hour * HOUR_MS);
      closes.push(close);
    }
  }
  return { starts: Float64Array.from(starts), closes: Float64Array.from(closes) };
}
