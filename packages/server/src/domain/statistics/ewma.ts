import type { Indicator } from './indicator.ts';
import { LogReturn } from './log-return.ts';
import { SlidingWindow } from './sliding-window.ts';

/** RiskMetrics' decay factor for daily data. */
export const DEFAULT_DECAY = 0.94;
/** With the default decay, what is left out would count 0.2 %. */
const DEFAULT_LENGTH = 100;

export interface EwmaOptions {
  /** How many returns. */
  readonly length?: number;
  /** λ: how much less each return counts than the next one; above 0 and below 1. */
  readonly decay?: number;
}

/**
 * Exponentially weighted volatility: √(Σ wₐ rₐ²) × √(bars per year) over the last log returns, of
 * age a = 0, 1 … and with wₐ = λᵃ × (1 − λ) / (1 − λⁿ), so that all weigh one. The mean counts as
 * zero. A fraction per year. There is no seed: unlike the endless recursion, the window forgets a
 * bad tick, and says the same whenever the program was started. Source: RiskMetrics Technical
 * Document (4th ed., 1996), 5.2 and 5.3, which cuts the window off likewise.
 */
export class EwmaVolatility implements Indicator<number, number> {
  readonly #logReturn = new LogReturn();
  readonly #returns: SlidingWindow;
  readonly #decay: number;
  readonly #annually: number;

  constructor({
    length = DEFAULT_LENGTH,
    decay = DEFAULT_DECAY,
    barsPerYear,
  }: EwmaOptions & { readonly barsPerYear: number }) {
    this.#returns = new SlidingWindow(length);
    this.#decay = decay;
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
    return returns && Math.sqrt(weightedProduct(returns, returns, this.#decay)) * this.#annually;
  }
}

/**
 * Σ wₐ xₐ yₐ of two equally long series, oldest first, weighted as above: the exponentially weighted
 * covariance of returns whose mean counts as zero.
 */
export function weightedProduct(x: Float64Array, y: Float64Array, decay: number): number {
  let sum = 0;
  let weights = 0;
  for (let index = 0; index < x.length; index += 1) {
    sum = sum * decay + (x[index] ?? NaN) * (y[index] ?? NaN);
    weights = weights * decay + 1;
  }
  return sum / weights;
}
