/** First in, first out; of more than its limit the oldest are dropped, and counted. */
export class BoundedQueue<T> {
  readonly #limit: number;
  #items: T[] = [];
  /** How many of the items have been taken already. */
  #taken = 0;
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.length - this.#taken;
  }

  /** How many were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The oldest, which stays. */
  get first(): T | undefined {
    return this.#items[this.#taken];
  }

  /** The newest, oldest first, which stay: at most so many. */
  newest(count: number): readonly T[] {
    return this.#items.slice(this.#items.length - Math.min(count, this.size));
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.size > this.#limit) {
      this.take(1);
      this.#dropped += 1;
    }
  }

  /** Takes the oldest, at most so many. */
  take(count: number): readonly T[] {
    const items = this.#items.slice(this.#taken, this.#taken + count);
    this.#taken += items.length;
    // Moving what is left costs as much as it is long: only once half of it is gone.
    if (this.#taken * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
    return items;
  }
}
