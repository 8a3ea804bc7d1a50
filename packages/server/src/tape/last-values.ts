import type { Quote } from '@tickwire/protocol';

/** The newest price of an instrument, with its place in its channel. */
export interface LastQuote {
  readonly quote: Quote;
  readonly seq: number;
}

const RATE_WINDOW_MS = 1_000;

/**
 * The newest value of everything: the embedded cache, and what a client is told first. It counts
 * its own use, because clients may ask for that.
 */
export class LastValues {
  readonly #quotes = new Map<string, LastQuote>();
  readonly #now: () => number;
  #operations = 0;
  #windowStart = 0;
  #windowOperations = 0;
  #lastRate = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  setQuote(last: LastQuote): void {
    this.#count();
    this.#quotes.set(last.quote.instrument, last);
  }

  quote(instrument: string): LastQuote | undefined {
    this.#count();
    return this.#quotes.get(instrument);
  }

  /** Reads and writes so far, those of the last whole second, the values kept and their size. */
  stats(): { operations: number; operationsPerSecond: number; quotes: number; bytes: number } {
    let bytes = 0;
    for (const { quote } of this.#quotes.values()) {
      bytes += JSON.stringify(quote).length;
    }
    this.#roll(this.#now());
    return {
      operations: this.#operations,
      operationsPerSecond: this.#lastRate,
      quotes: this.#quotes.size,
      bytes,
    };
  }

  #count(): void {
    this.#roll(this.#now());
    this.#operations += 1;
    this.#windowOperations += 1;
  }

  #roll(now: number): void {
    const elapsed = now - this.#windowStart;
    if (elapsed < RATE_WINDOW_MS) {
      return;
    }
    this.#lastRate = elapsed < 2 * RATE_WINDOW_MS ? this.#windowOperations : 0;
    this.#windowStart = now;
    this.#windowOperations = 0;
  }
}
