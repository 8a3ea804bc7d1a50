/** Time that moves while something runs, when a test says so; nobody can wait for it. */
export class StillClock {
  #now = Date.UTC(2026, 0, 5, 12);

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
