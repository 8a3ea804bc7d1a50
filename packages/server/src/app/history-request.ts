/** What can be asked about the history, and what is answered, wherever it is carried out. */
import type { Gap, TimeSpan } from '../domain/gaps.ts';
import type { CandleSeriesKey } from '../ports/store.ts';

/** The most days that a request is about: ten years. */
export const MAX_DAYS = 3_650;

/** Which candles a command is about; what is left out is what the configuration says. */
export interface HistoryRequest {
  readonly instruments?: readonly string[] | undefined;
  /** In OANDA's spelling or as an interval. */
  readonly granularity?: string | undefined;
  /** How many days back from the end. */
  readonly days?: number | undefined;
  /** Epoch milliseconds. */
  readonly from?: number | undefined;
  /** Epoch milliseconds; not part of it. */
  readonly to?: number | undefined;
}

export interface BackfillRequest extends HistoryRequest {
  /** Whether the venues are asked for what is there or known to be absent as well. */
  readonly isAnew?: boolean | undefined;
}

export interface GapsRequest extends HistoryRequest {
  /** Whether the venues are asked for what is missing. */
  readonly fill: boolean;
}

/** How far a command has come. */
export interface HistoryProgress extends CandleSeriesKey {
  /** Candles of this series that are there, or known to be nowhere. */
  readonly done: number;
  readonly total: number;
  /** How much of all series is done, from 0 to 1. */
  readonly share: number;
}

/** Who waits for a command. */
export interface HistoryWatch {
  /** Ends the work; what has been saved stays. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: HistoryProgress) => void;
  /** Something that a person should know before it is over. */
  readonly onWarning: (text: string) => void;
}

/** Why a venue was given up on: a FeedError. */
export interface SeriesFailure {
  readonly code: string;
  readonly message: string;
}

/** What became of one series. */
export interface BackfilledSeries extends CandleSeriesKey, TimeSpan {
  /** Candles that were news to the store. */
  readonly saved: number;
  /** Expected, and the venue has none; 0 where there is a failure. */
  readonly absent: number;
  /** Expected, and still neither there nor known to be absent. */
  readonly missing: number;
  readonly failure?: SeriesFailure | undefined;
}

export interface BackfillAnswer {
  readonly series: readonly BackfilledSeries[];
}

/** What is missing of one series. */
export interface SeriesGaps extends CandleSeriesKey, TimeSpan {
  readonly gaps: readonly Gap[];
  /** How many candles filling has brought. */
  readonly saved: number;
  readonly failure?: SeriesFailure | undefined;
}

export interface GapsAnswer {
  /** Every series that was looked at, those without gaps included. */
  readonly series: readonly SeriesGaps[];
}

/**
 * Both reject with a ConfigError for a request that makes no sense, with a StoreError, and with the
 * signal's reason once it has aborted.
 */
export interface HistoryCommands {
  /** Fetches from the venues what is not there yet, or all of it anew. */
  backfill(request: BackfillRequest, watch: HistoryWatch): Promise<BackfillAnswer>;
  /** Tells what is missing; after filling, what still is. */
  gaps(request: GapsRequest, watch: HistoryWatch): Promise<GapsAnswer>;
}
