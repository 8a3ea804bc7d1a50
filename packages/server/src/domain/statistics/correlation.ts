import { type BarSeries, type LogsAt, joinLast, relativeLogs, returnsAt } from './bar-series.ts';
import { DEFAULT_DECAY, weightedProduct } from './ewma.ts';
import { doVary, withinOne } from './standard-returns.ts';

/**
 * Pearson's correlation of the last `window` log returns of two instruments, from −1 to 1:
 * Σ (x − x̄)(y − ȳ) / √(Σ (x − x̄)² × Σ (y − ȳ)²). Returns are those between consecutive bars that
 * both have, by their starts: where one lacks a bar, the other's return spans it as well. Null where
 * fewer returns are common to both, or the returns of one do not vary. There is no seed.
 */
export function correlationOf(a: BarSeries, b: BarSeries, window: number): number | null {
  const common = commonLogs(a, b, window);
  return common && correlationAt(...common);
}

/** Pearson's correlation of the log returns between bars of two series, equally many of each. */
export function correlationAt(a: LogsAt, b: LogsAt): number | null {
  const count = a.positions.length - 1;
  // Log returns add up to the whole way, so that their means are known beforehand.
  const meanOfA = (logAt(a, count) - logAt(a, 0)) / count;
  const meanOfB = (logAt(b, count) - logAt(b, 0)) / count;
  let squaresOfA = 0;
  let squaresOfB = 0;
  let products = 0;
  let lastOfA = logAt(a, 0);
  let lastOfB = logAt(b, 0);
  for (let index = 1; index <= count; index += 1) {
    const logOfA = logAt(a, index);
    const logOfB = logAt(b, index);
    const fromMeanOfA = logOfA - lastOfA - meanOfA;
    const fromMeanOfB = logOfB - lastOfB - meanOfB;
    squaresOfA += fromMeanOfA * fromMeanOfA;
    squaresOfB += fromMeanOfB * fromMeanOfB;
    products += fromMeanOfA * fromMeanOfB;
    lastOfA = logOfA;
    lastOfB = logOfB;
  }
  return doVary(squaresOfA, count) && doVary(squaresOfB, count)
    ? withinOne(products / Math.sqrt(squaresOfA * squaresOfB))
    : null;
}

function logAt({ logs, positions }: LogsAt, index: number): number {
  return logs[positions[index] ?? 0] ?? NaN;
}

/**
 * The exponentially weighted correlation of the same returns: Σ w x y / √(Σ w x² × Σ w y²), weighted
 * and with the source as {@link EwmaVolatility} has them. The means count as zero.
 */
export function ewmaCorrelationOf(
  a: BarSeries,
  b: BarSeries,
  window: number,
  decay = DEFAULT_DECAY,
): number | null {
  const common = commonLogs(a, b, window);
  if (common === null) {
    return null;
  }
  const [x, y] = [returnsAt(common[0]), returnsAt(common[1])];
  const square = weightedProduct(x, x, decay) * weightedProduct(y, y, decay);
  return square > 0 ? withinOne(weightedProduct(x, y, decay) / Math.sqrt(square)) : null;
}

function commonLogs(a: BarSeries, b: BarSeries, window: number): readonly [LogsAt, LogsAt] | null {
  const positions = [new Uint32Array(window + 1), new Uint32Array(window + 1)] as const;
  return joinLast([a.starts, b.starts], positions)
    ? [
        { logs: relativeLogs(a), positions: positions[0] },
        { logs: relativeLogs(b), positions: positions[1] },
      ]
    : null;
}
