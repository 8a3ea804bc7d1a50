import type { Interval } from './interval.ts';

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

/**
 * Where a candle comes from: `stream`, pushed by its venue; `history`, what the venue answered when
 * it was asked; `quotes`, built by us from what passed.
 */
export type CandleSource = 'stream' | 'history' | 'quotes';

/** Open, high, low and close of an instrument over an interval. */
export interface Candle {
  readonly type: 'candle';
  readonly instrument: string;
  readonly interval: Interval;
  /** Epoch milliseconds of its first and of its last millisecond. */
  readonly start: number;
  readonly end: number;
  /** Decimal strings, exactly as the venue sent them. */
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** In the venue's unit: coins, contracts (inverse), or how many quotes there were (FX). */
  readonly volume: string;
  /** What the volume was worth; FX has none. */
  readonly turnover?: string;
  /** It is over, and the venue says that it will not change. */
  readonly isConfirmed: boolean;
  /** 0, and one more each time the venue corrected what it had confirmed. */
  readonly revision: number;
  readonly source: CandleSource;
}

export interface Trade {
  /** The venue's epoch milliseconds. */
  readonly time: number;
  /** Who took: `Buy` met an ask, `Sell` a bid. */
  readonly side: 'Buy' | 'Sell';
  readonly price: string;
  readonly size: string;
  /** The venue's, unique within the instrument. */
  readonly id: string;
}

/** Trades of an instrument that came together, in the venue's order; at least one. */
export interface Trades {
  readonly type: 'trades';
  readonly instrument: string;
  readonly trades: readonly Trade[];
}

/** The last 24 hours of an instrument. What the venue has no value for is left out. */
export interface Ticker {
  readonly type: 'ticker';
  readonly instrument: string;
  readonly lastPrice: string;
  readonly prevPrice24h?: string;
  /** A fraction: `-0.0098` is a fall of 0.98 %. */
  readonly price24hPcnt?: string;
  readonly highPrice24h?: string;
  readonly lowPrice24h?: string;
  readonly volume24h?: string;
  readonly turnover24h?: string;
  /** The venue's epoch milliseconds of this state. */
  readonly time?: number;
}

/** A price and what may be traded at it; a size of zero means that the level is gone. */
export type BookLevel = readonly [price: string, size: string];

/** A whole order book, or what has changed in one; levels are told apart by their price. */
export interface OrderBookChange {
  readonly type: 'orderBook';
  readonly instrument: string;
  /** The whole book, in the place of whatever was known. */
  readonly isSnapshot: boolean;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** The venue's number of this state: one more with each change. */
  readonly updateId: number;
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

/** Something is out of the ordinary, or is so no more. */
export type Alert = VolatilityAlert | CorrelationAlert;

/** What is computed of an instrument, by the names of the contract; from `ema_12` on ours. */
export const METRIC_NAMES = [
  'volatility_20',
  'volatility_50',
  'sma_15',
  'sma_30',
  'sma_50',
  'bb_upper',
  'bb_middle',
  'bb_lower',
  'atr',
  'ema_12',
  'ema_26',
  'ema_50',
  'rsi',
  'macd',
  'macd_signal',
  'macd_histogram',
  'ewma_volatility',
] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

/**
 * What is known of an instrument after its last hourly bar; null where it takes more bars.
 * Volatilities are fractions per year, `rsi` is 0 to 100, all others are prices or differences of
 * prices.
 */
export type Metrics = Readonly<Record<MetricName, number | null>>;

/** The metrics of an instrument were computed. */
export interface VolatilityUpdate {
  readonly type: 'volatilityUpdate';
  readonly instrument: string;
  /** Epoch milliseconds: when the last bar that has a part in them was over. */
  readonly time: number;
  readonly metrics: Metrics;
}

/** What a pair of instruments is good for, in the contract's words. */
export const PAIR_CATEGORIES = [
  'hedging',
  'diversification',
  'moderate',
  'high_correlation',
] as const;
export type PairCategory = (typeof PAIR_CATEGORIES)[number];

/** The correlation of two instruments was computed. */
export interface CorrelationUpdate {
  readonly type: 'correlationUpdate';
  /** By name: the first of the two, as texts are ordered. */
  readonly pair1: string;
  readonly pair2: string;
  /** From -1 to 1. */
  readonly correlation: number;
  readonly category: PairCategory;
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
export type MarketEvent =
  | Quote
  | Candle
  | Trades
  | Ticker
  | OrderBookChange
  | Alert
  | VolatilityUpdate
  | CorrelationUpdate
  | DataReady;
