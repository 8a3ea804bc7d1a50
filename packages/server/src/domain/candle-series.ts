import type { Candle } from '@tickwire/protocol';
import { isSameCandle } from './candle.ts';

/** How many candles of one channel are kept. */
export const SERIES_LENGTH = 500;

/**
 * The newest candles of one channel, oldest first, each once: confirmed beats unconfirmed, what a
 * venue repeats is nothing new, and what it corrects is a new revision.
 */
export class CandleSeries {
  #candles: Candle[] = [];

  /** The newest candles, oldest first: at most `count` of them. */
  newest(count: number): readonly Candle[] {
    return this.#candles.slice(Math.max(0, this.#candles.length - count));
  }

  /** The candle that begins at a time. */
  at(start: number): Candle | undefined {
    return this.#candles.findLast((candle) => candle.start === start);
  }

  /** The newest candle that is confirmed. */
  get lastConfirmed(): Candle | undefined {
    return this.#candles.findLast(({ isConfirmed }) => isConfirmed);
  }

  /**
   * Takes the place of what was known of the past, whatever the order and however often each is
   * there: what began after the last of them stays.
   */
  startFrom(candles: readonly Candle[]): void {
    const known = this.#candles;
    this.#candles = [];
    const past = candles.toSorted((a, b) => a.start - b.start);
    const last = past.at(-1)?.start ?? -Infinity;
    for (const candle of [...past, ...known.filter(({ start }) => start > last)]) {
      this.admit(candle);
    }
  }

  /**
   * Takes a candle in and returns it as it is to be told, with its revision; undefined where there
   * is nothing to tell: a confirmed one that is repeated, an unconfirmed one that comes after the
   * confirmed one of its time or fills a hole before a confirmed one, or one that is older than
   * what is kept.
   */
  admit(candle: Candle): Candle | undefined {
    const index = this.#candles.findLastIndex(({ start }) => start <= candle.start);
    const found = this.#candles[index];
    if (found?.start === candle.start) {
      const news = newsOf(found, candle);
      if (news !== undefined) {
        this.#candles[index] = news;
      }
      return news;
    }
    const isLate = index < this.#candles.length - 1;
    const isTooOld = index === -1 && this.#candles.length >= SERIES_LENGTH;
    if (isLate && (isTooOld || (!candle.isConfirmed && this.#isConfirmedAfter(index)))) {
      return undefined;
    }
    this.#insert(index + 1, candle);
    return candle;
  }

  /**
   * Takes a candle in that was told already, elsewhere, with its revision: in the place of what is
   * known of it, unless that is newer.
   */
  remember(candle: Candle): void {
    const index = this.#candles.findLastIndex(({ start }) => start <= candle.start);
    const found = this.#candles[index];
    if (found?.start !== candle.start) {
      this.#insert(index + 1, candle);
    } else if (candle.revision >= found.revision && (candle.isConfirmed || !found.isConfirmed)) {
      this.#candles[index] = candle;
    }
  }

  #insert(index: number, candle: Candle): void {
    this.#candles.splice(index, 0, candle);
    if (this.#candles.length > SERIES_LENGTH) {
      this.#candles.shift();
    }
  }

  #isConfirmedAfter(index: number): boolean {
    return this.#candles.slice(index + 1).some(({ isConfirmed }) => isConfirmed);
  }
}

/** What is new about a candle beside the one of the same start that is known. */
function newsOf(known: Candle, candle: Candle): Candle | undefined {
  if (!known.isConfirmed) {
    return candle;
  }
  if (!candle.isConfirmed || isSameCandle(known, candle)) {
    return undefined;
  }
  return { ...candle, revision: known.revision + 1 };
}
