import {
  type Candle,
  type Granularity,
  type Interval,
  nextIntervalStart,
} from '@tickwire/protocol';
import { FeedError } from '../../domain/errors.ts';
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

/**
 * The candles of mids that OANDA has kept, at most 5,000 at once. One question waits for the answer
 * to the one before, so that what the feed itself asks for never waits for more than one of them.
 */
export class OandaHistory implements CandleHistory {
  readonly #rest: OandaRest;
  readonly #queue = new TaskQueue();

  constructor(rest: OandaRest) {
    this.#rest = rest;
  }

  async candles(query: CandleQuery, signal: AbortSignal): Promise<readonly Candle[]> {
    const { instrument, interval, since, limit } = query;
    const parameters = {
      price: 'M',
      granularity: granularityOf(interval),
      count: String(limit),
      ...(since === undefined ? {} : { from: new Date(since).toISOString() }),
    };
    const answer = await this.#queue.run(() => this.#rest.candles(instrument, parameters, signal));
    return (
      answer
        // OANDA begins with the candle that covers a time, and we with one that begins there.
        .filter(({ start }) => since === undefined || start >= since)
        .map((candle) => toCandle(candle, instrument, interval))
    );
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
  { isComplete, ...prices }: OandaCandle,
  instrument: string,
  interval: Interval,
): Candle {
  return {
    type: 'candle',
    instrument,
    interval,
    ...prices,
    end: nextIntervalStart(interval, prices.start) - 1,
    isConfirmed: isComplete,
    revision: 0,
    source: 'history',
  };
}
