/**
 * The payloads of the Socket.IO family, one interface per message, as PROTOCOL.md has them. The
 * wire's spelling is snake case and is kept here; times are ISO 8601 UTC unless the server runs
 * with `TIMESTAMP_STYLE=naive`.
 */
import type { ChannelsConfirmed, ChannelsLeft, StreamState } from './channel-messages.ts';
import type {
  LiveCandleUpdate,
  LiveOrderBook,
  LiveTickerUpdate,
  LiveTradesUpdate,
} from './live-messages.ts';
import type { DataType, Metrics, PairCategory, Severity } from './market-data.ts';

/** A price as it travels: decimal strings, and the venue's time. */
export interface PriceFields {
  readonly bid: string;
  readonly ask: string;
  readonly mid: string;
  readonly time: string;
}

export interface ConnectionEstablished {
  readonly message: string;
  readonly timestamp: string;
  readonly client_id: string;
  readonly tracked_pairs: readonly string[];
  readonly pair_count: number;
  readonly max_clients: number;
  readonly active_clients: number;
}

export interface SubscriptionConfirmed {
  /** The pairs of this request. */
  readonly pairs: readonly string[];
  readonly pair_count: number;
  /** True after an explicit `*`, until anything is unsubscribed. */
  readonly subscribed_to_all: boolean;
  readonly timestamp: string;
}

/** Nothing was changed by the request that this answers. */
export interface SubscriptionError {
  readonly error: string;
  readonly message: string;
  readonly valid_pairs: readonly string[];
}

export interface UnsubscriptionConfirmed {
  readonly pairs: readonly string[];
  readonly message: string;
  readonly timestamp: string;
}

export interface SubscriptionsInfo {
  /** Those that were subscribed to by their names; see {@link ChannelsRequest}. */
  readonly channels?: readonly string[];
  readonly subscribed_pairs: readonly string[];
  readonly pair_count: number;
  readonly subscribed_to_all: boolean;
  readonly timestamp: string;
}

/** `price_update`, and the answer `price_response`. */
export interface PriceMessage {
  readonly instrument: string;
  readonly price: PriceFields;
  /** When the server sent it. */
  readonly timestamp: string;
  /** The number of this price in its channel; without one, the price is an answer. */
  readonly seq?: number;
  /** Of how many prices it is the newest, where it stands for those before it as well. */
  readonly conflated?: number;
}

export interface AllPricesResponse {
  readonly prices: Readonly<Record<string, PriceFields>>;
  readonly pair_count: number;
  readonly timestamp: string;
}

/** `price_error`, `unsubscription_error` and `server_error`. */
export interface ErrorMessage {
  readonly error: string;
  readonly message?: string;
  /** Seconds to wait before coming back. */
  readonly retry_after?: number;
}

/** State of the cache, in the shape that the origin gave to Redis. */
export interface CacheStats {
  readonly redis: {
    readonly host: string;
    readonly port: number;
    readonly connected: boolean;
    readonly mode?: 'embedded';
  };
  readonly memory: { readonly used_memory: string; readonly maxmemory: string };
  readonly stats: {
    readonly total_commands_processed: number;
    readonly instantaneous_ops_per_sec: number;
  };
  readonly keys: {
    readonly price_keys: number;
    readonly metric_keys: number;
    readonly total_keys: number;
  };
}

export interface ServerStats {
  readonly timestamp: string;
  readonly active_clients: number;
  readonly max_clients: number;
  readonly total_subscriptions: number;
  readonly average_subs_per_client: number;
  readonly tracked_pairs: number;
  readonly cache: CacheStats;
}

export interface Pong {
  readonly timestamp: string;
}

export interface VolatilityAlertMessage {
  readonly instrument: string;
  readonly volatility: number;
  readonly threshold: number;
  readonly severity: Severity;
  readonly message: string;
  readonly timestamp: string;
}

export interface CorrelationAlertMessage {
  readonly pair1: string;
  readonly pair2: string;
  readonly correlation: number;
  readonly threshold: number;
  readonly severity: Severity;
  readonly message: string;
  readonly timestamp: string;
}

export interface VolatilityUpdateMessage {
  readonly instrument: string;
  readonly metrics: Metrics;
  /** When the last hour that has a part in them was over. */
  readonly time: string;
  readonly timestamp: string;
}

export interface CorrelationUpdateMessage {
  readonly pair1: string;
  readonly pair2: string;
  readonly correlation: number;
  readonly category: PairCategory;
  readonly timestamp: string;
}

export interface DataReadyMessage {
  readonly data_type: DataType;
  readonly count: number;
  readonly message: string;
  readonly timestamp: string;
}

