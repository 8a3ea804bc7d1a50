import type { Candle } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { FeedError } from '../../src/domain/errors.ts';
import { MINUTE_MS, START } from '../support/candle.ts';
import { createFxCandles, fxCandle } from '../support/fx-candles.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedHistory } from '../support/scripted-history.ts';

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/** The minutes of EUR_USD, begun with the one before START; the candle of START is being built. */
async function begin() {
  const clock = new ManualClock(START + DAY_MS);
  const history = new ScriptedHistory();
  history.candlesKept = [fxCandle(-1)];
  const tools = createFxCandles(history, clock);
  tools.fxCandles.start();
  tools.fxCandles.follow('EUR_USD', '1');
  await clock.advance(0);
  tools.quote('1.1', 0);
  return { ...tools, history, clock };
}

const seen = (candles: readonly Candle[]): string[] =>
  candles.map(({ start, revision }) => `${(start - START) / MINUTE_MS} r${revision}`);

/** When the venue was asked from now on, in seconds, while the clock moves by as many. */
async function timesAsked(clock: ManualClock, history: ScriptedHistory, seconds: number) {
  const times: number[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    const before = history.asked.length;
    await clock.advance(SECOND_MS);
    times.push(...Array<number>(history.asked.length - before).fill(second));
  }
  return times;
}

