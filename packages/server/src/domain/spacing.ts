/** Lets something happen once in a while, however often it is asked: lines of a log, above all. */
export class Spacing {
  readonly #everyMs: number;
  #nextAt = -Infinity;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Whether it is due at `now` (milliseconds on any clock); if so, not again for a while. */
  take(now: number): boolean {
    if (now < this.#nextAt) {
      return false;
    }
    this.#nextAt = now + this.#everyMs;
    return true;
  }
}
