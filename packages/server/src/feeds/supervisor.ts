import {
  type FeedHealth,
  type FeedStateName,
  type Quote,
  backoffDelayMs,
} from '@tickwire/protocol';
import { FeedError, toError } from '../domain/errors.ts';
import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { Feed, FeedListener } from '../ports/feed.ts';
import type { Logger } from '../ports/logger.ts';
import { RefusalPatience } from './refusal-patience.ts';

export interface FeedSupervisorOptions {
  readonly feed: Feed;
  /** Whether the venue is the built-in simulator. */
  readonly isSimulated: boolean;
  /** A feed whose market is open is stale after this long without a new price. */
  readonly staleAfterMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onQuote: (quote: Quote) => void;
}

const LOG_SPACING_MS = 60_000;
/** A connection that lived this long was a good one: the next failure begins to count anew. */
const SETTLED_MS = 2_000;

/**
 * Keeps one feed running and knows how it is.
 *
 * States: `connecting` until the first connection is decided; `live` once a new price has come;
 * `market_closed` while no instrument can be traded; `stale` when the market is open and no new
 * price has come for a while, whatever heartbeats say: then the connection is replaced, because
 * only a new one tells whether the market has closed; `down`, with the reason, from the end of a
 * connection until new prices come over the next.
 */
export class FeedSupervisor {
  readonly #options: FeedSupervisorOptions;
  readonly #stopping = new AbortController();
  readonly #lastQuotes = new Map<string, Quote>();
  readonly #closedInstruments = new Set<string>();
  readonly #unknownInstruments = new Map<string, string>();
  #state: FeedStateName = 'connecting';
  #reason: string | undefined;
  #since: number;
  #lastQuoteAt: number | undefined;
  #rejectedFrames = 0;
  #nextRejectionLogAt = 0;
  /** When the connection stood, and when the newest price came, on the clock that never jumps. */
  #connectedAt: number | undefined;
  #dataAt = -Infinity;
  #staleTimer: ScheduledCall | undefined;
  #running: Promise<void> | undefined;

  constructor(options: FeedSupervisorOptions) {
    this.#options = options;
    this.#since = options.clock.now();
  }

