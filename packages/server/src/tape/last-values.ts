import {
  type Candle,
  type MarketEvent,
  type OrderBookChange,
  type Quote,
  type Ticker,
  channelOf,
} from '@tickwire/protocol';
import { CandleSeries } from '../domain/candle-series.ts';
import { OrderBook } from '../domain/order-book.ts';

/** The newest price of an instrument, with its place in its channel. */
export interface LastQuote {
  readonly quote: Quote;
  readonly seq: number;
}

/** The place of what was known before numbering began. */
const NOT_NUMBERED = 0;
const RATE_WINDOW_MS = 1_000;

/**
 * The newest value of everything: the embedded cache, and what a client is told first. It counts
 * its own use, because clients may ask for that.
 */
export class LastValues {
  readonly #quotes = new Map<string, LastQuote>();
  readonly #tickers = new Map<string, Ticker>();
  readonly #books = new Map<string, OrderBook>();
  /** By channel. */
  readonly #candles = new Map<string, CandleSeries>();
  readonly #now: () => number;
  #operations = 0;
  #windowStart = 0;
  #windowOperations = 0;
  #lastRate = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes in an event that was numbered; what has no state of its own leaves no trace. */
  remember(event: MarketEvent, seq: number): void {
    switch (event.type) {
      case 'quote':
        this.#count();
        this.#quotes.set(event.instrument, { quote: event, seq });
        break;
      case 'ticker':
        this.#count();
        this.#tickers.set(channelOf(event), event);
        break;
      case 'orderBook':
        this.#count();
        this.#applyToBook(channelOf(event), event);
        break;
      default:
        break;
    }
  }

  /** Takes back what an earlier run of the program has left, where nothing newer is known. */
  restore(quote: Quote): void {
    if (!this.#quotes.has(quote.instrument)) {
      this.#quotes.set(quote.instrument, { quote, seq: NOT_NUMBERED });
    }
  }

  quote(instrument: string): LastQuote | undefined {
    this.#count();
    return this.#quotes.get(instrument);
  }

  ticker(channel: string): Ticker | undefined {
    this.#count();
    return this.#tickers.get(channel);
  }

  book(channel: string): OrderBook | undefined {
    this.#count();
    return this.#books.get(channel);
  }

  /** The newest candles of a channel; undefined where nothing is known of it yet. */
  candles(channel: string): CandleSeries | undefined {
    this.#count();
    return this.#candles.get(channel);
  }

  /** Takes a candle into its series and returns it as it is to be told, if it is news at all. */
  admitCandle(candle: Candle): Candle | undefined {
    this.#count();
    return this.#seriesOf(channelOf(candle)).admit(candle);
  }

  /** What a channel starts from: takes the place of what was known of the past. */
  setCandles(channel: string, candles: readonly Candle[]): void {
    this.#count();
    this.#seriesOf(channel).startFrom(candles);
  }

  /** Drops the state of a channel that is not followed any more: it would soon be wrong. */
  forget(channel: string): void {
    this.#tickers.delete(channel);
    this.#books.delete(channel);
    this.#candles.delete(channel);
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

  /** A change of a book that is not known would leave a part of one that looks whole. */
  #applyToBook(channel: string, change: OrderBookChange): void {
    const book = this.#books.get(channel) ?? (change.isSnapshot ? new OrderBook() : undefined);
    if (book !== undefined) {
      book.apply(change);
      this.#books.set(channel, book);
    }
  }

  #seriesOf(channel: string): CandleSeries {
    const series = this.#candles.get(channel) ?? new CandleSeries();
    this.#candles.set(channel, series);
    return series;
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
