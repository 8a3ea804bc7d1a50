import { Agent, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Interval, Trade } from '@tickwire/protocol';
import { FeedError, InvalidMessageError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { withinTime } from '../answers.ts';
import { getAnswer, readBody, readRefusal } from '../http-answer.ts';
import {
  ANSWER_TIMEOUT_MS,
  BAN_MS,
  type BybitFeedConfig,
  CANDLES_PER_ANSWER,
  RATE_WINDOW_MS,
} from './config.ts';
import type { BybitCandle, BybitResult } from './messages.ts';
import { parseInstruments, parseKlines, parseRecentTrades, parseResult } from './parse-answer.ts';
import type { RequestGate } from './request-gate.ts';

/**
 * A candle is taken for final once it has been over for so long by the venue's clock: its last
 * trades may arrive a little after its end. Until then the stream's own word is waited for.
 */
const FINAL_AFTER_MS = 1_000;
const PAGE_SIZE = 1_000;
/** Spot gives 60 trades at most. Source: …/docs/v5/market/recent-trade. */
const RECENT_TRADES = { linear: 1_000, inverse: 1_000, spot: 60 } as const;

/** Candles that the venue has kept, and up to when it can have told all there are. */
export interface KlineAnswer {
  readonly candles: readonly BybitCandle[];
  /** Epoch milliseconds: every candle that ended before is final, and in the answer if it exists. */
  readonly finalUntil: number;
}

export interface KlineRange {
  readonly symbol: string;
  readonly interval: Interval;
  /** Epoch milliseconds of the start of the first and of the last candle, both included. */
  readonly since: number;
  readonly end: number;
}

/**
 * Bybit's public REST side. Every failure rejects with a {@link FeedError}. After a 403, which bans
 * the address, nothing is asked for ten minutes.
 */
export class BybitRest {
  readonly #config: BybitFeedConfig;
  readonly #clock: Clock;
  readonly #agents = {
    'http:': new Agent({ keepAlive: true }),
    'https:': new TlsAgent({ keepAlive: true }),
  };
  readonly #gate: RequestGate;
  /** Aborts what nobody else would. */
  #life = new AbortController();

  constructor(config: BybitFeedConfig, clock: Clock, gate: RequestGate) {
    this.#config = config;
    this.#clock = clock;
    this.#gate = gate;
  }

  /** The symbols that can be traded in the category. */
  async symbols(): Promise<ReadonlySet<string>> {
    const { signal } = this.#life;
    const symbols = new Set<string>();
    let cursor = '';
    let known: number;
    do {
      known = symbols.size;
      const query = { limit: PAGE_SIZE, ...(cursor === '' ? {} : { cursor }) };
      const { result } = await this.#ask('instruments-info', query, signal);
      const page = this.#read('instruments-info', () => parseInstruments(result));
      page.symbols.forEach((symbol) => symbols.add(symbol));
      cursor = page.cursor;
      // A page that repeats what is known would be followed by itself for ever.
    } while (cursor !== '' && symbols.size > known);
    return symbols;
  }

  /** The newest candles, oldest first; the last may not be over. */
  async newestKlines(
    symbol: string,
    interval: Interval,
    limit: number,
    signal: AbortSignal,
  ): Promise<KlineAnswer> {
    return this.#klines({ symbol, interval, limit }, interval, signal);
  }

  /**
   * The candles that begin from `since` to `end`, oldest first. Of more than 1,000 Bybit gives
   * those nearest to the end: a range must not be wider.
   */
  async klinesSince(
    { symbol, interval, since, end }: KlineRange,
    signal: AbortSignal,
  ): Promise<KlineAnswer> {
    const query = { symbol, interval, start: since, end, limit: CANDLES_PER_ANSWER };
    return this.#klines(query, interval, signal);
  }

  /** The newest trades, oldest first. */
  async recentTrades(symbol: string, signal: AbortSignal): Promise<readonly Trade[]> {
    const query = { symbol, limit: RECENT_TRADES[this.#config.category] };
    const { result } = await this.#ask('recent-trade', query, signal);
    return this.#read('recent-trade', () => parseRecentTrades(result));
  }

  /** Ends requests for symbols and the connections that all share; the next one opens others. */
  release(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#agents['http:'].destroy();
    this.#agents['https:'].destroy();
  }

  async #klines(
    query: Readonly<Record<string, string | number>>,
    interval: Interval,
    signal: AbortSignal,
  ): Promise<KlineAnswer> {
    const { result, time } = await this.#ask('kline', query, signal);
    const finalUntil = time - FINAL_AFTER_MS;
    const candles = this.#read('kline', () => parseKlines(result, interval, finalUntil));
    return { candles, finalUntil };
  }

  async #ask(
    endpoint: string,
    query: Readonly<Record<string, string | number>>,
    signal: AbortSignal,
  ): Promise<BybitResult> {
    const { hosts, category } = this.#config;
    const url = new URL(`${hosts.restUrl}/v5/market/${endpoint}`);
    const parameters: Readonly<Record<string, string | number>> = { category, ...query };
    for (const [name, value] of Object.entries(parameters)) {
      url.searchParams.set(name, String(value));
    }
    const limits = { clock: this.#clock, signal, timeoutMs: ANSWER_TIMEOUT_MS };
    const ask = (): Promise<string> =>
      withinTime('Bybit', (bounded) => this.#get(url, bounded), limits);
    const body = await this.#gate.run(ask, signal);
    return this.#read(endpoint, () => parseResult(body));
  }

  async #get(url: URL, signal: AbortSignal): Promise<string> {
    const agent = this.#agents[url.protocol === 'https:' ? 'https:' : 'http:'];
    const response = await getAnswer(url, { agent, signal });
    if (response.statusCode !== 200) {
      throw await this.#refusal(response);
    }
    return readBody(response);
  }

  async #refusal(response: IncomingMessage): Promise<FeedError> {
    const { statusCode: status = 0 } = response;
    const words = await readRefusal(response, this.#clock);
    const detail = words.startsWith('<') ? '' : `: ${words}`;
    const message = `Bybit answered ${status}${detail}`;
    if (status === 403) {
      this.#gate.ban();
      return new FeedError('FEED_RATE_LIMITED', message, { status, retryAfterMs: BAN_MS });
    }
    if (status === 429) {
      return new FeedError('FEED_RATE_LIMITED', message, { status, retryAfterMs: RATE_WINDOW_MS });
    }
    const code = status >= 500 ? 'FEED_UNAVAILABLE' : 'FEED_REFUSED';
    return new FeedError(code, message, { status });
  }

  #read<T>(endpoint: string, parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (error instanceof InvalidMessageError) {
        const message = `${error.message} (${endpoint})`;
        throw new FeedError('FEED_INVALID_ANSWER', message, { cause: error });
      }
      throw error;
    }
  }
}
