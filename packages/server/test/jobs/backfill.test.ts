import { describe, expect, test } from 'vitest';
import { FeedError, StoreError } from '../../src/domain/errors.ts';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import { Backfiller, type BackfillProgress } from '../../src/jobs/backfill.ts';
import type { CandleNews } from '../../src/ports/store.ts';
import { MINUTE_MS, START, candleOf } from '../support/candle.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { ScriptedHistory } from '../support/scripted-history.ts';

const DAY_MS = 86_400_000;
const SERIES = { instrument: 'BTCUSDT', interval: '1' } as const;
const BUSY = new FeedError('FEED_UNAVAILABLE', 'The venue is busy');

/** The confirmed candles of these minutes after START. */
function minutes(...all: readonly number[]): readonly SidedCandle[] {
  return all.map((minute) => minuteOf(minute));
}

function minuteOf(minute: number, changes: Partial<SidedCandle> = {}): SidedCandle {
  const start = START + minute * MINUTE_MS;
  return candleOf({ start, isConfirmed: true, source: 'history', ...changes });
}

const spanOf = (from: number, to: number) => ({
  from: START + from * MINUTE_MS,
  to: START + to * MINUTE_MS,
});
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
const toMinute = (time: number): number => (time - START) / MINUTE_MS;

function begin({ isFollowed = true } = {}) {
  const store = new MemoryStore();
  const history = new ScriptedHistory();
  const clock = new ManualClock(START + DAY_MS);
  const news: CandleNews[] = [];
  const backfiller = new Backfiller({
    store,
    historyOf: () => (isFollowed ? history : undefined),
    onNews: (some) => news.push(...some),
    clock,
  });
  const stop = new AbortController();
  const progress: BackfillProgress[] = [];
  const fill = (from: number, to: number, isAnew = false) =>
    backfiller.fill(SERIES, spanOf(from, to), {
      signal: stop.signal,
      onProgress: (each) => progress.push(each),
      isAnew,
    });
  const asked = () => history.asked.map(({ since, limit }) => [toMinute(since!), limit]);
  const stored = async () =>
    (await store.confirmedStarts(SERIES, { from: 0, to: Infinity })).map(toMinute);
  const absent = async () =>
    (await store.absences(SERIES, { from: 0, to: Infinity })).map(({ from, to }) => [
      toMinute(from),
      toMinute(to),
    ]);
  return { store, history, clock, news, backfiller, stop, progress, fill, asked, stored, absent };
}

