/**
 * The messages of the plain WebSocket family, one interface per message, as PROTOCOL.md has them.
 */
import type { ErrorCode } from './codes.ts';
import type { Interval } from './interval.ts';
import type { BookLevel } from './market-data.ts';
import type { PriceFields } from './messages.ts';

/** What one connection can subscribe to. */
export type LiveSubscription = 'candles' | 'trades' | 'ticker' | 'orderbook' | 'prices';

/** The first message on every socket. */
export interface LiveConfirmation {
  readonly success: true;
  readonly message: string;
  readonly subscription: {
    readonly action: 'subscribe';
    readonly type: LiveSubscription;
    readonly symbol: string;
    /** Of candles alone. */
    readonly timeframe?: Interval;
  };
}

/** A candle as the crypto family's clients know it; times are epoch milliseconds. */
export interface LiveCandle {
  /** The same as `start`. */
  readonly timestamp: number;
  readonly start: number;
  readonly end: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  /** FX candles have none. */
  readonly turnover?: string;
  readonly confirm: boolean;
  /** Of a candle alone that the venue corrected after it had been confirmed: 1, 2 … */
  readonly revision?: number;
}

export interface LiveTrade {
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly symbol: string;
  readonly side: 'Buy' | 'Sell';
  readonly price: string;
  readonly size: string;
  readonly trade_id: string;
}

/** The last 24 hours; what the venue has no value for is left out. */
export interface LiveTicker {
  readonly symbol: string;
  readonly last_price: string;
  readonly prev_price_24h?: string;
  readonly price_24h_pcnt?: string;
  readonly high_price_24h?: string;
  readonly low_price_24h?: string;
  readonly volume_24h?: string;
  readonly turnover_24h?: string;
}

/** What a message about one subscription holds besides the data. */
interface About<Subscription extends LiveSubscription> {
  readonly subscription: Subscription;
  readonly symbol: string;
}

/** The state of the subscription when it began. */
interface Snapshot {
  readonly type: 'snapshot';
  readonly timestamp: string;
}

interface Update {
  readonly type: 'update';
  /** Of how many updates it is the newest, where it stands for those before it as well. */
  readonly conflated?: number;
  /** When the server received it. */
  readonly received_at: string;
}

interface Prices extends About<'prices'> {
  readonly price: PriceFields;
}

interface Candles extends About<'candles'> {
  readonly timeframe: Interval;
}

interface TickerData extends About<'ticker'> {
  readonly ticker: LiveTicker;
}

export interface LivePriceSnapshot extends Snapshot, Prices {}
export interface LivePriceUpdate extends Update, Prices {}

/** The newest candles, oldest first. */
export interface LiveCandlesSnapshot extends Snapshot, Candles {
  readonly candles: readonly LiveCandle[];
}
export interface LiveCandleUpdate extends Update, Candles {
  readonly candle: LiveCandle;
}

export interface LiveTradesUpdate extends Update, About<'trades'> {
  readonly trades: readonly LiveTrade[];
}

export interface LiveTickerSnapshot extends Snapshot, TickerData {}
export interface LiveTickerUpdate extends Update, TickerData {}

/** A whole book as `snapshot`, or the levels that changed; size `"0"`: the level is gone. */
export interface LiveOrderBook extends About<'orderbook'> {
  readonly type: 'snapshot' | 'update';
  /** Best first in a snapshot. */
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** The venue's number of this state of the book. */
  readonly update_id: number;
  readonly received_at: string;
  /** How many messages it was made of, where there are several. */
  readonly conflated?: number;
}

export interface LiveHeartbeat {
  readonly type: 'heartbeat';
  readonly timestamp: string;
}

export interface LiveError {
  readonly type: 'error';
  readonly error_code: ErrorCode;
  readonly error_message: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Seconds to wait before coming back. */
  readonly retry_after?: number;
  readonly timestamp: string;
}

/** What subscribers of a channel are sent when something in it is new. */
export type LiveUpdate =
  LivePriceUpdate | LiveCandleUpdate | LiveTradesUpdate | LiveTickerUpdate | LiveOrderBook;

/** What a subscriber is sent first, where the channel has a state. */
export type LiveSnapshot =
  LivePriceSnapshot | LiveCandlesSnapshot | LiveTickerSnapshot | LiveOrderBook;

/** Whatever the server sends over a plain WebSocket. */
export type LiveMessage = LiveConfirmation | LiveSnapshot | LiveUpdate | LiveHeartbeat | LiveError;

/** The answer of `GET /api/v1/live/channels`. */
export interface LiveChannels {
  readonly success: true;
  /** The crypto candle channels that are configured. */
  readonly channels: readonly string[];
  /** How many those are. */
  readonly count: number;
  /** Every channel that is followed now, whoever asked for it. */
  readonly all: readonly string[];
}

/** The answer of `GET /api/v1/live/health`. */
export interface LiveHealth {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly redis: string;
  /** How many crypto candle channels are followed now. */
  readonly active_channels: number;
  readonly timestamp: string;
  readonly mode: {
    readonly bus: 'embedded' | 'redis';
    readonly database: 'embedded' | 'postgres' | 'none';
  };
}
