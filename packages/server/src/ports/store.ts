import type { Candle, Interval, Quote } from '@tickwire/protocol';

/** Open, high, low and close as decimal strings. */
export interface Ohlc {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
}

/** A candle of history. Of FX the candle itself is that of the mids. */
export interface StoredCandle extends Candle {
  /** Those of FX whose venue told both sides have both. */
  readonly sides?: { readonly bid: Ohlc; readonly ask: Ohlc };
}

/**
 * What a candle was to the store: `inserted`, not there before; `updated`, newer values of one that
 * is not confirmed; `confirmed`, one that was there and is over now; `corrected`, other values of
 * one that was confirmed, under a new revision; `completed`, its bid and ask became known.
 */
export type CandleChange = 'inserted' | 'updated' | 'confirmed' | 'corrected' | 'completed';

/** A candle that was news to the store, with the revision that it has there. */
export interface CandleNews {
  readonly change: CandleChange;
  readonly candle: StoredCandle;
}

/** The candles of one instrument and width. */
export interface CandleSeriesKey {
  readonly instrument: string;
  readonly interval: Interval;
}

export interface StoredCandlesQuery extends CandleSeriesKey {
  /** Epoch milliseconds: candles that begin at or after it. */
  readonly from?: number;
  /** Epoch milliseconds: candles that begin before it. */
  readonly to?: number;
  readonly limit: number;
  /** Which of them, where there are more than the limit; the answer is oldest first either way. */
  readonly pick: 'newest' | 'oldest';
}

/** The tables that grow with time and lose what is old, a partition at a time. */
export type HistoryTable =
  | 'real_time_prices_audit'
  | 'oanda_candles'
  | 'crypto_candles'
  | 'volatility_metrics'
  | 'correlation_matrix'
  | 'best_pairs_tracker'
  | 'alert_events';

/**
 * Durable history. Everything rejects with a StoreError; one that is `retryable` passes by itself,
 * and the same call MAY be made again: what it had saved already is not saved twice.
 */
export interface Store {
  /** Opens the database and brings its tables up to date. */
  start(): Promise<void>;
  /** Keeps quotes, all or none. A repeated one (same time, bid and ask) is kept once. */
  saveQuotes(quotes: readonly Quote[]): Promise<void>;
  /**
   * Keeps candles, all or none, and resolves with those that were news, in no order. Each is kept
   * once per instrument, interval and start: confirmed beats unconfirmed, what is repeated is
   * nothing, and other values of a confirmed one are a new revision of it. One that we built from
   * quotes never beats the venue's.
   */
  saveCandles(candles: readonly StoredCandle[]): Promise<readonly CandleNews[]>;
  /** Candles of one series, oldest first. */
  candles(query: StoredCandlesQuery): Promise<readonly StoredCandle[]>;
  /** The newest candle of a series that is confirmed. */
  lastConfirmed(series: CandleSeriesKey): Promise<StoredCandle | undefined>;
  /** The newest quote of each instrument that has one. */
  lastQuotes(): Promise<readonly Quote[]>;
  /**
   * Drops the partitions of a table that hold nothing at or after `time` (epoch milliseconds), and
   * resolves with their names. What is younger MUST stay, even beside what is older.
   */
  dropPartitionsBefore(table: HistoryTable, time: number): Promise<readonly string[]>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Finishes what it has begun and closes the database. */
  close(): Promise<void>;
}
