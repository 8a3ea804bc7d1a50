import type { ServerResponse } from 'node:http';
import { INTERVALS, type Interval, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import { createBybitSimulator } from '@tickwire/simulator';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { findImpossible } from '../../../src/domain/candle.ts';
import type { BybitCategory } from '../../../src/feeds/bybit/config.ts';
import { BybitHistory } from '../../../src/feeds/bybit/history.ts';
import { RequestGate } from '../../../src/feeds/bybit/request-gate.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { answer, startFakeVenue } from '../../support/fake-venue.ts';
import { createScaledClock } from '../../support/scaled-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** Of the venue: the candle of 12:00 has just begun. */
const NOW = Date.UTC(2026, 0, 5, 12, 0, 30);
const SPEED = 200;
const ANSWER_MOST = 1_000;
const never = new AbortController().signal;
const minutes = { instrument: 'BTCUSDT', interval: '1' } as const;

function createHistory(
  restUrl: string,
  category: BybitCategory = 'linear',
  prefix = '',
  clock: Clock = createScaledClock(SPEED),
) {
  const hosts = { restUrl, wsUrl: '' };
  const config = { hosts, category, instrumentPrefix: prefix, bookDepth: 50 };
  return new BybitHistory(config, clock, new RequestGate(clock));
}

const row = (start: number): string[] => [String(start), '1', '1', '1', '1', '1', '1'];

/** Answers as Bybit does, of the candles it has: the newest of a range, newest first. */
function answerKlines(
  path: string,
  response: ServerResponse,
  starts: readonly number[],
  time: number,
): void {
  const { searchParams } = new URL(path, 'http://venue');
  const interval = searchParams.get('interval') as Interval;
  const since = intervalStart(interval, Number(searchParams.get('start') ?? 0));
  const end = Number(searchParams.get('end') ?? Infinity);
  const list = starts
    .filter((start) => start >= since && start <= Math.min(end, time))
    .slice(-Number(searchParams.get('limit')))
    .toReversed()
    .map(row);
  answer(response, 200, { retCode: 0, retMsg: 'OK', result: { list }, time });
}

/** A venue with these candles, oldest first. */
async function startVenueOf(starts: readonly number[], timeOf: (question: number) => number) {
  const venue = await startFakeVenue((path, response) => {
    answerKlines(path, response, starts, timeOf(venue.requests.length));
  });
  return { venue, history: createHistory(venue.url) };
}

/** The starts of so many minutes from one on. */
const minutesFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index * MINUTE);

const startsOf = (candles: readonly { readonly start: number }[]): number[] =>
  candles.map(({ start }) => start);

