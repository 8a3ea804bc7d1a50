import { ExponentialMovingAverage } from './exponential-moving-average.ts';
import type { Indicator } from './indicator.ts';

export interface MacdOptions {
  readonly fast?: number;
  readonly slow?: number;
  readonly signal?: number;
}

export interface MacdValue {
  readonly macd: number;
  readonly signal: number;
  readonly histogram: number;
}

/**
 * Moving average convergence divergence, in the unit of the prices: macd = the fast exponential
 * moving average less the slow one; signal = the exponential moving average of macd; histogram =
 * macd − signal. Each average has its own seed, the mean of its first numbers: the fast one begins
 * with the first price, the signal once the slow one is there. Source: G. Appel, Technical
 * Analysis: Power Tools for Active Investors (2005).
 */
export class Macd implements Indicator<number, MacdValue> {
  readonly #fast: ExponentialMovingAverage;
  readonly #slow: ExponentialMovingAverage;
  readonly #signal: ExponentialMovingAverage;

  constructor({ fast = 12, slow = 26, signal = 9 }: MacdOptions = {}) {
    this.#fast = new ExponentialMovingAverage(fast);
    this.#slow = new ExponentialMovingAverage(slow);
    this.#signal = new ExponentialMovingAverage(signal);
  }

  update(price: number): void {
    if (!Number.isFinite(price)) {
      return;
    }
    this.#fast.update(price);
    this.#slow.update(price);
    const macd = this.#macd;
    if (macd !== null) {
      this.#signal.update(macd);
    }
  }

  get value(): MacdValue | null {
    const [macd, signal] = [this.#macd, this.#signal.value];
    return macd === null || signal === null ? null : { macd, signal, histogram: macd - signal };
  }

  get #macd(): number | null {
    const [fast, slow] = [this.#fast.value, this.#slow.value];
    return fast === null || slow === null ? null : fast - slow;
  }
}