describe('CandleConfirmer', () => {
  test('asks for a candle a second after the quote of any instrument has passed its end', async () => {
    const { quote, history, clock, confirmed, told } = await begin();
    quote('1.1', 59_999);
    await clock.advance(30 * SECOND_MS);
    expect(history.asked).toHaveLength(1);
    history.candlesKept = [fxCandle(-1), fxCandle(0, { close: '1.05', low: '1.05' })];
    quote('150', MINUTE_MS, 'USD_JPY');
    await clock.advance(SECOND_MS - 1);
    expect(history.asked).toHaveLength(1);
    await clock.advance(1);
    expect(history.asked.at(-1)).toEqual({
      instrument: 'EUR_USD',
      interval: '1',
      since: START - MINUTE_MS,
      limit: 500,
    });
    expect(seen(confirmed())).toEqual(['0 r0']);
    expect(told.at(-1)).toMatchObject({ close: '1.05', source: 'history' });
  });

  test('asks again, less and less often, until the venue has completed it', async () => {
    const { quote, history, clock, confirmed } = await begin();
    history.candlesKept = [fxCandle(-1), fxCandle(0, { isConfirmed: false })];
    quote('1.2', MINUTE_MS);
    expect(await timesAsked(clock, history, 90)).toEqual([1, 2, 4, 8, 16, 32, 62]);
    history.candlesKept = [fxCandle(-1), fxCandle(0), fxCandle(1, { isConfirmed: false })];
    expect(await timesAsked(clock, history, 30)).toEqual([2]);
    expect(seen(confirmed())).toEqual(['0 r0']);
  });

  test('waits for a candle that the venue says nothing of until a later one is confirmed', async () => {
    const { quote, history, clock, confirmed } = await begin();
    quote('1.2', MINUTE_MS);
    expect(await timesAsked(clock, history, 20)).toEqual([1, 2, 4, 8, 16]);
    history.candlesKept = [fxCandle(-1), fxCandle(1)];
    quote('1.2', 2 * MINUTE_MS);
    expect(await timesAsked(clock, history, 40)).toEqual([12]);
    expect(seen(confirmed())).toEqual(['1 r0']);
  });

  test('asks again soon once there is news, for the next that has ended', async () => {
    const { quote, history, clock, confirmed } = await begin();
    quote('1.2', MINUTE_MS);
    quote('1.2', 2 * MINUTE_MS);
    expect(await timesAsked(clock, history, 7)).toEqual([1, 2, 4]);
    history.candlesKept = [fxCandle(-1), fxCandle(0)];
    expect(await timesAsked(clock, history, 8)).toEqual([1, 2, 4, 8]);
    expect(seen(confirmed())).toEqual(['0 r0']);
  });

  test('waits for a candle that has ended at the venue alone', async () => {
    const { quote, history, clock, confirmed } = await begin();
    history.candlesKept = [fxCandle(-1), fxCandle(0), fxCandle(6, { isConfirmed: false })];
    quote('1.1', 7 * MINUTE_MS + 30_000);
    expect(await timesAsked(clock, history, 4)).toEqual([1, 2, 4]);
    history.candlesKept = [fxCandle(-1), fxCandle(0), fxCandle(6)];
    expect(await timesAsked(clock, history, 10)).toEqual([4]);
    expect(seen(confirmed())).toEqual(['0 r0', '6 r0']);
  });

  test('tells a correction as a revision, and what is repeated not at all', async () => {
    const { quote, history, clock, confirmed } = await begin();
    history.candlesKept = [fxCandle(-1), fxCandle(0)];
    quote('1.1', MINUTE_MS);
    await clock.advance(SECOND_MS);
    history.candlesKept = [fxCandle(-1), fxCandle(0, { volume: '10' }), fxCandle(1)];
    quote('1.1', 2 * MINUTE_MS);
    await clock.advance(SECOND_MS);
    expect(seen(confirmed())).toEqual(['0 r0', '0 r1', '1 r0']);
  });

  test('catches up after an outage, page by page, oldest first', async () => {
    const { quote, history, clock, confirmed } = await begin();
    history.failure = new FeedError('FEED_UNREACHABLE', 'OANDA cannot be reached');
    quote('1.1', MINUTE_MS);
    await clock.advance(20 * SECOND_MS);
    const gapAt = 400;
    const kept = Array.from({ length: 1_300 }, (_, index) => fxCandle(index - 1));
    history.candlesKept = [...kept.filter((_, index) => index !== gapAt), fxCandle(1_299)];
    history.failure = undefined;
    quote('1.1', 1_300 * MINUTE_MS);
    history.asked.length = 0;
    await clock.advance(30 * SECOND_MS);
    const expected = Array.from({ length: 1_300 }, (_, index) => `${index} r0`);
    expect(seen(confirmed())).toEqual(expected.toSpliced(gapAt - 1, 1));
    expect(history.asked.map(({ since }) => (since! - START) / MINUTE_MS)).toEqual([-1, 499, 998]);
  });

  test('takes in the candle that is not over: an outage may have hidden some of it', async () => {
    const { quote, history, clock, told } = await begin();
    const current = { isConfirmed: false, open: '1', high: '3', low: '1', close: '2', volume: '9' };
    history.candlesKept = [fxCandle(-1), fxCandle(0), fxCandle(7, current)];
    quote('2.5', 7 * MINUTE_MS + 30_000);
    await clock.advance(2 * SECOND_MS);
    expect(told.at(-1)).toMatchObject({ open: '1', high: '3', close: '2', volume: '9' });
  });

  test('finds out about the last candle before the market closes, without haste', async () => {
    const { history, clock, confirmed } = await begin();
    history.candlesKept = [fxCandle(-1), fxCandle(0)];
    expect(await timesAsked(clock, history, 180)).toEqual([61, 122]);
    expect(seen(confirmed())).toEqual(['0 r0']);
  });

  test('asks one question at a time, however many candles end meanwhile', async () => {
    const { quote, history, clock, confirmed } = await begin();
    history.isSlow = true;
    for (let minute = 1; minute < 9; minute += 1) {
      quote('1.1', minute * MINUTE_MS);
      await clock.advance(SECOND_MS);
    }
    expect({ asked: history.asked.length, atOnce: history.mostWaiting }).toEqual({
      asked: 2,
      atOnce: 1,
    });
    const kept = Array.from({ length: 9 }, (_, index) => fxCandle(index - 1));
    history.candlesKept = kept.slice(0, 4);
    history.answerAll();
    history.isSlow = false;
    await clock.advance(0);
    expect(seen(confirmed())).toEqual(['0 r0', '1 r0', '2 r0']);
    history.candlesKept = kept;
    await clock.advance(SECOND_MS);
    expect(seen(confirmed())).toEqual(Array.from({ length: 8 }, (_, index) => `${index} r0`));
    expect(history.mostWaiting).toBe(1);
  });

  test.each([
    ['for as long as the venue asks', 'FEED_RATE_LIMITED', 120_000, [1, 121]],
    ['30 s at most while it cannot answer', 'FEED_UNAVAILABLE', 0, [1, 2, 4, 8, 16, 32, 62, 92]],
    ['5 min at most once it has refused', 'FEED_REFUSED', 0, [1, 2, 4, 8, 16, 32, 64, 128]],
  ] as const)('waits %s', async (_, code, retryAfterMs, expected) => {
    const { quote, history, clock } = await begin();
    history.failure = new FeedError(code, 'no', retryAfterMs === 0 ? {} : { retryAfterMs });
    quote('1.1', MINUTE_MS);
    const times = await timesAsked(clock, history, 130);
    expect(times.slice(0, expected.length)).toEqual(expected);
  });
});
