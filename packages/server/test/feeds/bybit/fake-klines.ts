import { type Interval, nextIntervalStart } from '@tickwire/protocol';
import { FeedError } from '../../../src/domain/errors.ts';
import type { CandleFollowerOptions } from '../../../src/feeds/bybit/candle-follower.ts';
import type { BybitCandle } from '../../../src/feeds/bybit/messages.ts';
import type { KlineAnswer, KlineRange } from '../../../src/feeds/bybit/rest.ts';
import type { Clock } from '../../../src/ports/clock.ts';

type KlineSource = CandleFollowerOptions['rest'];

/** As the venue's answers are read: what has been over for less is not final. */
const FINAL_AFTER_MS = 1_000;
const MOST = 1_000;

/** A possible candle; its prices tell its start, its volume whether it is over. */
export function klineOf(interval: Interval, start: number, isConfirmed: boolean): BybitCandle {
  const price = String(start / 60_000);
  return {
    start,
    end: nextIntervalStart(interval, start) - 1,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: isConfirmed ? '2' : '1',
    turnover: '1',
    isConfirmed,
  };
}

/** The candles that a venue keeps, asked for as over REST; what it does with them a test decides. */
export class FakeKlines implements KlineSource {
  /** What was asked for: the newest, or a range. */
  readonly asked: ('newest' | KlineRange)[] = [];
  readonly #clock: Clock;
  readonly #interval: Interval;
  /** Of all candles that there will ever be, oldest first. */
  readonly #starts: readonly number[];
  isFailing = false;
  /** On the way to the venue, and back. */
  latencyMs: readonly [number, number] = [0, 0];

  constructor(clock: Clock, interval: Interval, starts: readonly number[]) {
    this.#clock = clock;
    this.#interval = interval;
    this.#starts = starts;
  }

  async newestKlines(
    _symbol: string,
    _interval: Interval,
    limit: number,
    signal: AbortSignal,
  ): Promise<KlineAnswer> {
    this.asked.push('newest');
    return this.#answer(() => true, limit, signal);
  }

  async klinesSince(range: KlineRange, signal: AbortSignal): Promise<KlineAnswer> {
    this.asked.push(range);
    const { since, end } = range;
    // The venue rounds down to the candle that holds the time.
    const isIn = (start: number): boolean =>
      start <= end && nextIntervalStart(this.#interval, start) > since;
    return this.#answer(isIn, MOST, signal);
  }

  async #answer(
    isIn: (start: number) => boolean,
    limit: number,
    signal: AbortSignal,
  ): Promise<KlineAnswer> {
    const [there, back] = this.latencyMs;
    await this.#wait(there, signal);
    const now = this.#clock.now();
    const finalUntil = now - FINAL_AFTER_MS;
    const { isFailing } = this;
    await this.#wait(back, signal);
    if (isFailing || signal.aborted) {
      throw new FeedError('FEED_UNAVAILABLE', 'Bybit answered 503');
    }
    const starts = this.#starts.filter((start) => start <= now && isIn(start)).slice(-limit);
    const isOver = (start: number): boolean =>
      nextIntervalStart(this.#interval, start) <= finalUntil;
    return {
      candles: starts.map((start) => klineOf(this.#interval, start, isOver(start))),
      finalUntil,
    };
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (ms > 0) {
      await this.#clock.sleep(ms, signal);
    }
  }
}
