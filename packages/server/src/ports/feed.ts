import type {
  Candle,
  MarketEvent,
  OrderBookChange,
  Quote,
  Ticker,
  Trades,
} from '@tickwire/protocol';

/** What a feed brings besides quotes. */
export type FeedEvent = Extract<MarketEvent, Candle | OrderBookChange | Ticker | Trades>;

/** An instrument, or one of its channels, that the venue does not bring though others do. */
export interface Unavailable {
  readonly instrument: string;
  readonly channel?: string;
  /** For people, and public. */
  readonly reason: string;
}

/** What a feed tells while it follows its venue. */
export interface FeedListener {
  /** A new price; MUST be called in the venue's order. */
  onQuote(quote: Quote, tradeable: boolean): void;
  /** Something else that is new; MUST be called in the venue's order of each channel. */
  onEvent(event: FeedEvent): void;
  /**
   * The newest confirmed candles of a channel that begins to be followed, oldest first: what it
   * starts from, and nobody has missed.
   */
  onHistory(channel: string, candles: readonly Candle[]): void;
  /** What was told of a channel's state is out of date, and nothing is known until there is news. */
  onStateLost(channel: string): void;
  /** The venue sent data, whether or not there is anything new in it; heartbeats are none. */
  onData(): void;
  /** The connection stands and the instruments are subscribed; prices may follow. */
  onConnected(): void;
  /** What the venue does not bring; all else it does. Replaces what was said before. */
  onUnavailable(unavailable: readonly Unavailable[]): void;
  /** A frame could not be used and was skipped; the connection goes on. */
  onRejectedFrame(reason: string, frame: string): void;
}

/** How long to wait before a feed connects again, in milliseconds. */
export interface ReconnectPolicy {
  readonly baseMs: number;
  readonly capMs: number;
  /** The venue's limit on new connections: no two are closer. */
  readonly floorMs: number;
  /** The wait once the venue has refused the credentials several times. */
  readonly refusedMs: number;
}

/** Follows one venue, or one of the markets that a venue has. */
export interface Feed {
  readonly venue: string;
  /** Which of the venue's markets, where each has a connection of its own. */
  readonly category?: string;
  /** What is followed now. */
  readonly instruments: readonly string[];
  readonly reconnect: ReconnectPolicy;
  /** How long all that is followed may be silent though nothing is wrong. */
  readonly quietMs?: number;
  /**
   * Connects, subscribes to all instruments and tells the listener, until the connection ends:
   * rejects with a FeedError that says why. Resolves only after the signal has aborted. MUST leave
   * nothing behind (sockets, timers) once settled, and MAY be called again after that.
   */
  follow(listener: FeedListener, signal: AbortSignal): Promise<void>;
}
