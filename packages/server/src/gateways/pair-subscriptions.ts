/** Which pairs one client follows, and whether it asked for all of them. */
export class PairSubscriptions {
  readonly #pairs = new Set<string>();
  #isToAll = false;

  get pairs(): readonly string[] {
    return [...this.#pairs];
  }

  get size(): number {
    return this.#pairs.size;
  }

  /** True after an explicit request for all, until anything is unsubscribed. */
  get isToAll(): boolean {
    return this.#isToAll;
  }

  /** Adds to what is followed already. */
  add(pairs: readonly string[], isToAll: boolean): void {
    for (const pair of pairs) {
      this.#pairs.add(pair);
    }
    this.#isToAll ||= isToAll;
  }

  remove(pairs: readonly string[]): void {
    for (const pair of pairs) {
      if (this.#pairs.delete(pair)) {
        this.#isToAll = false;
      }
    }
  }
}
