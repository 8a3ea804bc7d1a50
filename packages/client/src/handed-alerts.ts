/** More than the newest alerts of a channel's state, and than a replay of a few channels. */
const REMEMBERED = 5_000;

/** The alerts that have been handed out, by any of their channels. */
export class HandedAlerts {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** True for one that was not handed out yet; from then on it was. */
  take(id: string): boolean {
    if (this.#ids.has(id)) {
      return false;
    }
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > REMEMBERED && oldest !== undefined) {
      this.#ids.delete(oldest);
    }
    return true;
  }
}
