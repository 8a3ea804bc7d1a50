import type { Indicator } from './indicator.ts';
import { mean, populationDeviation } from './moments.ts';
import { SlidingWindow } from './sliding-window.ts';

export interface Bands {
  readonly upper: number;
  readonly middle: number;
  readonly lower: number;
}

/**
 * Bollinger bands, in the unit of the prices: the mean of the last `length` ones, and the same plus
 * and minus `width` times their population deviation. There is no seed. Source: J. Bollinger,
 * Bollinger on Bollinger Bands (2001), who divides by the count, not by one less.
 */
export class BollingerBands implements Indicator<number, Bands> {
  readonly #prices: SlidingWindow;
  readonly #width: number;

  constructor(length = 20, width = 2) {
    this.#prices = new SlidingWindow(length);
    this.#width = width;
  }

  update(price: number): void {
    if (Number.isFinite(price)) {
      this.#prices.push(price);
    }
  }

  get value(): Bands | null {
    const prices = this.#prices.whole;
    if (prices === null) {
      return null;
    }
    const middle = mean(prices);
    const distance = this.#width * populationDeviation(prices);
    return { upper: middle + distance, middle, lower: middle - distance };
  }
}
