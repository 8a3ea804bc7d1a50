import type { Interval, Quote, Severity, Trades } from '@tickwire/protocol';
import type { KeptAlert } from '../domain/kept-alert.ts';
import type { TimeSpan } from '../domain/gaps.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';

/**
 * What a candle was to the store: `inserted`, not there before; `updated`, newer values of one that
 * is not confirmed; `confirmed`, one that was there and is over now; `corrected`, other values of
 * one that was confirmed, under a new revision; `completed`, its bid and ask became known.
 */
export type CandleChange = 'inserted' | 'updated' | 'confirmed' | 'corrected' | 'completed';

/** A candle that was news to the store, with the revision that it has there. */
export interface CandleNews {
  readonly change: CandleChange;
  readonly candle: SidedCandle;
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

/** What is left out does not matter. */
export interface StoredAlertsQuery {
  /** Epoch milliseconds: alerts of this time or later. */
  readonly since?: number;
  /** The one of which the alert tells, or either of two. */
  readonly instrument?: string;
  readonly severity?: Severity;
  readonly limit: number;
  /** Which of them, where there are more than the limit; the answer is oldest first either way. */
  readonly pick: 'newest' | 'oldest';
}

/** The tables that grow with time and lose what is old, a partition at a time. */
export type HistoryTable =
  | 'real_time_prices_audit'
  | 'oanda_candles'
  | 'crypto_candles'
  | 'crypto_trades'
  | 'volatility_metrics'
  | 'correlation_matrix'
  | 'best_pairs_tracker'
  | 'alert_events';

/** A venue whose history is kept. */
export type HistoryVenue = 'oanda' | 'bybit';

/** Which of a venue's worlds its history is of: prices of two must never stand in one series. */
export interface HistoryOrigin {
  readonly venue: HistoryVenue;
  /** `live`, `demo`, `testnet`, or which simulated market. */
  readonly origin: string;
  /** Whether nobody would miss it. */
  readonly isSimulated: boolean;
}

/**
 * Durable history. Everything rejects with a StoreError; one that is `retryable` passes by itself,
 * and the same call MAY be made again: what it had saved already is not saved twice.
 */
export interface Store {
  /** Opens the database and brings its tables up to date. */
  start(): Promise<void>;
  /**
   * Says of which world each venue's history is from now on. A simulated history of another world
   * is dropped where `mayReplace`; in every other case of another one it rejects with `STORE_FOREIGN`
   * and changes nothing. Resolves with the venues whose history was dropped. Once another program
   * has claimed a venue for another world than this store did, this one writes nothing any more,
   * and what would write rejects with `STORE_FOREIGN`.
   */
  claim(origins: readonly HistoryOrigin[], mayReplace: boolean): Promise<readonly HistoryVenue[]>;
  /** Keeps quotes, all or none. A repeated one (same time, bid and ask) is kept once. */
  saveQuotes(quotes: readonly Quote[]): Promise<void>;
  /**
   * Keeps candles, all or none, and resolves with those that were news, in no order. Each is kept
   * once per instrument, interval and start: confirmed beats unconfirmed, and what is repeated is
   * nothing. Other values of a confirmed one are a new revision of it where they are newer: asked
   * for just now (`history`), or of a higher revision than the known one, or of the same one where
   * that was not asked for; an older candle that comes late is nothing. Bid and ask complete a
   * confirmed one of the same values. One that we built from quotes never beats the venue's.
   */
  saveCandles(candles: readonly SidedCandle[]): Promise<readonly CandleNews[]>;
  /** Keeps trades, all or none; each once by instrument, time and id. */
  saveTrades(trades: readonly Trades[]): Promise<void>;
  /** Keeps alerts, all or none; one whose id is there changes nothing. */
  saveAlerts(alerts: readonly KeptAlert[]): Promise<void>;
  /** Alerts in the order in which they were published, oldest first. */
  alerts(query: StoredAlertsQuery): Promise<readonly KeptAlert[]>;
  /** Candles of one series, oldest first. */
  candles(query: StoredCandlesQuery): Promise<readonly SidedCandle[]>;
  /** The newest candle of a series that is confirmed. */
  lastConfirmed(series: CandleSeriesKey): Promise<SidedCandle | undefined>;
  /** The starts of the confirmed candles of a series that begin within a span, oldest first. */
  confirmedStarts(series: CandleSeriesKey, span: TimeSpan): Promise<readonly number[]>;
  /** All series that have a confirmed candle, by instrument and then by width. */
  series(): Promise<readonly CandleSeriesKey[]>;
  /** Remembers that the venue was asked and has no candles that begin within these spans. */
  saveAbsences(series: CandleSeriesKey, spans: readonly TimeSpan[]): Promise<void>;
  /** Where the venue is known to have no candles: what touches the span, oldest first, whole. */
  absences(series: CandleSeriesKey, span: TimeSpan): Promise<readonly TimeSpan[]>;
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
