import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createOandaSimulator } from '@tickwire/simulator';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findImpossible } from '../../../src/domain/candle.ts';
import { OandaHistory } from '../../../src/feeds/oanda/candles.ts';
import { OandaFeed } from '../../../src/feeds/oanda/feed.ts';
import { OandaHttp } from '../../../src/feeds/oanda/http.ts';
import { OandaRest } from '../../../src/feeds/oanda/rest.ts';
import { FX_INTERVALS } from '../../../src/tape/fx-candles.ts';
import { answer, startFakeVenue } from '../../support/fake-venue.ts';
import { createScaledClock } from '../../support/scaled-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

const SPEED = 20;
const START = Date.UTC(2026, 5, 1, 12);
const never = new AbortController().signal;
const newest = { instrument: 'EUR_USD', interval: '1', since: undefined, limit: 200 } as const;

function wireCandle(minutes: number, complete = true): object {
  const time = new Date(START + minutes * 60_000).toISOString();
  return { complete, volume: 7, time, mid: { o: '1.1', h: '1.20', l: '1.0', c: '1.15' } };
}

/** A venue that has candles of minutes, and answers as OANDA does. */
async function startVenueOf(minutes: readonly number[]) {
  const sorted = minutes.toSorted((a, b) => a - b);
  return startFakeVenue((path, response) => {
    const { searchParams } = new URL(path, 'http://venue');
    const count = Number(searchParams.get('count'));
    const from = searchParams.get('from');
    // The candle that covers a time is in the answer.
    const isIn = (minute: number): boolean =>
      from === null || START + (minute + 1) * 60_000 > Date.parse(from);
    const candles = sorted.filter(isIn).map((minute) => wireCandle(minute));
    answer(response, 200, {
      candles: from === null ? candles.slice(-count) : candles.slice(0, count),
    });
  });
}

/** A history, and the connection that it asks over. */
function createHistory(url: string) {
  const clock = createScaledClock(SPEED);
  const hosts = { restUrl: url, streamUrl: url };
  const http = new OandaHttp({ hosts, apiKey: 'secret-key', instruments: [] }, clock);
  onTestFinished(() => {
    http.release();
  });
  const rest = new OandaRest(http, clock);
  return { history: new OandaHistory(rest), rest, http };
}

