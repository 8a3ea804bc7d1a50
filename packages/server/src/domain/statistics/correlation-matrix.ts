import { type BarSeries, joinLast, relativeLogs, returnsAt } from './bar-series.ts';
import { correlationAt } from './correlation.ts';
import { forEachProduct } from './scalar-products.ts';
import { standardise, withinOne } from './standard-returns.ts';
import { groupByStarts } from './start-groups.ts';

/** The correlations of all pairs of so many instruments, by their places in the list. */
export class CorrelationMatrix {
  readonly size: number;
  /** The upper triangle with its diagonal, row by row; NaN where nothing is known. */
  readonly values: Float64Array<ArrayBuffer>;

  constructor(size: number, values = new Float64Array((size * (size + 1)) / 2).fill(NaN)) {
    this.size = size;
    this.values = values;
  }

  /** The correlation of two, in either order; null where nothing is known. */
  at(a: number, b: number): number | null {
    const value = this.values[this.#index(a, b)] ?? NaN;
    return Number.isNaN(value) ? null : value;
  }

  set(a: number, b: number, correlation: number): void {
    this.values[this.#index(a, b)] = correlation;
  }

  #index(a: number, b: number): number {
    const row = Math.min(a, b);
    return row * this.size - (row * (row - 1)) / 2 + Math.max(a, b) - row;
  }
}

/** One series of the list, with the logarithms of its closes. */
interface Member {
  readonly index: number;
  readonly starts: Float64Array;
  readonly logs: Float64Array;
}

/** Standardised returns, and whose they are. */
interface Rows {
  readonly indices: readonly number[];
  readonly rows: readonly Float64Array[];
}

/** With fewer series of the same starts, standardising takes longer than it saves. */
const MANY = 4;

/**
 * What `correlationOf` says of all pairs of many series, and 1 on the diagonal of those whose
 * returns vary. Series whose last bars begin at the same times are standardised once, and then
 * multiplied; those of other times are joined, once for all that have the same bars.
 */
export function correlationMatrix(series: readonly BarSeries[], window: number): CorrelationMatrix {
  const matrix = new CorrelationMatrix(series.length);
  const members = series
    .map((one, index) => ({ index, starts: one.starts, logs: relativeLogs(one) }))
    .filter(({ starts }) => starts.length > window);
  const aligned = groupByStarts(members, ({ starts }) => starts.subarray(-window - 1));
  for (const group of aligned) {
    const rows = alignedRows(group, window);
    correlateRows(matrix, rows, rows);
  }
  const alike = aligned.map((group) => groupByStarts(group, ({ starts }) => starts));
  const positions = [new Uint32Array(window + 1), new Uint32Array(window + 1)] as const;
  for (const [place, mine] of alike.entries()) {
    for (const theirs of alike.slice(place + 1).flat()) {
      for (const one of mine) {
        correlateJoined(matrix, one, theirs, positions);
      }
    }
  }
  return matrix;
}

function alignedRows(members: readonly Member[], window: number): Rows {
  const positions = Uint32Array.from({ length: window + 1 }, (_, index) => index);
  const tails = members.map(({ index, logs }) => ({ index, logs: logs.subarray(-window - 1) }));
  return standardRows(tails, positions);
}

/** On either side, all series have the same starts. */
function correlateJoined(
  matrix: CorrelationMatrix,
  left: readonly Member[],
  right: readonly Member[],
  positions: readonly [Uint32Array, Uint32Array],
): void {
  const [leftStarts, rightStarts] = [left[0]?.starts, right[0]?.starts];
  if (!leftStarts || !rightStarts || !joinLast([leftStarts, rightStarts], positions)) {
    return;
  }
  if (left.length >= MANY && right.length >= MANY) {
    correlateRows(matrix, standardRows(left, positions[0]), standardRows(right, positions[1]));
    return;
  }
  for (const a of left) {
    for (const b of right) {
      const correlation = correlationAt(
        { logs: a.logs, positions: positions[0] },
        { logs: b.logs, positions: positions[1] },
      );
      matrix.set(a.index, b.index, correlation ?? NaN);
    }
  }
}

/** The standardised returns between the bars at these positions, where returns vary. */
function standardRows(
  members: readonly Pick<Member, 'index' | 'logs'>[],
  positions: Uint32Array,
): Rows {
  const indices: number[] = [];
  const rows: Float64Array[] = [];
  for (const { index, logs } of members) {
    const returns = returnsAt({ logs, positions });
    if (standardise(returns)) {
      indices.push(index);
      rows.push(returns);
    }
  }
  return { indices, rows };
}

function correlateRows(matrix: CorrelationMatrix, left: Rows, right: Rows): void {
  forEachProduct(left.rows, right.rows, (leftRow, rightRow, product) => {
    const a = left.indices[leftRow] ?? NaN;
    const b = right.indices[rightRow] ?? NaN;
    matrix.set(a, b, a === b ? 1 : withinOne(product));
  });
}
