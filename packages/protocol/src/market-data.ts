/** Best bid and ask of an instrument at a time. */
export interface Quote {
  readonly type: 'quote';
  readonly instrument: string;
  /** Decimal strings, exactly as the venue sent them. */
  readonly bid: string;
  readonly ask: string;
  /** The exact half sum of bid and ask. */
  readonly mid: string;
  /** The venue's time, ISO 8601 UTC, in the venue's precision. */
  readonly time: string;
}

/** How loudly an alert speaks: `info` also says that something is over. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The volatility of an instrument crossed its threshold. */
export interface VolatilityAlert {
  readonly type: 'volatilityAlert';
  readonly instrument: string;
  readonly volatility: number;
  readonly threshold: number;
  readonly severity: Severity;
}

/** The correlation of two instruments changed by more than its threshold. */
export interface CorrelationAlert {
  readonly type: 'correlationAlert';
  readonly pair1: string;
  readonly pair2: string;
  readonly correlation: number;
  readonly threshold: number;
  readonly severity: Severity;
}

/** What kinds of data {@link DataReady} can announce. */
export const DATA_TYPES = ['prices', 'metrics', 'correlations', 'candles'] as const;
export type DataType = (typeof DATA_TYPES)[number];

/** New data can be asked for. */
export interface DataReady {
  readonly type: 'dataReady';
  readonly dataType: DataType;
  /** How many records are new. */
  readonly count: number;
}

/** Everything that passes over the tape, told apart by `type`. */
export type MarketEvent = Quote | VolatilityAlert | CorrelationAlert | DataReady;
