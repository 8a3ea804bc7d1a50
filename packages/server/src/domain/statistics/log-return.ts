/** Whether a number can be the price of something: finite and above zero. */
export function isPrice(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

/**
 * The natural logarithm of each price by the one before it. Between consecutive bars, whatever time
 * lies between them: a weekend is one return.
 */
export class LogReturn {
  #last: number | undefined;

  /** The return that a price makes; undefined for the first one, and for what is no price. */
  next(price: number): number | undefined {
    if (!isPrice(price)) {
      return undefined;
    }
    const last = this.#last;
    this.#last = price;
    return last === undefined ? undefined : Math.log(price / last);
  }
}
