import { backoffDelayMs } from '@tickwire/protocol';
import { FeedError, type FeedErrorCode, toError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { ANSWER_TIMEOUT_MS, REQUEST_SPACING_MS } from './config.ts';
import { type OandaHttp, unreachable } from './http.ts';
import { parseAccounts, parseInstrumentNames } from './parse.ts';

const MAX_RETRIES = 2;
const RETRY_BACKOFF = { baseMs: 500, capMs: 5_000, floorMs: 100 };
const RETRIED: readonly FeedErrorCode[] = ['FEED_UNREACHABLE', 'FEED_UNAVAILABLE'];

/**
 * OANDA's request side: one request at a time, paced within its limits, each answer bounded in
 * time. Failures that pass by themselves are tried again here; every other one rejects with a
 * {@link FeedError}, those too for which the venue asks to be left alone.
 */
export class OandaRest {
  readonly #http: OandaHttp;
  readonly #clock: Clock;
  #previous: Promise<unknown> = Promise.resolve();
  #nextSlot = 0;

  constructor(http: OandaHttp, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  /** The ids of the accounts that the key may use. */
  async accounts(signal: AbortSignal): Promise<readonly string[]> {
    return this.#read('/v3/accounts', parseAccounts, signal);
  }

  /** The names of the instruments that an account has. */
  async instruments(accountId: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const path = `/v3/accounts/${encodeURIComponent(accountId)}/instruments`;
    return this.#read(path, parseInstrumentNames, signal);
  }

  /** Whether the venue gives a price for an instrument, whatever its list says. */
  async hasPrice(accountId: string, instrument: string, signal: AbortSignal): Promise<boolean> {
    const query = new URLSearchParams({ instruments: instrument });
    const path = `/v3/accounts/${encodeURIComponent(accountId)}/pricing?${query}`;
    try {
      return await this.#read(path, () => true, signal);
    } catch (error) {
      if (error instanceof FeedError && error.status === 400) {
        return false;
      }
      throw error;
    }
  }

  async #read<T>(path: string, parse: (body: string) => T, signal: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#queue(() => this.#readOnce(path, parse, signal));
      } catch (error) {
        const isRetried =
          error instanceof FeedError &&
          RETRIED.includes(error.code) &&
          error.retryAfterMs === undefined;
        if (!isRetried || attempt >= MAX_RETRIES || signal.aborted) {
          throw error;
        }
        await this.#clock.sleep(backoffDelayMs(attempt, RETRY_BACKOFF), signal);
      }
    }
  }

  /** Runs a task after all that were queued before it, whatever became of them. */
  async #queue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#previous.then(task, task);
    this.#previous = result;
    return result;
  }

  async #readOnce<T>(path: string, parse: (body: string) => T, signal: AbortSignal): Promise<T> {
    await this.#clock.sleep(Math.max(0, this.#nextSlot - this.#clock.elapsed()), signal);
    this.#nextSlot = this.#clock.elapsed() + REQUEST_SPACING_MS;
    const body = await this.#withinTimeout(signal, (bounded) => this.#http.request(path, bounded));
    try {
      return parse(body);
    } catch (error) {
      const message = `${toError(error).message} (${path})`;
      throw new FeedError('FEED_INVALID_ANSWER', message, { cause: error });
    }
  }

  /** Rejects with a {@link FeedError}; after an abort of the signal, with whatever that caused. */
  async #withinTimeout<T>(
    signal: AbortSignal,
    request: (bounded: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const timeout = new AbortController();
    const timer = this.#clock.schedule(ANSWER_TIMEOUT_MS, () => {
      timeout.abort();
    });
    try {
      return await request(AbortSignal.any([signal, timeout.signal]));
    } catch (error) {
      if (signal.aborted || error instanceof FeedError) {
        throw error;
      }
      if (timeout.signal.aborted) {
        throw new FeedError('FEED_TIMEOUT', `No answer within ${ANSWER_TIMEOUT_MS / 1_000} s`);
      }
      throw unreachable(error);
    } finally {
      timer.cancel();
    }
  }
}