  /** Begins to follow the venue, and goes on until {@link close}, whatever happens. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the connection; resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#staleTimer?.cancel();
    await this.#running;
  }

  health(): FeedHealth {
    const { feed, isSimulated } = this.#options;
    const instruments = [...this.#unknownInstruments].map(([instrument, since]) => ({
      instrument,
      state: 'down' as const,
      reason: `${feed.venue} does not have ${instrument}`,
      since,
    }));
    return {
      venue: feed.venue,
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      since: toIso(this.#since),
      simulated: isSimulated,
      ...(this.#lastQuoteAt === undefined ? {} : { last_price_at: toIso(this.#lastQuoteAt) }),
      rejected_frames: this.#rejectedFrames,
      ...(instruments.length === 0 ? {} : { instruments }),
    };
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { feed, clock } = this.#options;
    const patience = new RefusalPatience(feed.reconnect, clock);
    let attempt = 0;
    while (!this.#isStopping()) {
      const startedAt = clock.elapsed();
      const error = await this.#followOnce();
      if (this.#isStopping()) {
        return;
      }
      this.#setState(error.code === 'FEED_STALE' ? 'stale' : 'down', error.message);
      attempt = this.#hasSettled() ? 0 : attempt;
      const restMs = startedAt + feed.reconnect.floorMs - clock.elapsed();
      const waitMs = Math.max(
        restMs,
        error.retryAfterMs ?? 0,
        patience.delayMs(error) ?? backoffDelayMs(attempt, feed.reconnect),
      );
      attempt += 1;
      await clock.sleep(waitMs, this.#stopping.signal);
    }
  }

  #hasSettled(): boolean {
    const { clock } = this.#options;
    return this.#connectedAt !== undefined && clock.elapsed() - this.#connectedAt >= SETTLED_MS;
  }

  /** One connection, from its beginning to the error that ended it. */
  async #followOnce(): Promise<FeedError> {
    this.#connectedAt = undefined;
    const stale = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, stale.signal]);
    try {
      await this.#options.feed.follow(this.#listener(stale), signal);
      const seconds = this.#options.staleAfterMs / 1_000;
      return new FeedError('FEED_STALE', `No new price for ${seconds} s while the market is open`);
    } catch (error) {
      if (error instanceof FeedError) {
        return error;
      }
      // A fault of ours must not end the feed; the log has its stack.
      this.#options.logger.error({ err: error }, 'The feed failed');
      return new FeedError('FEED_INVALID_ANSWER', toError(error).message, { cause: error });
    } finally {
      this.#staleTimer?.cancel();
      this.#closedInstruments.clear();
    }
  }

  #listener(stale: AbortController): FeedListener {
    return {
      onConnected: () => {
        this.#connectedAt = this.#options.clock.elapsed();
        this.#watchForStaleness(stale);
      },
      onQuote: (quote, isTradeable) => {
        this.#accept(quote, isTradeable);
      },
      onUnknownInstruments: (instruments) => {
        this.#setUnknownInstruments(instruments);
      },
      onRejectedFrame: (reason, frame) => {
        this.#reject(reason, frame);
      },
    };
  }

  #accept(quote: Quote, isTradeable: boolean): void {
    const last = this.#lastQuotes.get(quote.instrument);
    if (isTradeable) {
      this.#closedInstruments.delete(quote.instrument);
    } else {
      this.#closedInstruments.add(quote.instrument);
    }
    const isRepeated = last !== undefined && isSameQuote(last, quote);
    if (!isRepeated) {
      this.#lastQuotes.set(quote.instrument, quote);
      this.#lastQuoteAt = this.#options.clock.now();
      this.#dataAt = this.#options.clock.elapsed();
      this.#options.onQuote(quote);
    }
    if (this.#isMarketClosed()) {
      this.#setState('market_closed', 'No instrument can be traded');
    } else if (!isRepeated) {
      this.#setState('live', undefined);
    }
  }

  /** Nothing that we follow can be traded; what has not been heard of may be open. */
  #isMarketClosed(): boolean {
    const followed = this.#options.feed.instruments.length - this.#unknownInstruments.size;
    return this.#closedInstruments.size >= followed;
  }

  /** The timer is set anew only when it fires, so that a price costs no timer. */
  #watchForStaleness(stale: AbortController, waitMs = this.#options.staleAfterMs): void {
    const { clock, staleAfterMs } = this.#options;
    const watchedSince = clock.elapsed() + waitMs - staleAfterMs;
    this.#staleTimer?.cancel();
    this.#staleTimer = clock.schedule(waitMs, () => {
      const restMs = Math.max(this.#dataAt, watchedSince) + staleAfterMs - clock.elapsed();
      if (restMs > 0 || this.#isMarketClosed()) {
        this.#watchForStaleness(stale, restMs > 0 ? restMs : staleAfterMs);
      } else {
        stale.abort();
      }
    });
  }

  #setUnknownInstruments(instruments: readonly string[]): void {
    for (const known of [...this.#unknownInstruments.keys()]) {
      if (!instruments.includes(known)) {
        this.#unknownInstruments.delete(known);
        this.#options.logger.info({ instrument: known }, 'The venue has the instrument again');
      }
    }
    for (const instrument of instruments) {
      if (!this.#unknownInstruments.has(instrument)) {
        this.#unknownInstruments.set(instrument, toIso(this.#options.clock.now()));
        this.#options.logger.warn({ instrument }, 'The venue does not have the instrument');
      }
    }
  }

  #reject(reason: string, frame: string): void {
    const { logger, clock } = this.#options;
    this.#rejectedFrames += 1;
    logger.debug({ reason, frame }, 'Skipped a frame');
    if (clock.now() >= this.#nextRejectionLogAt) {
      this.#nextRejectionLogAt = clock.now() + LOG_SPACING_MS;
      logger.warn({ reason, rejectedFrames: this.#rejectedFrames }, 'Skipped a frame of the venue');
    }
  }

  #setState(state: FeedStateName, reason: string | undefined): void {
    const { clock, logger } = this.#options;
    if (state === this.#state && reason === this.#reason) {
      return;
    }
    if (state !== this.#state) {
      this.#since = clock.now();
    }
    const fields = reason === undefined ? { state } : { state, reason };
    logger[state === 'down' || state === 'stale' ? 'warn' : 'info'](fields, `The feed is ${state}`);
    this.#state = state;
    this.#reason = reason;
  }
}

function isSameQuote(a: Quote, b: Quote): boolean {
  return a.time === b.time && a.bid === b.bid && a.ask === b.ask;
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
