import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
  test('asks for the newest candles of mids, and says of each whether it is over', async () => {
    const venue = await startFakeVenue((_, response) => {
      answer(response, 200, { candles: [wireCandle(0), wireCandle(2, false)] });
    });
    const candles = await createHistory(venue.url).history.candles(newest, never);
    expect(venue.requests.map(({ path }) => path)).toEqual([
      '/v3/instruments/EUR_USD/candles?price=M&granularity=M1&count=200',
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
        isConfirmed: true,
        revision: 0,
        source: 'history',
      },
      expect.objectContaining({ start: START + 120_000, isConfirmed: false }),
    ]);
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
      '/v3/instruments/EUR_USD/candles?price=M&granularity=M1&count=500&from=2026-06-01T12%3A00%3A00.000Z',
    );
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
