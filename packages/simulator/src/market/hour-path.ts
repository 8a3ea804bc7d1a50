/**
 * The path of a pair's price within one hour: the construction of {@link FactorPath}, carried on by
 * halves down to a fifth of a second. All pairs draw from the same factors, so a cross equals its
 * legs at every moment.
 *
 * A cell of the path is named by its level (0 is the hour, 1 a half) and its node (1 is the hour, 2
 * and 3 its halves, and so on).
 */
import type { FactorPath } from './factor-path.ts';
import { childKey } from './integer-hash.ts';

export const HOUR_MS = 3_600_000;
/** The finest cells last 3,600 s / 2^14; the path is straight within them. */
export const PATH_DEPTH = 14;

/** Draws are uniform with variance 1, which lie within the root of 3 either side. */
const DRAW_LIMIT = Math.sqrt(3);
const DRAW_SCALE = DRAW_LIMIT / 0x8000_0000;
/** The middle of a Brownian bridge deviates by half the root of the bridge's variance. */
const MIDDLE_SCALES = middleScales();
/**
 * By how much all finer levels together can lift a cell, in units of the cell's own level: the
 * maximum of the Takagi-Landsberg function, 2 / (3 (1 - w)) for tents of height 1 that shrink by
 * w = sqrt(1/2) (Mishura and Schied, https://arxiv.org/abs/1806.05702). The last digits are slack.
 */
const TENTS_MAXIMUM = (2 / (3 * (1 - Math.SQRT1_2))) * (1 + 1e-9);

/** A factor's path and what the pair's logarithm takes of it. */
export interface WeightedPath {
  readonly path: FactorPath;
  readonly weight: number;
}

/** The logarithm of a pair's price, relative to its usual price, over one hour. */
export class HourPath {
  readonly startValue: number;
  readonly endValue: number;
  /** Variance of the change over the hour. */
  readonly variance: number;
  readonly #gains: Float64Array;
  readonly #keys: Int32Array;
  readonly #limit: number;

  constructor(paths: readonly WeightedPath[], hour: number) {
    this.#gains = new Float64Array(paths.length);
    this.#keys = new Int32Array(paths.length);
    let startValue = 0;
    let endValue = 0;
    let variance = 0;
    let limit = 0;
    for (const [index, { path, weight }] of paths.entries()) {
      const deviation = weight * path.deviationAt(hour);
      startValue += weight * path.valueAt(hour);
      endValue += weight * path.endValueAt(hour);
      variance += deviation * deviation;
      limit += Math.abs(deviation);
      this.#gains[index] = deviation * DRAW_SCALE;
      this.#keys[index] = path.hourKey(hour);
    }
    this.startValue = startValue;
    this.endValue = endValue;
    this.variance = variance;
    this.#limit = limit * DRAW_LIMIT * TENTS_MAXIMUM;
  }

  /** The value at a moment, given as a fraction of the hour from 0 to 1. */
  valueAt(fraction: number): number {
    return this.valueWithin(0, 1, this.startValue, this.endValue, fraction);
  }

  /** The value at a fraction of a cell, of which the values at both ends are known. */
  valueWithin(
    level: number,
    node: number,
    startValue: number,
    endValue: number,
    fraction: number,
  ): number {
    let [from, to, position, cell] = [startValue, endValue, fraction, node];
    for (let depth = level; depth < PATH_DEPTH; depth += 1) {
      const middle = this.middleOf(depth, cell, from, to);
      position *= 2;
      cell *= 2;
      if (position >= 1) {
        position -= 1;
        cell += 1;
        from = middle;
      } else {
        to = middle;
      }
    }
    return from + (to - from) * position;
  }

  /** The value in the middle of a cell. */
  middleOf(level: number, node: number, startValue: number, endValue: number): number {
    let deviation = 0;
    for (let index = 0; index < this.#gains.length; index += 1) {
      deviation += (this.#gains[index] ?? 0) * childKey(this.#keys[index] ?? 0, node);
    }
    return (startValue + endValue) * 0.5 + deviation * (MIDDLE_SCALES[level] ?? 0);
  }

  /** How far the path can stray within a cell beyond the cell's higher or lower end. */
  reachAt(level: number): number {
    return this.#limit * (MIDDLE_SCALES[level] ?? 0);
  }
}

/** Made by multiplication alone: a power function's last bit may differ between machines. */
function middleScales(): Float64Array {
  const scales = new Float64Array(PATH_DEPTH);
  let evenScale = 0.5;
  for (let level = 0; level < PATH_DEPTH; level += 2) {
    scales[level] = evenScale;
    scales[level + 1] = evenScale * Math.SQRT1_2;
    evenScale *= 0.5;
  }
  return scales;
}
