const WINDOW_MS = 1_000;

/** Counts what is done: in all, and how often in a second. Times are milliseconds on any clock. */
export class UseCount {
  #total = 0;
  #windowStart = 0;
  #windowCount = 0;
  #lastCount = 0;

  add(now: number): void {
    this.#roll(now);
    this.#total += 1;
    this.#windowCount += 1;
  }

  get total(): number {
    return this.#total;
  }

  /** How many there were in the last whole second. */
  perSecond(now: number): number {
    this.#roll(now);
    return this.#lastCount;
  }

  #roll(now: number): void {
    const elapsed = now - this.#windowStart;
    if (elapsed < WINDOW_MS) {
      return;
    }
    this.#lastCount = elapsed < 2 * WINDOW_MS ? this.#windowCount : 0;
    this.#windowStart = now;
    this.#windowCount = 0;
  }
}
