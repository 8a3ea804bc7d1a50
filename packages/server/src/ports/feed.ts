import type { Quote } from '@tickwire/protocol';

/** What a feed tells while it follows its venue. */
export interface FeedListener {
  /** A new price; MUST be called in the venue's order. */
  onQuote(quote: Quote, tradeable: boolean): void;
  /** The connection stands and the instruments are subscribed; prices may follow. */
  onConnected(): void;
  /** These instruments the venue does not have, all others it has. Replaces what was said before. */
  onUnknownInstruments(instruments: readonly string[]): void;
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

/** Follows one venue. */
export interface Feed {
  readonly venue: string;
  readonly instruments: readonly string[];
  readonly reconnect: ReconnectPolicy;
  /**
   * Connects, subscribes to all instruments and tells the listener, until the connection ends:
   * rejects with a FeedError that says why. Resolves only after the signal has aborted. MUST leave
   * nothing behind (sockets, timers) once settled, and MAY be called again after that.
   */
  follow(listener: FeedListener, signal: AbortSignal): Promise<void>;
}
