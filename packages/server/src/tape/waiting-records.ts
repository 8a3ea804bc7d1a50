import { type Candle, type Quote, type Trades, channelOf } from '@tickwire/protocol';
import { BoundedQueue } from '../domain/bounded-queue.ts';
import type { KeptAlert } from '../domain/kept-alert.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import type { Envelope } from '../ports/bus.ts';
import { placedAlert } from './placed-alert.ts';

/** What is saved at once. */
export interface RecordBatch {
  readonly alerts: readonly KeptAlert[];
  readonly quotes: readonly Quote[];
  readonly trades: readonly Trades[];
  readonly candles: readonly SidedCandle[];
}

export interface WaitingRecordsOptions {
  readonly recordsTrades: boolean;
  /** Quotes that are older, as it is where they come from, are not kept: milliseconds. */
  readonly quoteMaxAgeMs: number;
  /** Epoch milliseconds: what time it is where quotes come from, and here. */
  readonly venueNow: () => number;
  readonly now: () => number;
}

/** Quotes, and frames of trades, that wait at most; then the oldest are dropped. */
const MAX_QUOTES = 20_000;
const MAX_TRADES = 20_000;
/** Alerts that wait at most: more than a year has. */
const MAX_ALERTS = 20_000;
/** A quote from further ahead of our clock cannot be true. */
const MAX_AHEAD_MS = 3_600_000;
/** Rows of each kind that are saved at once: more would hold up the event loop for longer. */
const BATCH_SIZE = 1_000;

/** What has passed over the tape and is not saved yet. */
export class WaitingRecords {
  readonly #options: WaitingRecordsOptions;
  readonly #quotes = new BoundedQueue<Quote>(MAX_QUOTES);
  readonly #trades = new BoundedQueue<Trades>(MAX_TRADES);
  readonly #alerts = new BoundedQueue<KeptAlert>(MAX_ALERTS);
  #candles: SidedCandle[] = [];
  #untimelyQuotes = 0;
  /** The newest of each channel that is not over; there is no use in saving the one before. */
  readonly #forming = new Map<string, Candle>();

  constructor(options: WaitingRecordsOptions) {
    this.#options = options;
  }

  /** Confirmed candles. */
  get candles(): number {
    return this.#candles.length;
  }

  get alerts(): number {
    return this.#alerts.size;
  }

  get quotes(): number {
    return this.#quotes.size;
  }

  /** How many quotes were dropped because too many waited. */
  get droppedQuotes(): number {
    return this.#quotes.dropped;
  }

  /** How many quotes were of a time that nobody keeps. */
  get untimelyQuotes(): number {
    return this.#untimelyQuotes;
  }

  get droppedTrades(): number {
    return this.#trades.dropped;
  }

  get droppedAlerts(): number {
    return this.#alerts.dropped;
  }

  /** Whether anything waits but candles that are not over. */
  get isUrgent(): boolean {
    return this.#most > 0;
  }

  /** Whether of any kind as many wait as are saved at once, those that are not over left out. */
  get isFull(): boolean {
    return this.#most >= BATCH_SIZE;
  }

  get hasForming(): boolean {
    return this.#forming.size > 0;
  }

  add(envelope: Envelope): void {
    const { event } = envelope;
    const alert = placedAlert(envelope);
    if (alert !== undefined) {
      this.#alerts.push(alert);
    } else if (event.type === 'quote') {
      if (this.#isTimely(event)) {
        this.#quotes.push(event);
      } else {
        this.#untimelyQuotes += 1;
      }
    } else if (event.type === 'candle') {
      this.#addCandle(event);
    } else if (event.type === 'trades' && this.#options.recordsTrades) {
      this.#trades.push(event);
    }
  }

  /** Candles that are over. */
  addConfirmed(candles: readonly SidedCandle[]): void {
    for (const candle of candles) {
      this.#candles.push(candle);
    }
  }

  /** Takes the oldest of everything that there is room for; the candles stay if they are to wait. */
  take({ withCandles, withForming }: { withCandles: boolean; withForming: boolean }): RecordBatch {
    const candles: SidedCandle[] = withCandles ? [...this.takeCandles(BATCH_SIZE)] : [];
    if (withForming) {
      candles.push(...this.#forming.values());
      this.#forming.clear();
    }
    return {
      alerts: this.#alerts.take(BATCH_SIZE),
      quotes: this.#quotes.take(BATCH_SIZE),
      trades: this.#trades.take(BATCH_SIZE),
      candles,
    };
  }

  /** Takes the oldest confirmed candles, at most so many. */
  takeCandles(count: number): readonly SidedCandle[] {
    const taken = this.#candles.slice(0, count);
    this.#candles = this.#candles.slice(count);
    return taken;
  }

  /** How many wait of the kind of which most do, those that are not over left out. */
  get #most(): number {
    const { alerts, quotes, candles } = this;
    return Math.max(alerts, quotes, this.#trades.size, candles);
  }

  #addCandle(candle: Candle): void {
    const channel = channelOf(candle);
    if (!candle.isConfirmed) {
      this.#forming.set(channel, candle);
      return;
    }
    this.#candles.push(candle);
    if ((this.#forming.get(channel)?.start ?? Infinity) <= candle.start) {
      this.#forming.delete(channel);
    }
  }

  #isTimely({ time: venueTime }: Quote): boolean {
    const { now, venueNow, quoteMaxAgeMs } = this.#options;
    const time = Date.parse(venueTime);
    return time >= venueNow() - quoteMaxAgeMs && time <= now() + MAX_AHEAD_MS;
  }
}
