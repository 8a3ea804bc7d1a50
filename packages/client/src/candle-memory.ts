import {
  type Channel,
  type Interval,
  type LiveCandle,
  type LiveCandleUpdate,
  nextIntervalStart,
} from '@tickwire/protocol';

/** The most confirmed candles that the server begins with. */
const MAX_HISTORY = 1_000;
/** So many are remembered: a server that has crashed may have forgotten the newest. */
const REMEMBERED = 100;

/** Which confirmed candles of a channel have been handed out. */
export class CandleMemory {
  readonly #symbol: string;
  readonly #interval: Interval;
  /** The start of the next confirmed candle; undefined before any candle was known. */
  #nextStart: number | undefined;
  #newest: readonly LiveCandle[] = [];

  constructor({ instrument, interval }: Extract<Channel, { readonly kind: 'candles' }>) {
    this.#symbol = instrument;
    this.#interval = interval;
  }

  get hasBegun(): boolean {
    return this.#nextStart !== undefined;
  }

  /** False for one that was handed out already, and for an earlier state of such a one. */
  isNews({ start, revision }: LiveCandle): boolean {
    return revision !== undefined || start >= (this.#nextStart ?? start);
  }

  note(candle: LiveCandle): void {
    const { start, confirm } = candle;
    if (confirm) {
      const next = nextIntervalStart(this.#interval, start);
      this.#nextStart = Math.max(this.#nextStart ?? next, next);
      const others = this.#newest.filter((known) => known.start !== start);
      const all = [...others, candle].sort((a, b) => a.start - b.start);
      this.#newest = all.slice(-REMEMBERED);
    } else {
      this.#nextStart ??= start;
    }
  }

  /** Messages of what a state has, oldest first, that was confirmed and not handed out. */
  missed(candles: readonly LiveCandle[], receivedAt: string): readonly LiveCandleUpdate[] {
    const nextStart = this.#nextStart ?? Infinity;
    return candles
      .filter(({ confirm, start }) => confirm && start >= nextStart)
      .map((candle) => ({
        type: 'update',
        subscription: 'candles',
        symbol: this.#symbol,
        timeframe: this.#interval,
        candle,
        received_at: receivedAt,
      }));
  }

  /**
   * How many confirmed candles a state needs to have none missing between those handed out and its
   * own; 0 where it has them.
   */
  lacking(candles: readonly LiveCandle[]): number {
    const oldest = candles[0]?.start;
    const newest = candles.at(-1)?.start;
    if (this.#nextStart === undefined || oldest === undefined || newest === undefined) {
      return 0;
    }
    let count = 0;
    if (oldest > this.#nextStart) {
      let start = this.#nextStart;
      while (start <= newest && count < MAX_HISTORY) {
        start = nextIntervalStart(this.#interval, start);
        count += 1;
      }
    }
    return count;
  }

  /** A state with what was handed out and is newer than it: nobody is sent that again. */
  complete(candles: readonly LiveCandle[]): readonly LiveCandle[] {
    const confirmed = candles.filter(({ confirm }) => confirm);
    const until = confirmed.at(-1)?.end ?? (candles[0]?.start ?? Infinity) - 1;
    const newer = this.#newest.filter(({ start }) => start > until);
    const last = newer.at(-1)?.start ?? -Infinity;
    const forming = candles.filter(({ confirm, start }) => !confirm && start > last);
    return [...confirmed, ...newer, ...forming];
  }
}
