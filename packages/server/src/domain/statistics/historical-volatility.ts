import type { Indicator } from './indicator.ts';
import { LogReturn } from './log-return.ts';
import { sampleDeviation } from './moments.ts';
import { SlidingWindow } from './sliding-window.ts';

export interface HistoricalVolatilityOptions {
  /** How many returns, at least two; they need one price more. */
  readonly length: number;
  readonly barsPerYear: number;
}

/**
 * Historical (close to close) volatility: s × √(bars per year), where s is the sample deviation of
 * the last log returns. A fraction per year: 0.08 is 8 %. There is no seed; it forgets a price once
 * `length` more have come. Source: J. C. Hull, Options, Futures, and Other Derivatives, "Estimating
 * volatility from historical data".
 */
export class HistoricalVolatility implements Indicator<number, number> {
  readonly #logReturn = new LogReturn();
  readonly #returns: SlidingWindow;
  readonly #annually: number;

  constructor({ length, barsPerYear }: HistoricalVolatilityOptions) {
    this.#returns = new SlidingWindow(length);
    this.#annually = Math.sqrt(barsPerYear);
  }

  update(price: number): void {
    const logReturn = this.#logReturn.next(price);
    if (logReturn !== undefined) {
      this.#returns.push(logReturn);
    }
  }

  get value(): number | null {
    const returns = this.#returns.whole;
    return returns && sampleDeviation(returns) * this.#annually;
  }
}
