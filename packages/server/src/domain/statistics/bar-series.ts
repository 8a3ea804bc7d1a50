import type { Bar } from './bar.ts';

/** Bars as what correlation needs of them: equally many starts and closes, oldest first. */
export interface BarSeries {
  /** Epoch milliseconds, each greater than the one before. */
  readonly starts: Float64Array<ArrayBuffer>;
  /** Above zero. */
  readonly closes: Float64Array<ArrayBuffer>;
}

/** The series of bars, which are oldest first. */
export function toBarSeries(bars: readonly Bar[]): BarSeries {
  return {
    starts: Float64Array.from(bars, ({ start }) => start),
    closes: Float64Array.from(bars, ({ close }) => close),
  };
}

/**
 * The logarithms of closes, each by the last one: their differences are the log returns between any
 * two of them. By the last one, because near zero a number has more digits after the point.
 */
export function relativeLogs({ closes }: BarSeries): Float64Array {
  const last = closes.at(-1) ?? NaN;
  return Float64Array.from(closes, (close) => Math.log(close / last));
}

/**
 * Where the last starts are that both have, as many as the arrays for their positions are long,
 * oldest first; false where there are fewer.
 */
export function joinLast(
  [a, b]: readonly [Float64Array, Float64Array],
  [positionsInA, positionsInB]: readonly [Uint32Array, Uint32Array],
): boolean {
  let [inA, inB, missing] = [a.length, b.length, positionsInA.length];
  while (missing > 0) {
    if (inA === 0 || inB === 0) {
      return false;
    }
    const difference = (a[inA - 1] ?? NaN) - (b[inB - 1] ?? NaN);
    if (difference > 0) {
      inA -= 1;
    } else if (difference < 0) {
      inB -= 1;
    } else {
      [inA, inB, missing] = [inA - 1, inB - 1, missing - 1];
      positionsInA[missing] = inA;
      positionsInB[missing] = inB;
    }
  }
  return true;
}

/** Some bars of a series: the logarithms of all its closes, and where those bars are. */
export interface LogsAt {
  readonly logs: Float64Array;
  readonly positions: Uint32Array;
}

/** The log returns between consecutive ones of some bars, one fewer than they are. */
export function returnsAt({ logs, positions }: LogsAt): Float64Array {
  const returns = new Float64Array(positions.length - 1);
  let before = logs[positions[0] ?? 0] ?? NaN;
  for (let index = 0; index < returns.length; index += 1) {
    const log = logs[positions[index + 1] ?? 0] ?? NaN;
    returns[index] = log - before;
    before = log;
  }
  return returns;
}
