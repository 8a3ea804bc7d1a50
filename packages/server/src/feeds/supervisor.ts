import {
  type Candle,
  type FeedHealth,
  type FeedStateName,
  type Quote,
  backoffDelayMs,
} from '@tickwire/protocol';
import { FeedError, toError } from '../domain/errors.ts';
import { Spacing } from '../domain/spacing.ts';
import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { Feed, FeedEvent, FeedListener, Unavailable } from '../ports/feed.ts';
import type { Logger } from '../ports/logger.ts';
import { RefusalPatience } from './refusal-patience.ts';

export interface FeedSupervisorOptions {
  readonly feed: Feed;
  /** Whether the venue is the built-in simulator. */
  readonly isSimulated: boolean;
  /** A feed whose market is open is stale after this long without anything new, or its own limit. */
  readonly staleAfterMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onEvent: (event: Quote | FeedEvent) => void;
  /** What a channel starts from; see {@link FeedListener}. */
  readonly onHistory: (channel: string, candles: readonly Candle[]) => void;
  readonly onStateLost: (channel: string) => void;
  /** New prices come again, or for the first time. */
  readonly onLive: () => void;
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
  /** By instrument or channel, with the time since when. */
  readonly #unavailable = new Map<string, Unavailable & { readonly since: string }>();
  readonly #rejectionLog = new Spacing(LOG_SPACING_MS);
  #state: FeedStateName = 'connecting';
  #reason: string | undefined;
  #since: number;
  #lastDataAt: number | undefined;
  #rejectedFrames = 0;
  /** When the connection stood, and when the newest data came, on the clock that never jumps. */
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
    const instruments = Array.from(this.#unavailable.values(), (unavailable) => ({
      state: 'down' as const,
      ...unavailable,
    }));
    return {
      venue: feed.venue,
      ...(feed.category === undefined ? {} : { category: feed.category }),
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      since: toIso(this.#since),
      simulated: isSimulated,
      ...(this.#lastDataAt === undefined ? {} : { last_price_at: toIso(this.#lastDataAt) }),
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
      const { feed, staleAfterMs } = this.#options;
      const seconds = Math.max(staleAfterMs, feed.quietMs ?? 0) / 1_000;
      return new FeedError('FEED_STALE', `Nothing new for ${seconds} s while the market is open`);
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
      onEvent: (event) => {
        this.#options.onEvent(event);
      },
      onHistory: (channel, candles) => {
        this.#options.onHistory(channel, candles);
      },
      onStateLost: (channel) => {
        this.#options.onStateLost(channel);
      },
      onData: () => {
        this.#noteData();
        this.#setState('live', undefined);
      },
      onUnavailable: (unavailable) => {
        this.#setUnavailable(unavailable);
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
      this.#noteData();
      this.#options.onEvent(quote);
    }
    if (this.#isMarketClosed()) {
      this.#setState('market_closed', 'No instrument can be traded');
    } else if (!isRepeated) {
      this.#setState('live', undefined);
    }
  }

  #noteData(): void {
    this.#lastDataAt = this.#options.clock.now();
    this.#dataAt = this.#options.clock.elapsed();
  }

  /** Nothing that we follow can be traded; what has not been heard of may be open. */
  #isMarketClosed(): boolean {
    const { instruments } = this.#options.feed;
    const followed = instruments.filter((instrument) => !this.#unavailable.has(instrument));
    return this.#closedInstruments.size > 0 && this.#closedInstruments.size >= followed.length;
  }

  /** The timer is set anew only when it fires, so that a price costs no timer. */
  #watchForStaleness(stale: AbortController, watchedSince = this.#options.clock.elapsed()): void {
    const { clock, feed, staleAfterMs } = this.#options;
    const restMs = (): number => {
      const limitMs = Math.max(staleAfterMs, feed.quietMs ?? 0);
      return Math.max(this.#dataAt, watchedSince) + limitMs - clock.elapsed();
    };
    this.#staleTimer?.cancel();
    this.#staleTimer = clock.schedule(Math.min(restMs(), staleAfterMs), () => {
      const isQuiet = this.#isMarketClosed() || feed.instruments.length === 0;
      if (restMs() <= 0 && !isQuiet) {
        stale.abort();
      } else {
        this.#watchForStaleness(stale, isQuiet ? clock.elapsed() : watchedSince);
      }
    });
  }

  #setUnavailable(unavailable: readonly Unavailable[]): void {
    const { logger, clock } = this.#options;
    const keys = unavailable.map(keyOf);
    for (const [key, { instrument }] of [...this.#unavailable]) {
      if (!keys.includes(key)) {
        this.#unavailable.delete(key);
        logger.info({ instrument, channel: key }, 'The venue brings the instrument again');
      }
    }
    for (const each of unavailable) {
      const known = this.#unavailable.get(keyOf(each));
      this.#unavailable.set(keyOf(each), { ...each, since: known?.since ?? toIso(clock.now()) });
      if (known === undefined) {
        logger.warn(each, 'The venue does not bring the instrument');
      }
    }
  }

  #reject(reason: string, frame: string): void {
    const { logger, clock } = this.#options;
    this.#rejectedFrames += 1;
    logger.debug({ reason, frame }, 'Skipped a frame');
    if (this.#rejectionLog.take(clock.elapsed())) {
      logger.warn({ reason, rejectedFrames: this.#rejectedFrames }, 'Skipped a frame of the venue');
    }
  }

  #setState(state: FeedStateName, reason: string | undefined): void {
    const { clock, logger } = this.#options;
    if (state === this.#state && reason === this.#reason) {
      return;
    }
    const hasChanged = state !== this.#state;
    if (hasChanged) {
      this.#since = clock.now();
    }
    const fields = reason === undefined ? { state } : { state, reason };
    logger[state === 'down' || state === 'stale' ? 'warn' : 'info'](fields, `The feed is ${state}`);
    this.#state = state;
    this.#reason = reason;
    if (hasChanged && state === 'live') {
      this.#options.onLive();
    }
  }
}

function keyOf({ instrument, channel }: Unavailable): string {
  return channel ?? instrument;
}

function isSameQuote(a: Quote, b: Quote): boolean {
  return a.time === b.time && a.bid === b.bid && a.ask === b.ask;
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
