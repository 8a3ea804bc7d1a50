import { type Candle, type Interval, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import { CandleFollower } from '../../../src/feeds/bybit/candle-follower.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeKlines, klineOf } from './fake-klines.ts';
import { FakeConnection, RecordingListener } from './recording-listener.ts';

const NOON = Date.UTC(2026, 0, 5, 12);

export interface FollowedCandlesOptions {
  readonly interval?: Interval;
  /** The venue's first and last candle, by their number before and after that of now. */
  readonly from?: number;
  readonly to?: number;
  readonly without?: readonly number[];
  /** How far into the candle of now the clock stands. */
  readonly intoMs?: number;
}

/** A venue at noon, in the middle of candle number 0, and a follower of its candles. */
export function followCandles({
  interval = '1',
  from = -300,
  to = 2_500,
  without = [],
  intoMs,
}: FollowedCandlesOptions = {}) {
  const zero = intervalStart(interval, NOON);
  const clock = new ManualClock(zero + (intoMs ?? 30_000));
  const startOf = (number: number): number => {
    if (interval === 'M') {
      const date = new Date(zero);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + number);
    }
    return zero + number * (nextIntervalStart(interval, zero) - zero);
  };
  const numberOf = (start: number): number => {
    for (let number = from - 1; number <= to + 1; number += 1) {
      if (startOf(number) === start) {
        return number;
      }
    }
    throw new Error(`No candle begins at ${start}`);
  };
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const starts = numbers.filter((number) => !without.includes(number)).map(startOf);
  const rest = new FakeKlines(clock, interval, starts);
  const listener = new RecordingListener();
  const follower = new CandleFollower({
    instrument: 'BTCUSDT',
    symbol: 'BTCUSDT',
    interval,
    rest,
    clock,
  });
  let connection = new FakeConnection(listener);
  const say = ({ start, isConfirmed }: Candle): string =>
    `${numberOf(start)}${isConfirmed ? ' confirmed' : ''}`;
  return {
    clock,
    rest,
    follower,
    listener,
    startOf,
    reports: () => connection.reports,
    connect: async () => {
      connection.end();
      connection = new FakeConnection(listener);
      follower.begin(connection);
      follower.accepted();
      await clock.advance(0);
      return connection;
    },
    /** One message: candles by number; those in `confirmed` are over. */
    push: async (candles: readonly number[], confirmed: readonly number[] = []) => {
      follower.receive({
        type: 'candles',
        topic: `kline.${interval}.BTCUSDT`,
        candles: candles.map((n) => klineOf(interval, startOf(n), confirmed.includes(n))),
      });
      await clock.advance(0);
    },
    /** What was told, in short: numbers, and whether they are confirmed. */
    told: () => listener.all('candle').map(say),
    history: () => listener.histories.map(({ candles }) => candles.map(say)),
  };
}
