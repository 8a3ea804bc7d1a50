/** Remembers what is costly to make; the entry made longest ago goes first. */
export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #capacity: number;

  /** `capacity` is the most entries that are kept. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The value of a key, made by `make` if it is not remembered. */
  get(key: Key, make: () => Value): Value {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      return known;
    }
    const made = make();
    if (this.#entries.size >= this.#capacity) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) {
        this.#entries.delete(oldest.value);
      }
    }
    this.#entries.set(key, made);
    return made;
  }
}
