import type { Candle } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import type { CandleHistory } from '../../src/ports/history.ts';
import { MINUTE_MS, START } from '../support/candle.ts';
import { createFxCandles, fxCandle } from '../support/fx-candles.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedHistory } from '../support/scripted-history.ts';

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/** Follows the minutes of EUR_USD, on a clock that is a day ahead of the venue. */
function follow(history: CandleHistory | undefined) {
  const clock = new ManualClock(START + DAY_MS);
  const tools = createFxCandles(history, clock);
  tools.fxCandles.start();
  tools.fxCandles.follow('EUR_USD', '1');
  return { ...tools, clock };
}

const closesOf = (candles: readonly Candle[]): string[] => candles.map(({ close }) => close);
const minutesOf = (candles: readonly Candle[]): number[] =>
  candles.map(({ start }) => (start - START) / MINUTE_MS);

describe('FX candles without a venue to ask', () => {
  test('tell a new candle at once, and what becomes of it once a second', async () => {
    const { quote, told, clock } = follow(undefined);
    quote('1.1', 0);
    expect(closesOf(told)).toEqual(['1.1']);
    quote('1.2', 100);
    quote('1.3', 200);
    await clock.advance(SECOND_MS - 1);
    expect(closesOf(told)).toEqual(['1.1']);
    await clock.advance(1);
    expect(closesOf(told)).toEqual(['1.1', '1.3']);
    await clock.advance(10 * SECOND_MS);
    expect(told).toHaveLength(2);
    expect(told.every(({ isConfirmed, revision }) => !isConfirmed && revision === 0)).toBe(true);
  });

  test('tell the last of a candle before the first of the next', () => {
    const { quote, told } = follow(undefined);
    quote('1.1', 0);
    quote('1.2', 59_999);
    quote('1.3', MINUTE_MS);
    quote('1.4', 2 * MINUTE_MS);
    expect(told.map(({ start, close }) => [start - START, close])).toEqual([
      [0, '1.1'],
      [0, '1.2'],
      [MINUTE_MS, '1.3'],
      [2 * MINUTE_MS, '1.4'],
    ]);
  });

  test('say nothing of a quote that comes too late', async () => {
    const { quote, told, clock } = follow(undefined);
    quote('1.1', MINUTE_MS);
    quote('9.9', MINUTE_MS - 1);
    await clock.advance(SECOND_MS);
    expect(closesOf(told)).toEqual(['1.1']);
  });

  test('are told of each channel that is followed, and of no other', () => {
    const { quote, told, fxCandles } = follow(undefined);
    fxCandles.follow('EUR_USD', '5');
    quote('1.1', 0);
    quote('150', 0, 'USD_JPY');
    expect(told.map(({ instrument, interval }) => [instrument, interval])).toEqual([
      ['EUR_USD', '1'],
      ['EUR_USD', '5'],
    ]);
  });

  test('take no notice of a quote from the far future', () => {
    const { quote, told } = follow(undefined);
    quote('1.1', 0);
    quote('9.9', 2 * DAY_MS);
    quote('1.2', MINUTE_MS);
    expect(minutesOf(told)).toEqual([0, 1]);
  });
});

describe('the beginning of a channel', () => {
  test('waits for what the venue has, which is told to nobody', async () => {
    const history = new ScriptedHistory();
    history.candlesKept = [fxCandle(-3), fxCandle(-1)];
    history.isSlow = true;
    const { quote, told, known, clock } = follow(history);
    expect(history.asked).toEqual([
      { instrument: 'EUR_USD', interval: '1', since: undefined, limit: 200 },
    ]);
    quote('1.1', 0);
    await clock.advance(5 * SECOND_MS);
    expect(told).toEqual([]);
    history.answerAll();
    await clock.advance(0);
    expect(minutesOf(known())).toEqual([-3, -1, 0]);
    expect(minutesOf(told)).toEqual([0]);
  });

  test('takes in the candle that is not over, and each quote once', async () => {
    const history = new ScriptedHistory();
    const current = { isConfirmed: false, open: '1', high: '4', low: '1', close: '2', volume: '9' };
    history.candlesKept = [fxCandle(-1), fxCandle(0, current)];
    history.isSlow = true;
    const { quote, told, clock } = follow(history);
    quote('5', 10_000);
    quote('3', 11_000);
    await clock.advance(0);
    history.answerAll();
    await clock.advance(0);
    quote('0.5', 11_250);
    quote('3.5', 11_251);
    await clock.advance(SECOND_MS);
    const { open, high, low, close, volume, source } = told.at(-1)!;
    expect({ open, high, low, close, volume, source }).toEqual({
      open: '1',
      high: '5',
      low: '0.5',
      close: '3.5',
      volume: '10',
      source: 'quotes',
    });
  });

  test('does without the venue while it does not answer, and misses nothing later', async () => {
    const history = new ScriptedHistory();
    history.failure = new Error('maintenance');
    const { quote, told, confirmed, known, clock, logger } = follow(history);
    quote('1.1', 0);
    await clock.advance(0);
    expect(minutesOf(told)).toEqual([0]);
    quote('1.2', MINUTE_MS);
    quote('1.3', 2 * MINUTE_MS);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    history.candlesKept = [fxCandle(-2), fxCandle(-1), fxCandle(0), fxCandle(1)];
    history.failure = undefined;
    await clock.advance(SECOND_MS);
    expect(minutesOf(confirmed())).toEqual([0, 1]);
    await clock.advance(SECOND_MS);
    expect(known().map(({ isConfirmed }) => isConfirmed)).toEqual([true, true, true, true, false]);
  });

  test('does not wait longer than ten seconds for an answer', async () => {
    const history = new ScriptedHistory();
    history.isSlow = true;
    const { quote, told, clock } = follow(history);
    quote('1.1', 0);
    await clock.advance(10 * SECOND_MS - 1);
    expect(told).toHaveLength(0);
    await clock.advance(1);
    expect(minutesOf(told)).toEqual([0]);
  });

  test('misses nothing either when more has passed than it begins with', async () => {
    const history = new ScriptedHistory();
    history.failure = new Error('maintenance');
    const { quote, confirmed, clock } = follow(history);
    quote('1.1', 0);
    await clock.advance(0);
    quote('1.1', 700 * MINUTE_MS);
    history.candlesKept = Array.from({ length: 800 }, (_, index) => fxCandle(index - 100));
    history.failure = undefined;
    await clock.advance(SECOND_MS);
    expect(minutesOf(confirmed())).toEqual(Array.from({ length: 700 }, (_, index) => index));
  });

  test('is the same whether it is followed before or after the start', async () => {
    const clock = new ManualClock(START + DAY_MS);
    const history = new ScriptedHistory();
    const { fxCandles, quote, told } = createFxCandles(history, clock);
    fxCandles.follow('EUR_USD', '1');
    fxCandles.follow('EUR_USD', '1');
    quote('1.1', 0);
    expect(history.asked).toHaveLength(0);
    fxCandles.start();
    fxCandles.start();
    fxCandles.follow('EUR_USD', '1');
    await clock.advance(0);
    quote('1.2', 1);
    expect(history.asked).toHaveLength(1);
    expect(closesOf(told)).toEqual(['1.2']);
  });
});

