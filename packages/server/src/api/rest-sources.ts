/**
 * What the REST routes read, each as small as it can be: who brings it is decided in `app/`. All
 * that is asynchronous may reject with a StoreError, which the client is told as 503.
 */
import type { CacheStats, FeedStateName, Interval, Quote } from '@tickwire/protocol';
import type { BestPair, CorrelatedPair } from '../domain/best-pairs.ts';
import type { CandleCount } from '../domain/candle-coverage.ts';
import type { Store } from '../ports/store.ts';

/** The instruments that there are. */
export interface InstrumentNames {
  readonly trackedPairs: readonly string[];
  readonly crypto: readonly string[];
  /** The name under which an instrument is known here: `LINEAR_BTCUSDT` may be `BTCUSDT`. */
  readonly resolve: (name: string) => string;
  /** The widths of the candles that there may be of an instrument. */
  readonly intervalsOf: (instrument: string) => readonly Interval[];
}

export interface PriceReader {
  /** The newest price with its true time; undefined where none was ever seen. */
  quote(instrument: string): Quote | undefined;
}

/** Undefined where nothing is kept. */
export type CandleReader = Pick<Store, 'candles'>;

/** The newest metrics of an instrument: by name, decimal strings, null where nothing is known. */
export interface InstrumentMetrics {
  readonly instrument: string;
  /** When they were computed: epoch milliseconds. */
  readonly time: number;
  readonly values: Readonly<Record<string, string | null>>;
}

export interface MetricsReader {
  /** Those of the given instruments that have any. */
  newestMetrics(instruments: readonly string[]): Promise<readonly InstrumentMetrics[]>;
}

export interface CorrelationReader {
  /** The newest ones between any two of the given instruments, each pair once and in any order. */
  newestCorrelations(instruments: readonly string[]): Promise<readonly CorrelatedPair[]>;
}

export interface BestPairsReader {
  /**
   * Those of the newest ranking both of which are among the given instruments, by category and rank;
   * undefined where there is no ranking yet.
   */
  newestBestPairs(
    instruments: readonly string[],
    category?: BestPair['category'],
  ): Promise<readonly BestPair[] | undefined>;
}

/** What is computed from candles. */
export interface AnalyticsReader extends MetricsReader, CorrelationReader, BestPairsReader {}

/** The alerts that were published; none where nothing is kept. */
export type AlertsReader = Pick<Store, 'alerts'>;

/** How complete one span of a series is. */
export interface SpanQuality extends CandleCount {
  /** Neither present nor absent. */
  readonly missing: number;
  /** Runs of missing candles. */
  readonly gaps: number;
}

export interface SeriesQuality {
  readonly interval: Interval;
  readonly lastDay: SpanQuality;
  readonly lastMonth: SpanQuality;
}

/** How good what is known of an instrument is. */
export interface InstrumentQuality {
  readonly instrument: string;
  /** Epoch milliseconds at the venue; undefined where no price was ever seen. */
  readonly lastQuoteTime: number | undefined;
  /** How old that is by the venue's own clock. */
  readonly lastQuoteAgeMs: number | undefined;
  /** Undefined where nobody follows the instrument. */
  readonly feed:
    | {
        readonly venue: string;
        readonly state: FeedStateName;
        readonly reason: string | undefined;
        /** Frames of the venue that could not be used, of all its instruments. */
        readonly rejectedFrames: number;
      }
    | undefined;
  readonly candles: readonly SeriesQuality[];
}

export interface QualityReader {
  quality(): Promise<{
    readonly instruments: readonly InstrumentQuality[];
    /** Candles of all venues that could not be true and were dropped. */
    readonly rejectedCandles: number;
  }>;
}

/** Everything that routes read. */
export interface RestSources {
  readonly instruments: InstrumentNames;
  readonly prices: PriceReader;
  readonly candles: CandleReader | undefined;
  readonly analytics: AnalyticsReader;
  readonly alerts: AlertsReader;
  readonly quality: QualityReader;
  readonly cacheStats: () => CacheStats;
}
