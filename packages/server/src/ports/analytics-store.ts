import type { CorrelationAlert, Metrics, PairCategory, VolatilityAlert } from '@tickwire/protocol';
import type { BestPair, CorrelatedPair } from '../domain/best-pairs.ts';
import type { Bar } from '../domain/statistics/bar.ts';

export interface HourlyBarsQuery {
  readonly instrument: string;
  /** Epoch milliseconds: bars that begin before it. */
  readonly before: number;
  /** How many of the newest. */
  readonly limit: number;
}

/** The metrics of an instrument as they were at a time. */
export interface InstrumentMetrics {
  readonly instrument: string;
  /** Epoch milliseconds: when the last bar that has a part in them was over. */
  readonly time: number;
  readonly metrics: Metrics;
}

/** The correlations of all pairs as they were at a time. */
export interface Correlations {
  /** Epoch milliseconds: when the last bar that has a part in them was over. */
  readonly time: number;
  /** Over how many returns. */
  readonly windowSize: number;
  /** The names of each in their order, and each once. */
  readonly pairs: readonly CorrelatedPair[];
}

/** The ranks of pairs as they were at a time. */
export interface BestPairs {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly pairs: readonly BestPair[];
}

/** An alert with the time at which it was published: epoch milliseconds. */
export interface ToldAlert<Alert> {
  readonly time: number;
  readonly alert: Alert;
}

/** What is computed from candles, and what it is computed from. Everything rejects with a StoreError. */
export interface AnalyticsStore {
  /** Confirmed hourly bars, of FX the mids, oldest first; what cannot be a bar is left out. */
  hourlyBars(query: HourlyBarsQuery): Promise<readonly Bar[]>;
  /** Keeps metrics, all or none, in the place of those of the same instrument and time. */
  saveMetrics(metrics: readonly InstrumentMetrics[]): Promise<void>;
  /** The newest metrics of each of the instruments that has any, by name. */
  newestMetrics(instruments: readonly string[]): Promise<readonly InstrumentMetrics[]>;
  /** Keeps correlations, all or none, in the place of those of the same time. */
  saveCorrelations(correlations: Correlations): Promise<void>;
  /**
   * The newest correlations, by names: of all pairs, or of those both of which are among the given
   * instruments. Undefined where there are none.
   */
  newestCorrelations(instruments?: readonly string[]): Promise<Correlations | undefined>;
  /** Keeps ranks, all or none, in the place of those of the same time. */
  saveBestPairs(bestPairs: BestPairs): Promise<void>;
  /** The newest ranks, of one category if it is given, by category and rank. */
  newestBestPairs(category?: PairCategory): Promise<BestPairs | undefined>;
  /** The newest alert about each instrument's volatility. */
  newestVolatilityAlerts(): Promise<readonly ToldAlert<VolatilityAlert>[]>;
  /** The newest alert about each pair's correlation. */
  newestCorrelationAlerts(): Promise<readonly ToldAlert<CorrelationAlert>[]>;
}