/** What the server sends over Socket.IO, by event. */
export interface ServerEvents {
  connection_established: (payload: ConnectionEstablished) => void;
  subscription_confirmed: (payload: SubscriptionConfirmed | Timed<ChannelsConfirmed>) => void;
  subscription_error: (payload: SubscriptionError | ErrorMessage) => void;
  unsubscription_confirmed: (payload: UnsubscriptionConfirmed | Timed<ChannelsLeft>) => void;
  unsubscription_error: (payload: ErrorMessage) => void;
  subscriptions_info: (payload: SubscriptionsInfo) => void;
  price_response: (payload: PriceMessage) => void;
  price_update: (payload: PriceMessage) => void;
  price_error: (payload: ErrorMessage) => void;
  all_prices_response: (payload: AllPricesResponse) => void;
  server_stats: (payload: ServerStats) => void;
  server_error: (payload: ErrorMessage) => void;
  pong: (payload: Pong) => void;
  volatility_alert: (payload: VolatilityAlertMessage) => void;
  correlation_alert: (payload: CorrelationAlertMessage) => void;
  volatility_update: (payload: VolatilityUpdateMessage) => void;
  correlation_update: (payload: CorrelationUpdateMessage) => void;
  data_ready: (payload: DataReadyMessage) => void;
  candle_update: (payload: Numbered<LiveCandleUpdate>) => void;
  trade_update: (payload: Numbered<LiveTradesUpdate>) => void;
  ticker_update: (payload: Numbered<LiveTickerUpdate>) => void;
  orderbook_update: (payload: Numbered<LiveOrderBook>) => void;
  channel_state: (payload: StreamState) => void;
}

/** An answer with the time at which it was sent. */
type Timed<Answer> = Answer & { readonly timestamp: string };
/** A message with its number in its channel, and how many it stands for where there are several. */
type Numbered<Message> = Message & { readonly seq: number; readonly conflated?: number };

/** What a feed is doing, as `/health` says it. */
export const FEED_STATES = ['connecting', 'live', 'stale', 'market_closed', 'down'] as const;
export type FeedStateName = (typeof FEED_STATES)[number];

/** One instrument, or one of its channels, that does not have the state of its feed. */
export interface InstrumentHealth {
  readonly instrument: string;
  /** Where one channel of the instrument alone is concerned. */
  readonly channel?: string;
  readonly state: FeedStateName;
  readonly reason: string;
  readonly since: string;
}

export interface FeedHealth {
  readonly venue: string;
  /** Where the venue has several markets of its own: `linear`, `inverse` or `spot` at Bybit. */
  readonly category?: string;
  readonly state: FeedStateName;
  readonly reason?: string;
  readonly since: string;
  /** True where the venue is the built-in simulator. */
  readonly simulated: boolean;
  /** When the newest data arrived. */
  readonly last_price_at?: string;
  /** Frames of the venue that could not be used. */
  readonly rejected_frames: number;
  /** Instruments and channels whose state is not the feed's. */
  readonly instruments?: readonly InstrumentHealth[];
}

/** What became of what was to be kept. What waits is told as it is now, all else since the start. */
export interface HistoryHealth {
  /** Why something waits, or is not complete. */
  readonly reason?: string;
  readonly waiting_quotes: number;
  readonly waiting_candles: number;
  readonly waiting_alerts: number;
  /** Candles that wait in a file, because too many waited in memory. */
  readonly overflowing_candles: number;
  readonly dropped_quotes: number;
  /** Of a time so long ago, or so far ahead, that they are not kept. */
  readonly untimely_quotes: number;
  readonly dropped_trades: number;
  readonly dropped_alerts: number;
  readonly overflowed_candles: number;
  /** Candles that there was no room for, and that are fetched again. */
  readonly owed_candles: number;
  /** Records that the database refused for what they are. */
  readonly rejected_records: number;
  /** Candles that were missing and were fetched from the venue. */
  readonly filled_candles: number;
  /** Series that are to be whole and are not. */
  readonly incomplete_series: number;
}

/** What became of what was published over Redis. What waits is told as it is now. */
export interface BusHealth {
  /** What waits for Redis to take it. */
  readonly waiting: number;
  /** What was dropped because too much waited. */
  readonly dropped: number;
  /** Events that another process had published already. */
  readonly suppressed: number;
  /** What other programs have published and could not be taken, by kind of channel and reason. */
  readonly rejected: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The answer of `GET /health`. */
export interface Health {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly service: string;
  readonly timestamp: string;
  readonly active_clients: number;
  readonly max_clients: number;
  readonly services: {
    readonly redis: string;
    readonly database: string;
    readonly api: string;
  };
  readonly mode: {
    readonly bus: 'embedded' | 'redis';
    readonly database: 'embedded' | 'postgres' | 'none';
  };
  readonly feeds: readonly FeedHealth[];
  /** Candles that could not be true and were dropped. */
  readonly rejected_candles: number;
  /** Where nothing is kept there is none. */
  readonly history?: HistoryHealth;
  /** With Redis. */
  readonly bus?: BusHealth;
  readonly error?: string;
}