describe('OandaHistory', () => {
  test('asks for the newest candles of all sides, and says of each whether it is over', async () => {
    const venue = await startFakeVenue((_, response) => {
      const sides = {
        bid: { o: '1.0', h: '1.1', l: '0.9', c: '1.05' },
        ask: { o: '1.2', h: '1.30', l: '1.1', c: '1.25' },
      };
      answer(response, 200, { candles: [{ ...wireCandle(0), ...sides }, wireCandle(2, false)] });
    });
    const candles = await createHistory(venue.url).history.candles(newest, never);
    expect(venue.requests.map(({ path }) => path)).toEqual([
      '/v3/instruments/EUR_USD/candles?price=MBA&granularity=M1&count=200',
    ]);
    expect(candles).toEqual([
      {
        type: 'candle',
        instrument: 'EUR_USD',
        interval: '1',
        start: START,
        end: START + 59_999,
        open: '1.1',
        high: '1.20',
        low: '1.0',
        close: '1.15',
        volume: '7',
        sides: {
          bid: { open: '1.0', high: '1.1', low: '0.9', close: '1.05' },
          ask: { open: '1.2', high: '1.30', low: '1.1', close: '1.25' },
        },
        isConfirmed: true,
        revision: 0,
        source: 'history',
      },
      expect.objectContaining({ start: START + 120_000, isConfirmed: false }),
    ]);
    expect(candles[1]).not.toHaveProperty('sides');
  });

  test('asks for candles since a time, and leaves out the one that only covers it', async () => {
    const venue = await startFakeVenue((_, response) => {
      answer(response, 200, { candles: [wireCandle(0), wireCandle(1)] });
    });
    const { history } = createHistory(venue.url);
    const since = (time: number) => history.candles({ ...newest, since: time, limit: 500 }, never);
    expect(await since(START)).toHaveLength(2);
    expect(await since(START + 1)).toHaveLength(1);
    expect(venue.requests[0]?.path).toBe(
      '/v3/instruments/EUR_USD/candles?price=MBA&granularity=M1&count=500&from=2026-06-01T12%3A00%3A00.000Z',
    );
  });

  test('has as many as were asked for, where the first only covers the time', async () => {
    const venue = await startVenueOf([0, 1, 2, 5, 6]);
    const { history } = createHistory(venue.url);
    const minutesFrom = async (since: number, limit: number): Promise<number[]> => {
      const candles = await history.candles({ ...newest, since, limit }, never);
      return candles.map(({ start }) => (start - START) / 60_000);
    };
    expect(await minutesFrom(START + 1, 2)).toEqual([1, 2]);
    expect(await minutesFrom(START + 1, 1)).toEqual([1]);
    expect(await minutesFrom(START + 3 * 60_000 + 1, 1)).toEqual([5]);
    expect(await minutesFrom(START + 1, 5)).toEqual([1, 2, 5, 6]);
    expect(venue.requests.map(({ path }) => /count=(\d+)/.exec(path)?.[1])).toEqual([
      '3',
      '2',
      '2',
      '6',
    ]);
  });

  test('has any number of candles since a time, of which an answer holds 5,000', async () => {
    const minutes = Array.from({ length: 12_000 }, (_, minute) => minute).filter((n) => n % 7 > 0);
    const venue = await startVenueOf(minutes);
    const { history } = createHistory(venue.url);
    const since = (limit: number) =>
      history.candles({ ...newest, since: START + 30_000, limit }, never);
    const expected = minutes.map((minute) => START + minute * 60_000);
    expect((await since(20_000)).map(({ start }) => start)).toEqual(expected);
    expect((await since(10_001)).map(({ start }) => start)).toEqual(expected.slice(0, 10_001));
    const counts = venue.requests.map(({ path }) => /count=(\d+)/.exec(path)?.[1]);
    expect(counts).toEqual(['5000', '5000', '5000', '5000', '5000', '1']);
    expect(await history.candles({ ...newest, limit: 20_000 }, never)).toHaveLength(5_000);
  });

  test('says what the venue has, whatever the time, the limit and the holes', async () => {
    const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 40 });
    const since = fc.integer({ min: -10, max: 130 }).map((half) => START + half * 30_000);
    await fc.assert(
      fc.asyncProperty(
        minutes,
        since,
        fc.integer({ min: 1, max: 30 }),
        async (kept, from, limit) => {
          const venue = await startVenueOf(kept);
          const candles = await createHistory(venue.url).history.candles(
            { ...newest, since: from, limit },
            never,
          );
          const expected = kept
            .map((minute) => START + minute * 60_000)
            .filter((start) => start >= from)
            .toSorted((a, b) => a - b);
          expect(candles.map(({ start }) => start)).toEqual(expected.slice(0, limit));
        },
      ),
      { numRuns: 30 },
    );
  });

  test('does not ask for what begins after the candle that is not over', async () => {
    const venue = await startFakeVenue((_, response) => {
      const candles = Array.from({ length: 5_000 }, (__, minute) =>
        wireCandle(minute, minute < 4_999),
      );
      answer(response, 200, { candles });
    });
    const { history } = createHistory(venue.url);
    const candles = await history.candles({ ...newest, since: START, limit: 6_000 }, never);
    expect(candles).toHaveLength(5_000);
    expect(venue.requests).toHaveLength(1);
  });

  test('does not ask for ever where a venue repeats itself', async () => {
    const venue = await startFakeVenue((path, response) => {
      const count = Number(/count=(\d+)/.exec(path)?.[1]);
      const candles = Array.from({ length: count }, (_, minute) => wireCandle(minute));
      answer(response, 200, { candles });
    });
    const { history } = createHistory(venue.url);
    const candles = await history.candles({ ...newest, since: START, limit: 6_000 }, never);
    expect(candles.length).toBeGreaterThanOrEqual(5_000);
    expect(venue.requests).toHaveLength(2);
  });

  test('has every interval that is followed, and no other', async () => {
    const venue = await startFakeVenue((_, response) => {
      answer(response, 200, { candles: [] });
    });
    const { history } = createHistory(venue.url);
    for (const interval of FX_INTERVALS) {
      await history.candles({ ...newest, interval }, never);
    }
    const granularities = venue.requests.map(({ path }) => /granularity=(\w+)/.exec(path)?.[1]);
    expect(granularities).toEqual(['M1', 'M5', 'M15', 'H1']);
    await expect(history.candles({ ...newest, interval: '3' }, never)).rejects.toMatchObject({
      code: 'FEED_REFUSED',
      message: 'OANDA has no candles of interval 3',
    });
  });

  test('rejects with what the venue says, and with what it may not say', async () => {
    const refusal = { errorMessage: "Invalid value specified for 'instrument'" };
    const venue = await startFakeVenue((path, response) => {
      const isKnown = path.includes('EUR_USD');
      answer(response, isKnown ? 200 : 400, isKnown ? {} : refusal);
    });
    const { history } = createHistory(venue.url);
    await expect(history.candles({ ...newest, instrument: 'XXX' }, never)).rejects.toMatchObject({
      code: 'FEED_REFUSED',
      status: 400,
    });
    await expect(history.candles(newest, never)).rejects.toMatchObject({
      code: 'FEED_INVALID_ANSWER',
    });
  });

  test('asks again when the connection is ended under it, as at the end of a stream', async () => {
    let isHeld = true;
    const venue = await startFakeVenue((_, response) => {
      if (!isHeld) {
        answer(response, 200, { candles: [wireCandle(0)] });
      }
    });
    const { history, http } = createHistory(venue.url);
    const asked = history.candles(newest, never);
    await waitFor(() => venue.requests.length === 1, 'the question');
    isHeld = false;
    http.release();
    expect(await asked).toHaveLength(1);
    expect(venue.requests).toHaveLength(2);
  });

  test('opens no more connections than OANDA accepts, whatever fails', async () => {
    const venue = await startFakeVenue((_, response) => {
      response.destroy();
    });
    const { history } = createHistory(venue.url);
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => history.candles(newest, never)));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    const times = venue.requests.map(({ at }) => at);
    expect(times).toHaveLength(9);
    // Two a second on a clock that is twenty times as fast, less what a timer may be early.
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual((4 * 1_000) / SPEED - 20);
  });

  test('lets what the feed asks for wait for no more than one of its questions', async () => {
    let isHeld = true;
    const held: (() => void)[] = [];
    const venue = await startFakeVenue((_, response) => {
      const say = (): void => {
        answer(response, 200, { candles: [], accounts: [{ id: 'a' }] });
      };
      if (isHeld) {
        held.push(say);
      } else {
        say();
      }
    });
    const { history, rest } = createHistory(venue.url);
    const asked = Array.from({ length: 10 }, () => history.candles(newest, never));
    await waitFor(() => held.length === 1, 'the first question');
    const accounts = rest.accounts(never);
    isHeld = false;
    held[0]?.();
    await accounts;
    await Promise.all(asked);
    expect(venue.requests.findIndex(({ path }) => path === '/v3/accounts')).toBe(1);
    expect(venue.requests).toHaveLength(11);
  });

  test('asks nothing for those that wait no more', async () => {
    const venue = await startFakeVenue((_, response) => {
      setImmediate(() => {
        answer(response, 200, { candles: [] });
      });
    });
    const { history } = createHistory(venue.url);
    const stop = new AbortController();
    const abandoned = Array.from({ length: 50 }, () => history.candles(newest, stop.signal));
    const wanted = history.candles(newest, never);
    stop.abort();
    const outcomes = await Promise.allSettled(abandoned);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    await wanted;
    expect(venue.requests).toHaveLength(1);
  });

  test('is a feed’s, whether or not that is followed', async () => {
    const venue = await startFakeVenue((_, response) => {
      answer(response, 200, { candles: [wireCandle(0)] }, { Connection: 'close' });
    });
    const hosts = { restUrl: venue.url, streamUrl: venue.url };
    const config = { hosts, apiKey: 'any', instruments: ['EUR_USD'] };
    const feed = new OandaFeed(config, createScaledClock(SPEED));
    expect(await feed.history.candles(newest, never)).toHaveLength(1);
  });
});

