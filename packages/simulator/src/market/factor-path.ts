/**
 * The path of one {@link MarketFactor}, hour by hour: a Brownian path built from the coarse to the
 * fine (Lévy's construction). Hashed values stand two years apart; between two known points, the
 * middle one is drawn from the Brownian bridge, whose weights follow the variance of the hours on
 * either side. Returns therefore have exactly the variance that sessions and clusters ask for, and
 * do not depend on each other.
 *
 * Within an hour the variance is even; {@link HourPath} carries the construction on from here. On
 * the way to a price only operations are used that IEEE 754 rounds exactly: `+ - * /` and the
 * square root.
 */
import { childKey, namedKey } from './integer-hash.ts';
import type { MarketFactor } from './market-factors.ts';
import { hourlyActivity, type WeekendMode } from './session-activity.ts';
import { clusteredVariance } from './volatility-clusters.ts';

/** Hours between two values of the top lattice: a power of two, 1.87 years. */
const BLOCK_HOURS = 16_384;
const YEAR_HOURS = 8_766;
/** Two years of history touch three blocks at most; one more is slack. */
const MAX_BLOCKS = 4;

interface Block {
  /** The path at the start of each hour, and at the end of the last. */
  readonly values: Float64Array;
  /** Standard deviation of the change over each hour. */
  readonly deviations: Float64Array;
}

/** The keys that a path draws from. */
export interface FactorKeys {
  readonly own: number;
  /** The part of volatility clustering that all factors have in common. */
  readonly sharedClusters: number;
}

/**
 * One factor's path. Hours count from 1970-01-01T00Z. Costs some milliseconds at the first touch of
 * a block of two years, and an array access after that.
 */
export class FactorPath {
  readonly factor: MarketFactor;
  readonly #keys: FactorKeys;
  readonly #clusterKey: number;
  readonly #weekend: WeekendMode;
  readonly #blocks = new Map<number, Block>();

  constructor(factor: MarketFactor, keys: FactorKeys, weekend: WeekendMode) {
    this.factor = factor;
    this.#keys = keys;
    this.#clusterKey = namedKey(keys.own, 'clusters');
    this.#weekend = weekend;
  }

  /** The factor's value at the start of an hour, as a logarithm. */
  valueAt(hour: number): number {
    const block = Math.floor(hour / BLOCK_HOURS);
    return this.#block(block).values[hour - block * BLOCK_HOURS] ?? 0;
  }

  /** The factor's value at the end of an hour: the start of the next one. */
  endValueAt(hour: number): number {
    const block = Math.floor(hour / BLOCK_HOURS);
    return this.#block(block).values[hour - block * BLOCK_HOURS + 1] ?? 0;
  }

  /** Standard deviation of the factor's change over an hour. */
  deviationAt(hour: number): number {
    const block = Math.floor(hour / BLOCK_HOURS);
    return this.#block(block).deviations[hour - block * BLOCK_HOURS] ?? 0;
  }

  /** The key that the movement within an hour is drawn from. */
  hourKey(hour: number): number {
    return childKey(this.#keys.own, hour);
  }

  #block(index: number): Block {
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = this.#build(index);
      if (this.#blocks.size >= MAX_BLOCKS) {
        const [oldest] = this.#blocks.keys();
        this.#blocks.delete(oldest ?? index);
      }
      this.#blocks.set(index, block);
    }
    return block;
  }

  #build(index: number): Block {
    const { factor } = this;
    const hourVariance = (factor.annualVolatility * factor.annualVolatility) / YEAR_HOURS;
    const firstHour = index * BLOCK_HOURS;
    const deviations = new Float64Array(BLOCK_HOURS);
    const elapsed = new Float64Array(BLOCK_HOURS + 1);
    for (let offset = 0; offset < BLOCK_HOURS; offset += 1) {
      const hour = firstHour + offset;
      const variance =
        hourVariance *
        hourlyActivity(factor.sessions, hour, this.#weekend) *
        clusteredVariance(this.#keys.sharedClusters, this.#clusterKey, hour);
      deviations[offset] = Math.sqrt(variance);
      elapsed[offset + 1] = (elapsed[offset] ?? 0) + variance;
    }
    const values = new Float64Array(BLOCK_HOURS + 1);
    values[0] = this.#latticeValue(index, hourVariance);
    values[BLOCK_HOURS] = this.#latticeValue(index + 1, hourVariance);
    const blockKey = childKey(namedKey(this.#keys.own, 'middles'), index);
    fillMiddles(values, elapsed, (node, length) => {
      const memory = factor.memoryHours ?? BLOCK_HOURS;
      const damping = length > memory ? Math.sqrt(memory / length) : 1;
      return damping * toNormal(childKey(blockKey, node));
    });
    return { values, deviations };
  }

  /** Two lattice values differ by as much as a Brownian path's would: half the variance each. */
  #latticeValue(index: number, hourVariance: number): number {
    const hours = Math.min(this.factor.memoryHours ?? BLOCK_HOURS, BLOCK_HOURS);
    const key = namedKey(this.#keys.own, 'lattice');
    return Math.sqrt((hourVariance * hours) / 2) * toNormal(childKey(key, index));
  }
}

/** Draws each middle after both its neighbours, from the longest stretch to the shortest. */
function fillMiddles(
  values: Float64Array,
  elapsed: Float64Array,
  draw: (node: number, length: number) => number,
): void {
  let node = 1;
  for (let length = values.length - 1; length > 1; length /= 2) {
    for (let from = 0; from + length < values.length; from += length) {
      const middle = from + length / 2;
      const to = from + length;
      const before = (elapsed[middle] ?? 0) - (elapsed[from] ?? 0);
      const after = (elapsed[to] ?? 0) - (elapsed[middle] ?? 0);
      const weight = before / (before + after);
      const deviation = Math.sqrt((before * after) / (before + after));
      const start = values[from] ?? 0;
      values[middle] =
        start + ((values[to] ?? 0) - start) * weight + deviation * draw(node, length);
      node += 1;
    }
  }
}

/** Close to a normal deviate, but within -3 and 3: the sum of three uniform ones. */
function toNormal(hash: number): number {
  const sum = (hash & 0x3ff) + ((hash >>> 10) & 0x3ff) + ((hash >>> 20) & 0x3ff);
  return (sum - 1_534.5) / 512;
}
