/** Counts the clients of every transport against one limit. */
export class Admission {
  readonly limit: number;
  readonly #clients = new Set<object>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get count(): number {
    return this.#clients.size;
  }

  has(client: object): boolean {
    return this.#clients.has(client);
  }

  /** Takes a place for a client, or returns false where none is left. */
  admit(client: object): boolean {
    if (this.#clients.size >= this.limit) {
      return false;
    }
    this.#clients.add(client);
    return true;
  }

  /** Gives the client's place back; more than once does no harm. */
  release(client: object): void {
    this.#clients.delete(client);
  }
}
