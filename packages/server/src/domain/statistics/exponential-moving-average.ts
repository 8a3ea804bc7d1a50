import type { Indicator } from './indicator.ts';

/**
 * The exponential moving average, in the unit of its numbers: eₜ = eₜ₋₁ + w × (xₜ − eₜ₋₁), with
 * w = 2 / (length + 1) unless another weight is given. Seed: the mean of the first `length` numbers,
 * as in TA-Lib (https://ta-lib.org, `TA_EMA`). It forgets nothing: after n more numbers, one still
 * counts with w × (1 − w)ⁿ.
 */
export class ExponentialMovingAverage implements Indicator<number, number> {
  readonly #length: number;
  readonly #weight: number;
  #count = 0;
  #sum = 0;
  #average: number | null = null;

  constructor(length: number, weight = 2 / (length + 1)) {
    this.#length = length;
    this.#weight = weight;
  }

  update(value: number): void {
    if (!Number.isFinite(value)) {
      return;
    }
    if (this.#average !== null) {
      this.#average += this.#weight * (value - this.#average);
      return;
    }
    this.#count += 1;
    this.#sum += value;
    if (this.#count === this.#length) {
      this.#average = this.#sum / this.#length;
    }
  }

  get value(): number | null {
    return this.#average;
  }
}

/**
 * Wilder's smoothing, an exponential moving average with w = 1 / length. Source: J. W. Wilder, New
 * Concepts in Technical Trading Systems (1978).
 */
export function createWilderAverage(length: number): ExponentialMovingAverage {
  return new ExponentialMovingAverage(length, 1 / length);
}
