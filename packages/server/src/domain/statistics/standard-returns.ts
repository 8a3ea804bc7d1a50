import { mean, squaredDeviations } from './moments.ts';

/** Returns that deviate no more than this differ by the rounding of logarithms alone. */
const ROUNDING = 1e-14;

/** Whether so many returns differ from each other, by the sum of their squared deviations. */
export function doVary(squares: number, count: number): boolean {
  return squares > ROUNDING ** 2 * count;
}

/**
 * Moves and scales returns, in place, so that their mean is 0 and their squares sum to 1: the scalar
 * product of two such series is their correlation. False where they do not differ from each other,
 * or one is not a number: they correlate with nothing.
 */
export function standardise(returns: Float64Array): boolean {
  const middle = mean(returns);
  const squares = squaredDeviations(returns);
  const scale = 1 / Math.sqrt(squares);
  for (let index = 0; index < returns.length; index += 1) {
    returns[index] = ((returns[index] ?? NaN) - middle) * scale;
  }
  return doVary(squares, returns.length);
}

/** A correlation that rounding has put beyond ±1, put back. */
export function withinOne(correlation: number): number {
  return Math.max(-1, Math.min(1, correlation));
}
