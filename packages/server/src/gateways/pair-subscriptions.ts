/** Of a pair whose alerts the client is not brought yet. */
const NOT_BEGUN = Infinity;

/** Which pairs one client follows, and whether it asked for all of them. */
export class PairSubscriptions {
  /** For each pair, the number of the newest of its alerts when the client began to follow it. */
  readonly #alertsSince = new Map<string, number>();
  #isToAll = false;

  get pairs(): readonly string[] {
    return [...this.#alertsSince.keys()];
  }

  get size(): number {
    return this.#alertsSince.size;
  }

  /** True after an explicit request for all, until anything is unsubscribed. */
  get isToAll(): boolean {
    return this.#isToAll;
  }

  /** Adds to what is followed already. */
  add(pairs: readonly string[], isToAll: boolean): void {
    for (const pair of pairs) {
      if (!this.#alertsSince.has(pair)) {
        this.#alertsSince.set(pair, NOT_BEGUN);
      }
    }
    this.#isToAll ||= isToAll;
  }

  remove(pairs: readonly string[]): void {
    for (const pair of pairs) {
      if (this.#alertsSince.delete(pair)) {
        this.#isToAll = false;
      }
    }
  }

  /** From now on the client is brought a pair's alerts, after the number that they have reached. */
  begin(pair: string, alertSeq: number): void {
    if (this.#alertsSince.get(pair) === NOT_BEGUN) {
      this.#alertsSince.set(pair, alertSeq);
    }
  }

  /** Whether the client was brought an alert because of a pair; `seqOf` is its number for a pair. */
  hasAlert(seqOf: (pair: string) => number | undefined): boolean {
    for (const [pair, since] of this.#alertsSince) {
      if ((seqOf(pair) ?? 0) > since) {
        return true;
      }
    }
    return false;
  }
}
