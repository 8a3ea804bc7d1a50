import {
  type Candle,
  type MarketEvent,
  type OrderBookChange,
  type Quote,
  type Ticker,
  channelOf,
  channelsOf,
} from '@tickwire/protocol';
import { CandleSeries } from '../domain/candle-series.ts';
import type { KeptAlert } from '../domain/kept-alert.ts';
import { NewestAlerts } from '../domain/newest-alerts.ts';
import { OrderBook } from '../domain/order-book.ts';
import type { Bus, Envelope } from '../ports/bus.ts';
import { placedAlert } from './placed-alert.ts';

const RATE_WINDOW_MS = 1_000;

/**
 * The newest value of everything: the embedded cache, and what a client is told first. It counts
 * its own use, because clients may ask for that.
 */
export class LastValues {
  readonly #quotes = new Map<string, Quote>();
  readonly #tickers = new Map<string, Ticker>();
  readonly #books = new Map<string, OrderBook>();
  /** By channel. */
  readonly #candles = new Map<string, CandleSeries>();
  readonly #alerts = new Map<string, NewestAlerts>();
  readonly #now: () => number;
  #operations = 0;
  #windowStart = 0;
  #windowOperations = 0;
  #lastRate = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Remembers what a bus carries, for as long as that lasts. Readers that subscribe later find
   * remembered what they are told.
   */
  follow(bus: Pick<Bus, 'subscribe' | 'watch'>): void {
    bus.subscribe((envelope) => {
      this.take(envelope);
    });
    bus.watch({
      onStart: ({ channel, candles, book }) => {
        if (candles !== undefined) {
          this.setCandles(channel, candles);
        }
        if (book !== undefined) {
          this.remember(book);
        }
      },
      onNewest: (envelope) => {
        // One candle would look like all that a channel has; what it starts from is told later.
        if (envelope.event.type !== 'candle' || this.#candles.has(envelope.channel)) {
          this.take(envelope);
        }
      },
      onForgotten: (channel) => {
        this.forget(channel);
      },
      onLost: (channel) => {
        this.#forgetGrown(channel);
      },
      onRenumbered: () => {
        const grown = [this.#books, this.#candles, this.#alerts];
        grown
          .flatMap((byChannel) => [...byChannel.keys()])
          .forEach((channel) => {
            this.#forgetGrown(channel);
          });
      },
    });
  }

  /** Takes in what was told; what has no state of its own leaves no trace. */
  take(envelope: Envelope): void {
    const alert = placedAlert(envelope);
    if (alert === undefined) {
      this.remember(envelope.event);
    } else {
      this.#count();
      for (const channel of channelsOf(alert.event)) {
        this.#alertsOf(channel).add(alert);
      }
    }
  }

  /** Takes in an event that was told, unless it is an alert, which is nothing without its place. */
  remember(event: MarketEvent): void {
    switch (event.type) {
      case 'quote':
        this.#count();
        this.#quotes.set(event.instrument, event);
        break;
      case 'ticker':
        this.#count();
        this.#tickers.set(channelOf(event), event);
        break;
      case 'orderBook':
        this.#count();
        this.#applyToBook(channelOf(event), event);
        break;
      case 'candle':
        this.#count();
        this.#seriesOf(channelOf(event)).remember(event);
        break;
      default:
        break;
    }
  }

  /** Takes back what an earlier run of the program has left, where nothing newer is known. */
  restore(quote: Quote): void {
    if (!this.#quotes.has(quote.instrument)) {
      this.#quotes.set(quote.instrument, quote);
    }
  }

  /** Takes back the newest alerts of a channel that were kept: of too many as many as are a state. */
  restoreAlerts(channel: string, kept: readonly KeptAlert[]): void {
    this.#count();
    this.#alertsOf(channel).restore(kept.map((alert) => ({ ...alert, positions: {} })));
  }

  quote(instrument: string): Quote | undefined {
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

  /** The newest alerts of a channel; undefined where nothing is known of them. */
  alerts(channel: string): Pick<NewestAlerts, 'all' | 'isComplete'> | undefined {
    this.#count();
    return this.#alerts.get(channel);
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
    for (const quote of this.#quotes.values()) {
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

  /** What was made of all that came is wrong once a part of it is missing; the rest is just old. */
  #forgetGrown(channel: string): void {
    this.#books.delete(channel);
    this.#candles.delete(channel);
    this.#alerts.get(channel)?.noteLoss();
  }

  /** A change of a book that is not known would leave a part of one that looks whole. */
  #applyToBook(channel: string, change: OrderBookChange): void {
    const book = this.#books.get(channel) ?? (change.isSnapshot ? new OrderBook() : undefined);
    if (book !== undefined) {
      book.apply(change);
      this.#books.set(channel, book);
    }
  }

  #alertsOf(channel: string): NewestAlerts {
    const alerts = this.#alerts.get(channel) ?? new NewestAlerts();
    this.#alerts.set(channel, alerts);
    return alerts;
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
