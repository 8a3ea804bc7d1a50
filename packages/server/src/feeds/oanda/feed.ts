import { FeedError, toError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Feed, FeedListener } from '../../ports/feed.ts';
import type { CandleHistory } from '../../ports/history.ts';
import { OandaHistory } from './candles.ts';
import { type OandaFeedConfig, RECONNECT_POLICY, UNKNOWN_RECHECK_MS } from './config.ts';
import { OandaHttp } from './http.ts';
import { parseStreamLine } from './parse.ts';
import { OandaRest } from './rest.ts';
import { readPricingStream } from './stream.ts';

/**
 * Follows OANDA's pricing stream. One instrument that the account does not have makes OANDA refuse
 * the whole stream, so the instruments are checked against the account's list first; those that
 * are missing are reported, looked for again now and then, and never keep the others waiting.
 */
export class OandaFeed implements Feed {
  readonly venue = 'oanda';
  readonly reconnect = RECONNECT_POLICY;
  readonly instruments: readonly string[];
  /**
   * Asks over the connection that the feed's own requests use, within the same limits, whether or
   * not the feed is followed; the end of a stream ends that connection, and it is asked again.
   */
  readonly history: CandleHistory;
  readonly #config: OandaFeedConfig;
  readonly #clock: Clock;
  readonly #http: OandaHttp;
  readonly #rest: OandaRest;
  #accountId: string | undefined;
  #known: readonly string[] | undefined;
  #mustProbe = false;

  constructor(config: OandaFeedConfig, clock: Clock) {
    this.instruments = config.instruments;
    this.#config = config;
    this.#clock = clock;
    this.#http = new OandaHttp(config, clock);
    this.#rest = new OandaRest(this.#http, clock);
    this.history = new OandaHistory(this.#rest);
  }

  async follow(listener: FeedListener, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        await this.#followOneStream(listener, signal);
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (error instanceof FeedError && error.code === 'FEED_REFUSED') {
        // The account or its instruments are not what they were: ask again before the next stream.
        this.#accountId = undefined;
        this.#known = undefined;
      }
      throw error;
    } finally {
      this.#http.release();
    }
  }

  /** Returns when the signal aborts, or when instruments that were missing have come. */
  async #followOneStream(listener: FeedListener, signal: AbortSignal): Promise<void> {
    const accountId = await this.#discoverAccount(signal);
    const known = (this.#known ??= await this.#available(this.instruments, accountId, signal));
    const unknown = this.instruments.filter((name) => !known.includes(name));
    listener.onUnavailable(
      unknown.map((instrument) => ({ instrument, reason: `oanda does not have ${instrument}` })),
    );
    if (known.length === 0) {
      throw new FeedError('FEED_REFUSED', `The account has none of ${this.instruments.join(', ')}`);
    }
    const stream = new AbortController();
    const ended = AbortSignal.any([signal, stream.signal]);
    const recheck = this.#awaitMissing(unknown, accountId, ended).then((haveCome) => {
      if (haveCome) {
        this.#known = undefined;
        stream.abort();
      }
    });
    try {
      await readPricingStream({
        http: this.#http,
        accountId,
        instruments: known,
        clock: this.#clock,
        signal: ended,
        onOpen: () => {
          listener.onConnected();
        },
        onLine: (line) => {
          this.#read(line, known, listener);
        },
      });
    } catch (error) {
      // A name may be listed and refused all the same: from now on each is asked for by itself.
      this.#mustProbe ||= error instanceof FeedError && error.status === 400;
      throw error;
    } finally {
      stream.abort();
      await recheck;
    }
  }

  async #discoverAccount(signal: AbortSignal): Promise<string> {
    this.#accountId ??= this.#config.accountId ?? (await this.#rest.accounts(signal))[0];
    if (this.#accountId === undefined) {
      throw new FeedError('FEED_REFUSED', 'The key gives access to no account');
    }
    return this.#accountId;
  }

  /** Those that the account lists and, once a listed one was refused, that also have a price. */
  async #available(
    names: readonly string[],
    accountId: string,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const listed = await this.#rest.instruments(accountId, signal);
    const candidates = names.filter((name) => listed.has(name));
    if (!this.#mustProbe) {
      return candidates;
    }
    const available: string[] = [];
    for (const name of candidates) {
      if (await this.#rest.hasPrice(accountId, name, signal)) {
        available.push(name);
      }
    }
    return available;
  }

  /** Resolves to true once one of the missing instruments is there, to false on abort. */
  async #awaitMissing(
    missing: readonly string[],
    accountId: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    while (missing.length > 0) {
      await this.#clock.sleep(UNKNOWN_RECHECK_MS, signal);
      if (signal.aborted) {
        break;
      }
      try {
        const found = await this.#available(missing, accountId, signal);
        if (found.length > 0) {
          return true;
        }
      } catch {
        // The stream's own trouble tells more than this question's.
      }
    }
    return false;
  }

  #read(line: string, asked: readonly string[], listener: FeedListener): void {
    let message;
    try {
      message = parseStreamLine(line);
    } catch (error) {
      listener.onRejectedFrame(toError(error).message, line);
      return;
    }
    if (message.type === 'error') {
      throw new FeedError('FEED_STREAM_ENDED', `OANDA ended the stream: ${message.message}`);
    }
    if (message.type === 'price') {
      if (asked.includes(message.quote.instrument)) {
        listener.onQuote(message.quote, message.tradeable);
      } else {
        listener.onRejectedFrame('Expected a price of an instrument that was asked for', line);
      }
    }
  }
}
