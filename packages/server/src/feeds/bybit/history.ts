import { type Interval, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import type { FeedErrorCode } from '../../domain/errors.ts';
import type { SidedCandle } from '../../domain/sided-candle.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CandleHistory, CandleQuery } from '../../ports/history.ts';
import { askAgain } from '../answers.ts';
import { type BybitFeedConfig, CANDLES_PER_ANSWER } from './config.ts';
import type { BybitCandle } from './messages.ts';
import type { RequestGate } from './request-gate.ts';
import { BybitRest, type KlineAnswer } from './rest.ts';

const RETRIED: readonly FeedErrorCode[] = ['FEED_UNREACHABLE', 'FEED_UNAVAILABLE', 'FEED_TIMEOUT'];
const SHORTEST_MONTH_MS = 28 * 86_400_000;

/** Candles of one symbol and interval. */
interface Series {
  readonly symbol: string;
  readonly interval: Interval;
}

/**
 * The candles that one category of Bybit has kept. It asks over connections of its own, because the
 * feed's end with its socket, but within the limits that all share.
 */
export class BybitHistory implements CandleHistory {
  readonly #config: BybitFeedConfig;
  readonly #clock: Clock;
  readonly #rest: BybitRest;

  constructor(config: BybitFeedConfig, clock: Clock, gate: RequestGate) {
    this.#config = config;
    this.#clock = clock;
    this.#rest = new BybitRest(config, clock, gate);
  }

  async candles(query: CandleQuery, signal: AbortSignal): Promise<readonly SidedCandle[]> {
    const { instrument, interval, since, limit } = query;
    const symbol = instrument.slice(this.#config.instrumentPrefix.length);
    const series = { symbol, interval };
    const candles =
      since === undefined
        ? await this.#newest(series, limit, signal)
        : await this.#oldest(series, since, limit, signal);
    return candles.map((candle) => ({
      type: 'candle',
      instrument,
      interval,
      ...candle,
      revision: 0,
      source: 'history',
    }));
  }

  async #newest(
    { symbol, interval }: Series,
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly BybitCandle[]> {
    const count = Math.min(limit, CANDLES_PER_ANSWER);
    const { candles } = await this.#ask(
      () => this.#rest.newestKlines(symbol, interval, count, signal),
      signal,
    );
    return candles;
  }

  /**
   * Goes on from range to range. Of more than 1,000 candles Bybit gives the newest, so that a range
   * holds no more; but what is asked for may be years before a symbol's first candle: after a range
   * without any the next is twice as wide, and halved while it turns out to hold too many.
   */
  async #oldest(
    series: Series,
    since: number,
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly BybitCandle[]> {
    const { interval } = series;
    const found: BybitCandle[] = [];
    let from = firstStart(interval, since);
    let width = 1;
    for (;;) {
      const end = lastStart(interval, from, width);
      const { candles, finalUntil } = await this.#range(series, from, end, signal);
      if (width > 1 && candles.length >= CANDLES_PER_ANSWER) {
        width /= 2;
        continue;
      }
      const isLast = end >= finalUntil;
      // What is not over may be so by the next answer.
      const open = isLast ? undefined : candles.find(({ isConfirmed }) => !isConfirmed);
      found.push(...candles.filter(({ start }) => start < (open?.start ?? Infinity)));
      if (isLast || found.length >= limit) {
        return found.slice(0, limit);
      }
      from = open?.start ?? nextIntervalStart(interval, end);
      width = candles.length === 0 ? width * 2 : 1;
    }
  }

  async #range(
    { symbol, interval }: Series,
    since: number,
    end: number,
    signal: AbortSignal,
  ): Promise<KlineAnswer> {
    const { candles, finalUntil } = await this.#ask(
      () => this.#rest.klinesSince({ symbol, interval, since, end }, signal),
      signal,
    );
    return { candles: candles.filter(({ start }) => start >= since && start <= end), finalUntil };
  }

  async #ask(ask: () => Promise<KlineAnswer>, signal: AbortSignal): Promise<KlineAnswer> {
    return askAgain(ask, RETRIED, { clock: this.#clock, signal });
  }
}

/** The start of the first candle that begins at or after a time. Bybit has none before 1970. */
function firstStart(interval: Interval, time: number): number {
  const since = Math.max(0, time);
  const start = intervalStart(interval, since);
  return start < since ? nextIntervalStart(interval, start) : start;
}

/** The start of the last candle of a range that holds so many answers at most. */
function lastStart(interval: Interval, from: number, answers: number): number {
  const length = interval === 'M' ? SHORTEST_MONTH_MS : nextIntervalStart(interval, 0);
  return intervalStart(interval, from + (answers * CANDLES_PER_ANSWER - 1) * length);
}