describe('Backfiller', () => {
  test('fetches what is missing, tells what was news, and asks for nothing a second time', async () => {
    const { store, history, news, progress, fill, asked, stored } = begin();
    store.preset(minutes(0, 1, 5));
    history.candlesKept = minutes(...range(0, 10));
    await expect(fill(0, 6)).resolves.toEqual({ saved: 3, absent: 0, missing: 0 });
    expect(asked()).toEqual([[2, 4]]);
    expect(news.map(({ change, candle }) => [change, toMinute(candle.start)])).toEqual([
      ['inserted', 2],
      ['inserted', 3],
      ['inserted', 4],
    ]);
    expect(progress).toEqual([
      { done: 3, total: 6, saved: 0 },
      { done: 6, total: 6, saved: 3 },
    ]);
    await expect(stored()).resolves.toEqual(range(0, 6));
    await expect(fill(0, 6)).resolves.toEqual({ saved: 0, absent: 0, missing: 0 });
    expect(asked()).toHaveLength(1);
  });

  test('goes on page by page, and jumps over what is there', async () => {
    const { store, history, fill, asked, stored } = begin();
    store.preset(minutes(...range(1_100, 3_000)));
    history.candlesKept = minutes(...range(0, 3_010));
    await expect(fill(0, 3_002)).resolves.toEqual({ saved: 1_102, absent: 0, missing: 0 });
    expect(asked()).toEqual([
      [0, 1_000],
      [1_000, 101],
      [3_000, 3],
    ]);
    expect(store.saves).toEqual([1_000, 101, 2]);
    await expect(stored()).resolves.toHaveLength(3_002);
  });

  test('asks OANDA for more at once', async () => {
    const { history, clock } = begin();
    const store = new MemoryStore();
    const backfiller = new Backfiller({
      store,
      historyOf: () => history,
      onNews: () => undefined,
      clock,
    });
    const span = { from: START, to: START + 10 * DAY_MS };
    await backfiller.fill({ instrument: 'EUR_USD', interval: '1' }, span, {
      signal: new AbortController().signal,
    });
    expect(history.asked.map(({ limit }) => limit)).toEqual([5_000]);
  });

  test('fetches what lies beyond the span neither into the store nor into the report', async () => {
    const { history, fill, stored } = begin();
    history.candlesKept = minutes(...range(0, 20));
    await expect(fill(5, 7)).resolves.toEqual({ saved: 2, absent: 0, missing: 0 });
    await expect(stored()).resolves.toEqual([5, 6]);
  });

  test('remembers what the venue does not have, and does not look for it again', async () => {
    const { history, fill, asked, absent } = begin();
    history.candlesKept = minutes(3, 4, 7, 12);
    await expect(fill(0, 11)).resolves.toEqual({ saved: 3, absent: 8, missing: 0 });
    await expect(absent()).resolves.toEqual([
      [0, 3],
      [5, 7],
      [8, 11],
    ]);
    await expect(fill(0, 11)).resolves.toEqual({ saved: 0, absent: 8, missing: 0 });
    expect(asked()).toEqual([[0, 12]]);
  });

  test('takes nothing for absent that the venue may still complete', async () => {
    const { history, fill, asked, absent, stored } = begin();
    history.candlesKept = [...minutes(0), minuteOf(2, { isConfirmed: false })];
    await expect(fill(0, 5)).resolves.toEqual({ saved: 1, absent: 0, missing: 4 });
    await expect(absent()).resolves.toEqual([]);
    await expect(stored()).resolves.toEqual([0]);
    history.candlesKept = minutes(0, 2, 3);
    await expect(fill(0, 5)).resolves.toEqual({ saved: 2, absent: 1, missing: 1 });
    expect(asked()).toEqual([
      [0, 6],
      [1, 5],
    ]);
    await expect(absent()).resolves.toEqual([[1, 2]]);
  });

  test('waits for one that is not confirmed though later ones are, or that cannot be true', async () => {
    const { history, fill, absent, stored } = begin();
    history.candlesKept = [
      ...minutes(0),
      minuteOf(1, { isConfirmed: false }),
      minuteOf(2, { high: '1' }),
      ...minutes(3, 5),
    ];
    await expect(fill(0, 5)).resolves.toEqual({ saved: 2, absent: 1, missing: 2 });
    await expect(stored()).resolves.toEqual([0, 3]);
    await expect(absent()).resolves.toEqual([[4, 5]]);
  });

  test('keeps what was corrected among what came anyway', async () => {
    const { store, history, news, fill } = begin();
    store.preset(minutes(0, 2));
    history.candlesKept = [...minutes(0, 1), minuteOf(2, { close: '84019' }), ...minutes(3)];
    await fill(0, 4);
    expect(news.map(({ change, candle }) => [change, toMinute(candle.start)])).toEqual([
      ['inserted', 1],
      ['corrected', 2],
      ['inserted', 3],
    ]);
  });

  test('asks anew for what is there, where it is told to', async () => {
    const { store, history, news, fill, asked } = begin();
    store.preset(minutes(0, 1));
    history.candlesKept = [...minutes(0), minuteOf(1, { close: '84019' }), ...minutes(2)];
    await expect(fill(0, 2, true)).resolves.toEqual({ saved: 1, absent: 0, missing: 0 });
    expect(asked()).toEqual([[0, 3]]);
    expect(news).toMatchObject([{ change: 'corrected', candle: { close: '84019', revision: 1 } }]);
  });

  test('asks anew for what is known to be absent, where it is told to', async () => {
    const { history, fill, asked, stored, absent } = begin();
    history.candlesKept = minutes(0, 4);
    await fill(0, 4);
    await expect(absent()).resolves.toEqual([[1, 4]]);
    history.candlesKept = minutes(0, 2, 4);
    await expect(fill(0, 4)).resolves.toMatchObject({ saved: 0 });
    await expect(fill(0, 4, true)).resolves.toEqual({ saved: 1, absent: 2, missing: 0 });
    expect(asked()).toEqual([
      [0, 5],
      [0, 5],
    ]);
    await expect(stored()).resolves.toEqual([0, 2]);
    await expect(fill(0, 4)).resolves.toEqual({ saved: 0, absent: 2, missing: 0 });
  });

  test('ends where the answers do not move on', async () => {
    const { history, fill, asked } = begin();
    history.candles = (query) => {
      history.asked.push(query);
      return Promise.resolve(minutes(...range(0, query.limit)));
    };
    await expect(fill(5_000, 9_000)).resolves.toMatchObject({ saved: 0, missing: 4_000 });
    expect(asked()).toHaveLength(1);
  });

  test('does not ask for a span in which nothing can be', async () => {
    const { fill, asked, progress } = begin({ isFollowed: false });
    await expect(fill(7, 7)).resolves.toEqual({ saved: 0, absent: 0, missing: 0 });
    expect(asked()).toEqual([]);
    expect(progress).toEqual([{ done: 0, total: 0, saved: 0 }]);
  });

  test('lists the gaps', async () => {
    const { store, backfiller } = begin();
    store.preset(minutes(2, 5));
    await store.saveAbsences(SERIES, [spanOf(3, 4)]);
    await expect(backfiller.gaps(SERIES, spanOf(0, 8))).resolves.toEqual([
      { ...spanOf(0, 2), count: 2 },
      { ...spanOf(4, 5), count: 1 },
      { ...spanOf(6, 8), count: 2 },
    ]);
  });

  describe('when the venue fails', () => {
    test('tries again after growing waits, and goes on where it was', async () => {
      const { history, clock, fill, asked } = begin();
      history.candlesKept = minutes(...range(0, 10));
      history.failures.push(BUSY, BUSY, BUSY);
      const filling = fill(0, 5);
      const times: number[] = [];
      for (let second = 0; second < 10; second += 1) {
        const before = asked().length;
        await clock.advance(second === 0 ? 0 : 1_000);
        times.push(...Array<number>(asked().length - before).fill(second));
      }
      expect(times).toEqual([0, 1, 3, 7]);
      await expect(filling).resolves.toMatchObject({ saved: 5, missing: 0 });
    });

    test('waits as long as the venue asks for', async () => {
      const { history, clock, fill, asked } = begin();
      history.failures.push(new FeedError('FEED_RATE_LIMITED', 'Slower', { retryAfterMs: 90_000 }));
      const filling = fill(0, 5);
      await clock.advance(89_999);
      expect(asked()).toHaveLength(1);
      await clock.advance(1);
      expect(asked()).toHaveLength(2);
      await filling;
    });

    test('tries again as often after each page', async () => {
      const { history, clock, fill, asked } = begin();
      history.candlesKept = minutes(...range(0, 1_500));
      const answer = history.candles.bind(history);
      history.candles = (query, signal) => {
        const isAnswered = history.asked.length % 6 === 5;
        history.failure = isAnswered ? undefined : BUSY;
        return answer(query, signal);
      };
      const filling = fill(0, 1_400);
      await clock.advance(62_000);
      await expect(filling).resolves.toMatchObject({ saved: 1_400, missing: 0 });
      expect(asked()).toHaveLength(12);
    });

    test('gives up after five retries in a row, and keeps what it has', async () => {
      const { history, clock, fill, asked, stored } = begin();
      history.candlesKept = minutes(...range(0, 3_000));
      const answer = history.candles.bind(history);
      history.candles = (query, signal) => {
        history.failure = query.since! > START ? BUSY : undefined;
        return answer(query, signal);
      };
      const outcome = expect(fill(0, 2_500)).rejects.toBe(BUSY);
      await clock.advance(31_000);
      await outcome;
      expect(asked().map(([since]) => since)).toEqual([0, ...Array<number>(6).fill(1_000)]);
      await expect(stored()).resolves.toEqual(range(0, 1_000));
    });

    test.each(['FEED_REFUSED', 'FEED_UNAUTHORIZED'] as const)(
      'takes %s for an answer',
      async (code) => {
        const { history, fill, asked } = begin();
        const refusal = new FeedError(code, 'No');
        history.failure = refusal;
        await expect(fill(0, 5)).rejects.toBe(refusal);
        expect(asked()).toHaveLength(1);
      },
    );

    test('rejects where nobody can be asked', async () => {
      const { fill } = begin({ isFollowed: false });
      await expect(fill(0, 5)).rejects.toMatchObject({
        code: 'FEED_REFUSED',
        message: 'No venue is followed that has BTCUSDT',
      });
    });
  });

  test('rejects with what keeps the store from saving', async () => {
    const { store, history, fill } = begin();
    history.candlesKept = minutes(0, 1);
    history.isSlow = true;
    const filling = fill(0, 1);
    const down = new StoreError('STORE_UNAVAILABLE', 'Gone');
    const outcome = expect(filling).rejects.toBe(down);
    await new Promise(setImmediate);
    store.failure = down;
    history.answerAll();
    await outcome;
  });

  describe('once its signal has aborted', () => {
    test('does not ask', async () => {
      const { stop, fill, asked } = begin();
      stop.abort(new Error('Enough'));
      await expect(fill(0, 5)).rejects.toThrow('Enough');
      expect(asked()).toEqual([]);
    });

    test('does not wait for an answer, nor save one', async () => {
      const { stop, history, store, fill } = begin();
      history.isSlow = true;
      const filling = fill(0, 5);
      const outcome = expect(filling).rejects.toThrow('Enough');
      await new Promise(setImmediate);
      stop.abort(new Error('Enough'));
      await outcome;
      expect(store.saves).toEqual([]);
    });

    test('does not wait until it may ask again', async () => {
      const { stop, history, clock, fill } = begin();
      history.failure = BUSY;
      const filling = fill(0, 5);
      const outcome = expect(filling).rejects.toThrow('Enough');
      await clock.advance(500);
      stop.abort(new Error('Enough'));
      await outcome;
      expect(clock.waiting).toBe(0);
    });
  });
});