test('the simulator has both sides of every candle, around that of the mids', async () => {
  const simulator = createOandaSimulator({ weekend: 'open' });
  await simulator.start();
  onTestFinished(() => simulator.close());
  const { history } = createHistory(simulator.restUrl);
  const query = { instrument: 'EUR_USD', interval: '60', limit: 30 } as const;
  const last = await history.candles({ ...query, since: undefined }, never);
  const since = last[0]!.start;
  const again = await history.candles({ ...query, since, limit: 29 }, never);
  expect(again).toEqual(last.slice(0, 29));
  for (const { sides, close } of last) {
    expect(Number(sides?.bid.close)).toBeLessThan(Number(close));
    expect(Number(sides?.ask.close)).toBeGreaterThan(Number(close));
  }
});

const recorded = resolve(import.meta.dirname, '../../../../../../shared/data/oanda/recorded');

describe.skipIf(!existsSync(recorded))('recorded candles (skipped without ../shared/data)', () => {
  test.each(['candles_DE30_EUR_M5_2016-10-17.json', 'candles_DE30_EUR_M5_2017-07-14.json'])(
    '%s are read whole, and can be true',
    async (name) => {
      const text = readFileSync(join(recorded, name), 'utf8');
      const venue = await startFakeVenue((_, response) => {
        answer(response, 200, text);
      });
      const query = { ...newest, instrument: 'DE30_EUR', interval: '5' } as const;
      const candles = await createHistory(venue.url).history.candles(query, never);
      const { candles: kept } = JSON.parse(text) as { candles: unknown[] };
      expect(candles).toHaveLength(kept.length);
      expect(candles.map((candle) => findImpossible(candle, false))).toEqual(
        kept.map(() => undefined),
      );
    },
  );
});
