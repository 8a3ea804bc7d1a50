/**
 * The last numbers of a stream, so many. Whoever computes from them does so anew each time: running
 * sums would be quicker, but the rounding that one bad tick leaves in them stays for good, and what
 * is computed would depend on when the program was started.
 */
export class SlidingWindow {
  readonly #values: Float64Array;
  #count = 0;

  constructor(length: number) {
    this.#values = new Float64Array(length);
  }

  /** Takes a number in, and drops the oldest of more than the length. */
  push(value: number): void {
    this.#values[this.#count % this.#values.length] = value;
    this.#count += 1;
  }

  /** All of them, oldest first; null while they are fewer than the length. */
  get whole(): Float64Array | null {
    const { length } = this.#values;
    if (this.#count < length) {
      return null;
    }
    const oldest = this.#count % length;
    const values = new Float64Array(length);
    values.set(this.#values.subarray(oldest));
    values.set(this.#values.subarray(0, oldest), length - oldest);
    return values;
  }
}