describe('a channel that is unfollowed', () => {
  test.each(['before', 'after'])(
    'is forgotten, with the question that is answered just %s that',
    async (order) => {
      const history = new ScriptedHistory();
      history.candlesKept = [fxCandle(-1)];
      history.isSlow = true;
      const { quote, told, known, fxCandles, clock } = follow(history);
      quote('1.1', 0);
      if (order === 'before') {
        history.answerAll();
      }
      fxCandles.unfollow('EUR_USD', '1');
      fxCandles.unfollow('EUR_USD', '1');
      history.answerAll();
      quote('1.2', MINUTE_MS);
      await clock.advance(DAY_MS);
      expect({ told, known: known(), waiting: clock.waiting }).toEqual({
        told: [],
        known: [],
        waiting: 0,
      });
    },
  );

  test('is told nothing of what is answered to a later question either', async () => {
    const history = new ScriptedHistory();
    history.candlesKept = [fxCandle(-1)];
    const { quote, confirmed, fxCandles, clock } = follow(history);
    await clock.advance(0);
    history.isSlow = true;
    history.candlesKept = [fxCandle(-1), fxCandle(0)];
    quote('1.1', MINUTE_MS);
    await clock.advance(SECOND_MS);
    expect(history.waiting).toBe(1);
    history.answerAll();
    fxCandles.unfollow('EUR_USD', '1');
    await clock.advance(SECOND_MS);
    expect({ confirmed: confirmed(), waiting: clock.waiting }).toEqual({
      confirmed: [],
      waiting: 0,
    });
  });

  test('begins anew when it is followed again, and leaves the others alone', async () => {
    const history = new ScriptedHistory();
    const { quote, told, fxCandles, clock } = follow(history);
    fxCandles.follow('EUR_USD', '5');
    await clock.advance(0);
    quote('1.1', 0);
    fxCandles.unfollow('EUR_USD', '1');
    quote('1.2', 1);
    fxCandles.follow('EUR_USD', '1');
    await clock.advance(0);
    quote('1.3', 2);
    await clock.advance(SECOND_MS);
    expect(told.map(({ interval, volume }) => `${interval}: ${volume}`)).toEqual([
      '1: 1',
      '5: 1',
      '1: 1',
      '5: 3',
    ]);
  });
});

test('after close nothing runs', async () => {
  const history = new ScriptedHistory();
  const { quote, told, fxCandles, clock } = follow(history);
  await clock.advance(0);
  quote('1.1', 0);
  quote('1.2', 1);
  history.isSlow = true;
  fxCandles.follow('GBP_USD', '1');
  const closing = fxCandles.close();
  expect(fxCandles.close()).toBe(closing);
  await closing;
  expect(clock.waiting).toBe(0);
  fxCandles.follow('USD_JPY', '1');
  fxCandles.start();
  quote('1.3', MINUTE_MS);
  await clock.advance(DAY_MS);
  expect(told).toHaveLength(1);
  expect(history.asked.map(({ instrument }) => instrument)).toEqual(['EUR_USD', 'GBP_USD']);
  expect({ asking: history.waiting, waiting: clock.waiting }).toEqual({ asking: 0, waiting: 0 });
});
