import { createWilderAverage } from './exponential-moving-average.ts';
import type { Indicator } from './indicator.ts';

/**
 * Wilder's relative strength index, from 0 to 100: 100 × u / (u + d), where u and d are the averages,
 * smoothed by Wilder, of the rises and of the falls between consecutive prices. Seed: the means of
 * the first `length` of each, as in TA-Lib (https://ta-lib.org, `TA_RSI`). Null where no price ever
 * moved: there is no strength to be relative to. Source: J. W. Wilder, New Concepts in Technical
 * Trading Systems (1978).
 */
export class RelativeStrengthIndex implements Indicator<number, number> {
  readonly #rises: Indicator<number, number>;
  readonly #falls: Indicator<number, number>;
  #last: number | undefined;

  constructor(length = 14) {
    this.#rises = createWilderAverage(length);
    this.#falls = createWilderAverage(length);
  }

  update(price: number): void {
    if (!Number.isFinite(price)) {
      return;
    }
    if (this.#last !== undefined) {
      this.#rises.update(Math.max(0, price - this.#last));
      this.#falls.update(Math.max(0, this.#last - price));
    }
    this.#last = price;
  }

  get value(): number | null {
    const [rise, fall] = [this.#rises.value, this.#falls.value];
    return rise === null || fall === null || rise + fall === 0
      ? null
      : (100 * rise) / (rise + fall);
  }
}
