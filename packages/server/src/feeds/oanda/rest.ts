import { FeedError, type FeedErrorCode, toError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { askAgain, withinTime } from '../answers.ts';
import { ANSWER_TIMEOUT_MS, REQUEST_SPACING_MS } from './config.ts';
import type { OandaHttp } from './http.ts';
import type { OandaCandle } from './messages.ts';
import { parseAccounts, parseCandles, parseInstrumentNames } from './parse.ts';
import { TaskQueue } from './task-queue.ts';

const RETRIED: readonly FeedErrorCode[] = ['FEED_UNREACHABLE', 'FEED_UNAVAILABLE'];

/**
 * OANDA's request side: one request at a time, paced within its limits, each answer bounded in
 * time. Failures that pass by themselves are tried again here; every other one rejects with a
 * {@link FeedError}, those too for which the venue asks to be left alone.
 */
export class OandaRest {
  readonly #http: OandaHttp;
  readonly #clock: Clock;
  readonly #queue = new TaskQueue();
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

  /** The candles of an instrument; the parameters are OANDA's, and ask for the mids at least. */
  async candles(
    instrument: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly OandaCandle[]> {
    const query = new URLSearchParams(parameters);
    const path = `/v3/instruments/${encodeURIComponent(instrument)}/candles?${query}`;
    return this.#read(path, parseCandles, signal);
  }

  async #read<T>(path: string, parse: (body: string) => T, signal: AbortSignal): Promise<T> {
    const ask = (): Promise<T> => this.#queue.run(() => this.#readOnce(path, parse, signal));
    return askAgain(ask, RETRIED, { clock: this.#clock, signal });
  }

  async #readOnce<T>(path: string, parse: (body: string) => T, signal: AbortSignal): Promise<T> {
    await this.#clock.sleep(Math.max(0, this.#nextSlot - this.#clock.elapsed()), signal);
    // A question that nobody waits for any more must not take the place of a connection.
    signal.throwIfAborted();
    this.#nextSlot = this.#clock.elapsed() + REQUEST_SPACING_MS;
    const request = (bounded: AbortSignal): Promise<string> => this.#http.request(path, bounded);
    const limits = { clock: this.#clock, signal, timeoutMs: ANSWER_TIMEOUT_MS };
    const body = await withinTime('OANDA', request, limits);
    try {
      return parse(body);
    } catch (error) {
      const message = `${toError(error).message} (${path})`;
      throw new FeedError('FEED_INVALID_ANSWER', message, { cause: error });
    }
  }
}
