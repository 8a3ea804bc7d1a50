import { type Bar, isSound } from './bar.ts';
import { createWilderAverage } from './exponential-moving-average.ts';
import type { Indicator } from './indicator.ts';
import { SimpleMovingAverage } from './simple-moving-average.ts';

export interface AverageTrueRangeOptions {
  readonly length?: number;
  /** `simple`: the mean of the last `length` true ranges in the place of Wilder's smoothing. */
  readonly smoothing?: 'wilder' | 'simple';
}

/**
 * The average true range, in the unit of the prices: the average of max(high, close before) −
 * min(low, close before). Seed of Wilder's smoothing: the mean of the first `length` true ranges,
 * the first of which is the second bar's, as in TA-Lib (https://ta-lib.org, `TA_ATR`). Source:
 * J. W. Wilder, New Concepts in Technical Trading Systems (1978).
 */
export class AverageTrueRange implements Indicator<Omit<Bar, 'start'>, number> {
  readonly #average: Indicator<number, number>;
  #lastClose: number | undefined;

  constructor({ length = 14, smoothing = 'wilder' }: AverageTrueRangeOptions = {}) {
    this.#average =
      smoothing === 'wilder' ? createWilderAverage(length) : new SimpleMovingAverage(length);
  }

  update(bar: Omit<Bar, 'start'>): void {
    if (!isSound(bar)) {
      return;
    }
    const { high, low, close } = bar;
    if (this.#lastClose !== undefined) {
      this.#average.update(Math.max(high, this.#lastClose) - Math.min(low, this.#lastClose));
    }
    this.#lastClose = close;
  }

  get value(): number | null {
    return this.#average.value;
  }
}
