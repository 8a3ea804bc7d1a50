import {
  type Granularity,
  type Interval,
  intervalStart,
  nextIntervalStart,
} from '@tickwire/protocol';
import { FeedError } from '../../domain/errors.ts';
import type { SidedCandle } from '../../domain/sided-candle.ts';
import type { CandleHistory, CandleQuery } from '../../ports/history.ts';
import type { OandaCandle } from './messages.ts';
import type { OandaRest } from './rest.ts';
import { TaskQueue } from './task-queue.ts';

/**
 * The intervals that OANDA has and that begin where ours do. It has no M3, and from H2 on its
 * candles begin at 17:00 New York. Source: developer.oanda.com/rest-live-v20/instrument-df.
 */
const GRANULARITY_OF = {
  '1': 'M1',
  '5': 'M5',
  '15': 'M15',
  '60': 'H1',
} as const satisfies Partial<Record<Interval, Granularity>>;

/** Candles in one answer. Source: developer.oanda.com/rest-live-v20/instrument-ep. */
const CANDLES_PER_ANSWER = 5_000;

/**
 * The candles that OANDA has kept: those of mids, with those of bids and asks. One question waits
 * for the answer to the one before, so that what the feed itself asks for never waits for more than
 * one of them.
 */
export class OandaHistory implements CandleHistory {
  readonly #rest: OandaRest;
  readonly #queue = new TaskQueue();

  constructor(rest: OandaRest) {
    this.#rest = rest;
  }

  async candles(query: CandleQuery, signal: AbortSignal): Promise<readonly SidedCandle[]> {
    const { instrument, interval, since, limit } = query;
    const candles =
      since === undefined
        ? await this.#ask(query, { count: String(Math.min(limit, CANDLES_PER_ANSWER)) }, signal)
        : await this.#askSince(since, query, signal);
    return candles.map((candle) => toCandle(candle, instrument, interval));
  }

  /** Page by page. */
  async #askSince(
    since: number,
    query: CandleQuery,
    signal: AbortSignal,
  ): Promise<readonly OandaCandle[]> {
    const { interval, limit } = query;
    const found: OandaCandle[] = [];
    let from = since;
    for (;;) {
      // OANDA begins with the candle that covers a time, and we with one that begins there.
      const isCovered = intervalStart(interval, from) < from;
      const wanted = limit - found.length + (isCovered ? 1 : 0);
      const count = Math.min(wanted, CANDLES_PER_ANSWER);
      const parameters = { count: String(count), from: new Date(from).toISOString() };
      const answer = await this.#ask(query, parameters, signal);
      found.push(...answer.filter(({ start }) => start >= from));
      const last = answer.at(-1);
      // Where an answer does not lead on, another would not either.
      const isLast = last === undefined || !last.isComplete || last.start < from;
      if (isLast || answer.length < count || found.length >= limit) {
        return found.slice(0, limit);
      }
      from = nextIntervalStart(interval, last.start);
    }
  }

  async #ask(
    { instrument, interval }: CandleQuery,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly OandaCandle[]> {
    const all = { price: 'MBA', granularity: granularityOf(interval), ...parameters };
    return this.#queue.run(() => this.#rest.candles(instrument, all, signal));
  }
}

function granularityOf(interval: Interval): Granularity {
  if (!isServed(interval)) {
    throw new FeedError('FEED_REFUSED', `OANDA has no candles of interval ${interval}`);
  }
  return GRANULARITY_OF[interval];
}

function isServed(interval: Interval): interval is keyof typeof GRANULARITY_OF {
  return Object.hasOwn(GRANULARITY_OF, interval);
}

function toCandle(
  { isComplete, sides, ...mids }: OandaCandle,
  instrument: string,
  interval: Interval,
): SidedCandle {
  return {
    type: 'candle',
    instrument,
    interval,
    ...mids,
    ...(sides === undefined ? {} : { sides }),
    end: nextIntervalStart(interval, mids.start) - 1,
    isConfirmed: isComplete,
    revision: 0,
    source: 'history',
  };
}