describe('BybitHistory', () => {
  test('has the newest candles, and says of each whether it is over', async () => {
    const last = NOW - 30_000;
    const { venue, history } = await startVenueOf(minutesFrom(last - 2 * MINUTE, 3), () => NOW);
    const candles = await history.candles({ ...minutes, since: undefined, limit: 2 }, never);
    expect(venue.requests.map(({ path }) => path)).toEqual([
      '/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1&limit=2',
    ]);
    expect(candles).toEqual([
      {
        type: 'candle',
        instrument: 'BTCUSDT',
        interval: '1',
        start: last - MINUTE,
        end: last - 1,
        open: '1',
        high: '1',
        low: '1',
        close: '1',
        volume: '1',
        turnover: '1',
        isConfirmed: true,
        revision: 0,
        source: 'history',
      },
      expect.objectContaining({ start: last, isConfirmed: false }),
    ]);
    await history.candles({ ...minutes, since: undefined, limit: 5_000 }, never);
    expect(venue.requests[1]?.path).toContain('limit=1000');
  });

  test('asks for the symbol of an instrument in its category', async () => {
    const venue = await startFakeVenue((path, response) => {
      answerKlines(path, response, [], NOW);
    });
    const history = createHistory(venue.url, 'spot', 'SPOT_');
    const query = {
      instrument: 'SPOT_ETHUSDT',
      interval: 'D',
      since: NOW - DAY,
      limit: 3,
    } as const;
    expect(await history.candles(query, never)).toEqual([]);
    const [{ path } = { path: '' }] = venue.requests;
    expect(path).toContain('category=spot&symbol=ETHUSDT&interval=D&start=');
  });

  test('has the oldest candles since a time, over any number of answers', async () => {
    const first = NOW - 30_000 - 3_500 * MINUTE;
    const kept = minutesFrom(first, 3_501);
    const { venue, history } = await startVenueOf(kept, () => NOW);
    const since = (limit: number) =>
      history.candles({ ...minutes, since: first - MINUTE + 1, limit }, never);
    expect(startsOf(await since(10))).toEqual(kept.slice(0, 10));
    expect(venue.requests).toHaveLength(1);
    expect(startsOf(await since(2_500))).toEqual(kept.slice(0, 2_500));
    expect(venue.requests).toHaveLength(4);
    const all = await since(9_000);
    expect(startsOf(all)).toEqual(kept);
    expect(all.findIndex(({ isConfirmed }) => !isConfirmed)).toBe(3_500);
    expect(venue.requests).toHaveLength(8);
  });

  test('finds the first candle years after the time that was asked for, and no further', async () => {
    const first = Date.UTC(2020, 2, 15, 0, 7);
    const kept = minutesFrom(first, 2_000);
    const { venue, history } = await startVenueOf(kept, () => NOW);
    const query = { ...minutes, since: Date.UTC(1970, 0), limit: 1_200 };
    expect(startsOf(await history.candles(query, never))).toEqual(kept.slice(0, 1_200));
    expect(venue.requests.length).toBeLessThan(50);
  });

  test('reaches the present over years without a candle', async () => {
    const last = NOW - 30_000;
    const { venue, history } = await startVenueOf([Date.UTC(2010, 0), last], () => NOW);
    const query = { ...minutes, since: Date.UTC(2009, 0), limit: 100 };
    expect(startsOf(await history.candles(query, never))).toEqual([Date.UTC(2010, 0), last]);
    expect(venue.requests.length).toBeLessThan(50);
  });

  test('has none of a time that has not come', async () => {
    const { venue, history } = await startVenueOf(minutesFrom(NOW - 30_000, 1), () => NOW);
    const query = { ...minutes, since: NOW + DAY, limit: 100 };
    expect(await history.candles(query, never)).toEqual([]);
    expect(venue.requests).toHaveLength(1);
  });

  test('has no candle before one that is over in the state of an earlier answer', async () => {
    const first = NOW - 30_000 - 999 * MINUTE;
    // The 1,000th candle is the current one, until the second question.
    const timeOf = (question: number): number => NOW + (question - 1) * 2 * MINUTE;
    const isOpenAt = async (began: number): Promise<boolean[]> => {
      const { history } = await startVenueOf(minutesFrom(first - began, 1_010), timeOf);
      const query = { ...minutes, since: first - began, limit: 3_000 };
      const candles = await history.candles(query, never);
      return candles.map(({ isConfirmed }) => isConfirmed);
    };
    // The range of the first answer ends with the candle that is not over, or with the one before.
    for (const began of [0, MINUTE, 2 * MINUTE]) {
      const states = await isOpenAt(began);
      expect(states.slice(0, -1)).toEqual(states.slice(0, -1).map(() => true));
    }
  });

  test.each(INTERVALS)('has what the venue has in interval %s', async (interval) => {
    const kept: number[] = [];
    for (
      let start = intervalStart(interval, Date.UTC(2022, 0, 31));
      start <= NOW && kept.length < 1_100;
      start = nextIntervalStart(interval, start)
    ) {
      kept.push(start);
    }
    const { history } = await startVenueOf(kept, () => NOW);
    const query = { instrument: 'BTCUSDT', interval, since: kept[3]! - 1, limit: 1_050 };
    const candles = await history.candles(query, never);
    expect(startsOf(candles)).toEqual(kept.slice(3, 1_053));
    expect(candles.map((candle) => findImpossible(candle, true))).toEqual(
      candles.map(() => undefined),
    );
  });

  test('says what the venue has, whatever the time, the limit and the holes', async () => {
    const run = fc.record({
      hole: fc.oneof(fc.nat(3), fc.nat(3_000), fc.nat(400_000)),
      length: fc.oneof(fc.nat(3), fc.nat(2_500)),
    });
    const runs = fc.array(run, { maxLength: 5 });
    const offset = fc.integer({ min: -5_000 * MINUTE, max: 5_000 * MINUTE });
    await fc.assert(
      fc.asyncProperty(
        runs,
        offset,
        fc.integer({ min: 1, max: 4_000 }),
        async (parts, sinceOffset, limit) => {
          const first = Date.UTC(2024, 5, 1);
          const kept: number[] = [];
          let at = first;
          for (const { hole, length } of parts) {
            kept.push(...minutesFrom(at + hole * MINUTE, length));
            at += (hole + length) * MINUTE;
          }
          const since = first + sinceOffset;
          const time = at + 30_000;
          const { venue, history } = await startVenueOf(kept, () => time);
          const candles = await history.candles({ ...minutes, since, limit }, never);
          const expected = kept.filter((start) => start >= since).slice(0, limit);
          expect(startsOf(candles)).toEqual(expected);
          expect(venue.requests.length).toBeLessThan(30 * (parts.length + 1));
          await venue.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test.each([
    ['a connection that breaks', 0, 'FEED_UNREACHABLE'],
    ['an answer of 503', 503, 'FEED_UNAVAILABLE'],
  ])('asks again after %s, at most twice', async (_, status, code) => {
    let failures = 2;
    const venue = await startFakeVenue((path, response) => {
      failures -= 1;
      if (failures < 0) {
        answerKlines(path, response, [NOW - 30_000], NOW);
      } else if (status === 0) {
        response.destroy();
      } else {
        answer(response, status, 'no');
      }
    });
    const history = createHistory(venue.url);
    const ask = (since?: number) => history.candles({ ...minutes, since, limit: 5 }, never);
    expect(await ask()).toHaveLength(1);
    failures = 2;
    expect(await ask(NOW - MINUTE)).toHaveLength(1);
    failures = 3;
    await expect(ask()).rejects.toMatchObject({ name: 'FeedError', code });
    expect(venue.requests).toHaveLength(9);
  });

  test('asks again when an answer does not come', async () => {
    let isSilent = true;
    const venue = await startFakeVenue((path, response) => {
      if (!isSilent) {
        answerKlines(path, response, [NOW - 30_000], NOW);
      }
      isSilent = false;
    });
    const asked = createHistory(venue.url).candles(
      { ...minutes, since: undefined, limit: 5 },
      never,
    );
    expect(await asked).toHaveLength(1);
    expect(venue.requests).toHaveLength(2);
  });

  test('goes on where it was when one of many answers fails', async () => {
    const first = NOW - 30_000 - 2_500 * MINUTE;
    const kept = minutesFrom(first, 2_501);
    const venue = await startFakeVenue((path, response) => {
      if (venue.requests.length === 2) {
        answer(response, 502, '');
      } else {
        answerKlines(path, response, kept, NOW);
      }
    });
    const query = { ...minutes, since: first, limit: 2_501 };
    expect(startsOf(await createHistory(venue.url).candles(query, never))).toEqual(kept);
    expect(venue.requests).toHaveLength(4);
  });

  test.each([
    [403, 'access too frequent', 'FEED_RATE_LIMITED', 600_000],
    [429, '', 'FEED_RATE_LIMITED', 5_000],
    [200, { retCode: 10_006, retMsg: 'Too many visits!' }, 'FEED_RATE_LIMITED', 5_000],
    [200, { retCode: 10_001, retMsg: 'params error' }, 'FEED_REFUSED', undefined],
    [200, { retCode: 0, result: { list: [['x']] }, time: NOW }, 'FEED_INVALID_ANSWER', undefined],
  ])('leaves it to others to wait after %i %j', async (status, body, code, retryAfterMs) => {
    const venue = await startFakeVenue((_, response) => {
      answer(response, status, body);
    });
    const asked = createHistory(venue.url).candles({ ...minutes, since: NOW, limit: 5 }, never);
    await expect(asked).rejects.toMatchObject({ name: 'FeedError', code, retryAfterMs });
    expect(venue.requests).toHaveLength(1);
  });

  test('ends at once when nobody waits any more, and asks nothing further', async () => {
    const venue = await startFakeVenue(() => undefined);
    const history = createHistory(venue.url);
    const stop = new AbortController();
    const asked = history.candles({ ...minutes, since: 0, limit: 5 }, stop.signal);
    const outcome = expect(asked).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' });
    await waitFor(() => venue.requests.length === 1, 'the question');
    stop.abort();
    await outcome;
    await expect(
      history.candles({ ...minutes, since: 0, limit: 5 }, stop.signal),
    ).rejects.toMatchObject({ name: 'FeedError' });
    expect(venue.requests).toHaveLength(1);
  });

  test('shares the limits of all that ask from one address', async () => {
    const held: ServerResponse[] = [];
    const venue = await startFakeVenue((_, response) => {
      held.push(response);
    });
    const clock = createScaledClock(SPEED);
    const gate = new RequestGate(clock);
    const hosts = { restUrl: venue.url, wsUrl: '' };
    const histories = (['linear', 'inverse', 'spot'] as const).map(
      (category) =>
        new BybitHistory({ hosts, category, instrumentPrefix: '', bookDepth: 50 }, clock, gate),
    );
    const asked = [...histories, ...histories].map((history) =>
      history.candles({ ...minutes, since: undefined, limit: 5 }, never),
    );
    for (let answered = 0; answered < asked.length; answered += 1) {
      const response = await waitFor(() => held[answered], 'a question');
      expect(held.length - answered).toBeLessThanOrEqual(4);
      answer(response, 200, { retCode: 0, result: { list: [] }, time: NOW });
    }
    await Promise.all(asked);
  });
});

describe('BybitHistory at the simulator', () => {
  async function startSimulator(category: BybitCategory = 'linear', prefix = '') {
    const simulator = createBybitSimulator({ requestLimit: Infinity });
    await simulator.start();
    onTestFinished(() => simulator.close());
    const history = createHistory(simulator.restUrl, category, prefix, systemClock);
    return { simulator, history };
  }

  test('has a run of candles that are possible, whichever way it is asked', async () => {
    const { history } = await startSimulator();
    const newest = await history.candles({ ...minutes, since: undefined, limit: 1_000 }, never);
    expect(newest).toHaveLength(1_000);
    const since = newest[0]!.start - 500 * MINUTE;
    const all = await history.candles({ ...minutes, since, limit: 1_490 }, never);
    expect(startsOf(all)).toEqual(minutesFrom(since, 1_490));
    expect(all.slice(500)).toEqual(newest.slice(0, 990));
    expect(all.map((candle) => findImpossible(candle, true))).toEqual(all.map(() => undefined));
  });

  test.each(['D', 'W', 'M'] as const)('has candles of interval %s', async (interval) => {
    const { history } = await startSimulator('spot', 'SPOT_');
    const query = { instrument: 'SPOT_BTCUSDT', interval, limit: 2 } as const;
    const newest = await history.candles({ ...query, since: undefined }, never);
    const since = newest[0]!.start - 1;
    const oldest = await history.candles({ ...query, since, limit: 10 }, never);
    expect(startsOf(oldest)).toEqual(startsOf(newest));
    expect(newest.map(({ isConfirmed }) => isConfirmed)).toEqual([true, false]);
  });

  test('begins with the first candle of a symbol, however early it is asked for', async () => {
    const { history } = await startSimulator();
    const query = { ...minutes, since: Date.UTC(2000, 0), limit: 2 };
    const [first, second] = await history.candles(query, never);
    const before = { ...minutes, since: first!.start - ANSWER_MOST * MINUTE, limit: 2 };
    expect(await history.candles(before, never)).toEqual([first, second]);
    expect(second!.start - first!.start).toBe(MINUTE);
  });

  test('asks again where the simulator fails for a while', async () => {
    const { simulator, history } = await startSimulator();
    const ask = () => history.candles({ ...minutes, since: undefined, limit: 5 }, never);
    simulator.faults.set({ fault: 'unavailable', count: 2 });
    expect(await ask()).toHaveLength(5);
    simulator.faults.set({ fault: 'too-many-requests', count: 1 });
    await expect(ask()).rejects.toMatchObject({ code: 'FEED_RATE_LIMITED' });
    expect(await ask()).toHaveLength(5);
    const unknown = history.candles(
      { instrument: 'NOPEUSDT', interval: '1', since: undefined, limit: 5 },
      never,
    );
    await expect(unknown).rejects.toMatchObject({ code: 'FEED_REFUSED' });
  });
});
