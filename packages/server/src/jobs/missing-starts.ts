import type { TimeSpan } from '../domain/gaps.ts';

/** What a venue has answered, as far as it says something about what is missing. */
export interface Told {
  /** The starts of all candles of the answer. */
  readonly all: ReadonlySet<number>;
  /** The starts of those that count. */
  readonly good: ReadonlySet<number>;
  /** The last start that counts: whatever is not there before it, the venue does not have. */
  readonly until: number;
}

/**
 * Where a fill stands: the starts of the candles that are expected, and which of them are missing.
 * The venue is asked for the first missing one and for what follows, so a start that an answer has
 * settled lies before all that are still to be asked for.
 */
export class MissingStarts {
  readonly #expected: number[] = [];
  /** Where in `#expected` the missing ones are. */
  readonly #missing: number[] = [];
  /** How many of `#missing` the venue has been asked for. */
  #asked = 0;
  /** Asked for, and neither there nor absent. */
  #unsettled = 0;
  #absent = 0;

  /** How many candles are expected. */
  get total(): number {
    return this.#expected.length;
  }

  /** How many are missing. */
  get missing(): number {
    return this.#missing.length - this.#asked + this.#unsettled;
  }

  /** How many the venue is known not to have. */
  get absent(): number {
    return this.#absent;
  }

  /** The first start that the venue has not been asked for. */
  get since(): number | undefined {
    return this.#startAt(this.#asked);
  }

  /**
   * Adds expected starts that come after all others. Those within the gaps are missing; of the
   * others `absent` are known not to exist.
   */
  add(expected: readonly number[], gaps: readonly TimeSpan[], absent: number): void {
    let next = 0;
    for (const start of expected) {
      while (start >= (gaps[next]?.to ?? Infinity)) {
        next += 1;
      }
      if (start >= (gaps[next]?.from ?? Infinity)) {
        this.#missing.push(this.#expected.length);
      }
      this.#expected.push(start);
    }
    this.#absent += absent;
  }

  /**
   * How many candles to ask for, at most `most`: enough for all missing ones that one answer can
   * reach and for one more, without which it would not say that the last is absent.
   */
  pageLength(most: number): number {
    const first = this.#missing[this.#asked] ?? 0;
    let length = 2;
    for (let next = this.#asked + 1; next < this.#missing.length; next += 1) {
      const needed = (this.#missing[next] ?? Infinity) - first + 2;
      if (needed > most) {
        break;
      }
      length = needed;
    }
    return length;
  }

  /** Goes on to what comes after an answer, and returns the starts that it shows to be absent. */
  settle({ all, good, until }: Told): readonly number[] {
    const absent: number[] = [];
    for (let start = this.since; start !== undefined && start <= until; start = this.since) {
      this.#asked += 1;
      if (!all.has(start)) {
        absent.push(start);
      } else if (!good.has(start)) {
        this.#unsettled += 1;
      }
    }
    this.#absent += absent.length;
    return absent;
  }

  #startAt(place: number): number | undefined {
    const index = this.#missing[place];
    return index === undefined ? undefined : this.#expected[index];
  }
}
