import {
  type FeedHealth,
  type MarketEvent,
  type Quote,
  type Ticker,
  midOf,
} from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { type RestSourcesOptions, composeRest } from '../../src/app/api-sources.ts';
import { parseConfig } from '../../src/app/config.ts';
import type { BusSubscriber } from '../../src/ports/bus.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { hourlyCandle } from '../support/rest-world.ts';

const NOW = Date.UTC(2025, 10, 18, 12, 1);

const FEEDS: readonly FeedHealth[] = [
  {
    venue: 'oanda',
    state: 'live',
    since: '2025-11-18T12:00:00.000Z',
    simulated: true,
    rejected_frames: 4,
    instruments: [{ instrument: 'GBP_USD', state: 'down', reason: 'oanda has none', since: '' }],
  },
  {
    venue: 'bybit',
    category: 'spot',
    state: 'stale',
    reason: 'Nothing new',
    since: '2025-11-18T12:00:00.000Z',
    simulated: true,
    rejected_frames: 0,
  },
];

const EUR_USD: Quote = {
  type: 'quote',
  instrument: 'EUR_USD',
  bid: '1.0945',
  ask: '1.0947',
  mid: midOf('1.0945', '1.0947'),
  time: '2025-11-18T12:00:58.500Z',
};

/** What is wired over a store in memory, on a clock of its own. */
function createWorld(changes: Partial<RestSourcesOptions> = {}) {
  const clock = new ManualClock(NOW);
  const store = new MemoryStore();
  const subscribers: BusSubscriber[] = [];
  const world = { trouble: undefined as string | undefined, reads: 0 };
  const { sources, facts } = composeRest({
    config: parseConfig({
      TRACKED_PAIRS: 'EUR_USD,GBP_USD',
      BYBIT_SYMBOLS: 'BTCUSDT,SPOT_ETHUSDT,LINEAR_BTCUSDT',
      BYBIT_TIMEFRAMES: '60',
      DATA_RETENTION_DAYS: '90',
      CACHE_TTL_PRICES: '1',
      CACHE_TTL_METRICS: '2',
      CACHE_TTL_CORRELATION: '3',
    }),
    bus: {
      subscribe: (subscriber) => {
        subscribers.push(subscriber);
        return () => undefined;
      },
    },
    prices: { quote: (instrument) => (instrument === 'EUR_USD' ? EUR_USD : undefined) },
    history: {
      store: {
        candles: (query) => {
          world.reads += 1;
          return store.candles(query);
        },
        confirmedStarts: (series, span) => store.confirmedStarts(series, span),
        absences: (series, span) => store.absences(series, span),
        alerts: () => Promise.resolve([]),
      },
      analytics: undefined,
      trouble: () => world.trouble,
      venueNow: () => NOW + 1_000,
    },
    cache: { fields: () => Promise.resolve(undefined), text: () => Promise.resolve(undefined) },
    cacheStats: () => {
      throw new Error('Nobody asks');
    },
    feeds: () => FEEDS,
    rejectedCandles: () => 7,
    clock,
    ...changes,
  });
  const tell = (event: MarketEvent): void => {
    subscribers.forEach((subscriber) => {
      subscriber({ channel: '', epoch: '', seq: 1, at: NOW, event });
    });
  };
  return { sources, facts, store, clock, world, tell };
}

describe('composeRest', () => {
  test('names the instruments as they are known here', () => {
    const { sources, facts } = createWorld();
    const { trackedPairs, crypto, resolve, intervalsOf } = sources.instruments;
    expect(trackedPairs).toEqual(['EUR_USD', 'GBP_USD']);
    expect(crypto).toEqual(['BTCUSDT', 'SPOT_ETHUSDT']);
    expect(resolve('LINEAR_BTCUSDT')).toBe('BTCUSDT');
    expect(resolve('EUR_USD')).toBe('EUR_USD');
    expect(intervalsOf('EUR_USD')).toEqual(['1', '5', '15', '60']);
    expect(intervalsOf('BTCUSDT')).toContain('D');
    expect(facts).toMatchObject({ retentionDays: 90, quoteRetentionHours: 24 });
  });

  test('tells at once that the database cannot be used, without asking it', async () => {
    const { sources, world } = createWorld();
    world.trouble = 'connect ECONNREFUSED';
    const query = { instrument: 'EUR_USD', interval: '60', limit: 1, pick: 'newest' } as const;
    const expected = { name: 'StoreError', code: 'STORE_UNAVAILABLE' };
    await expect(sources.candles?.candles(query)).rejects.toMatchObject(expected);
    await expect(sources.alerts.alerts(query)).rejects.toMatchObject(expected);
    await expect(sources.quality.quality()).rejects.toMatchObject(expected);
    expect(world.reads).toBe(0);
    world.trouble = undefined;
    expect(await sources.candles?.candles(query)).toEqual([]);
  });

  test('knows how old the newest data of each instrument is, and how its feed is', async () => {
    const { sources, tell, clock } = createWorld();
    const ticker: Ticker = { type: 'ticker', instrument: 'SPOT_ETHUSDT', lastPrice: '1' };
    tell(ticker);
    await clock.advance(2_500);
    const { instruments, rejectedCandles } = await sources.quality.quality();
    expect(rejectedCandles).toBe(7);
    const shown = instruments.map(({ instrument, lastQuoteTime, lastQuoteAgeMs, feed }) => ({
      instrument,
      lastQuoteTime,
      lastQuoteAgeMs,
      state: feed?.state,
      reason: feed?.reason,
    }));
    expect(shown).toEqual([
      {
        instrument: 'EUR_USD',
        lastQuoteTime: NOW - 1_500,
        lastQuoteAgeMs: 2_500,
        state: 'live',
        reason: undefined,
      },
      {
        instrument: 'GBP_USD',
        lastQuoteTime: undefined,
        lastQuoteAgeMs: undefined,
        state: 'down',
        reason: 'oanda has none',
      },
      {
        instrument: 'BTCUSDT',
        lastQuoteTime: undefined,
        lastQuoteAgeMs: undefined,
        state: undefined,
        reason: undefined,
      },
      {
        instrument: 'SPOT_ETHUSDT',
        lastQuoteTime: NOW,
        lastQuoteAgeMs: 2_500,
        state: 'stale',
        reason: 'Nothing new',
      },
    ]);
  });

  test('counts candles once for all who ask within half a minute, and anew after a failure', async () => {
    const { sources, store, world, clock } = createWorld();
    store.preset([hourlyCandle('EUR_USD', -1)]);
    store.failure = new Error('It is busy');
    await expect(sources.quality.quality()).rejects.toThrow('It is busy');
    store.failure = undefined;
    world.reads = 0;
    const [one, other] = await Promise.all([sources.quality.quality(), sources.quality.quality()]);
    expect(one).toEqual(other);
    expect(one.instruments[0]?.candles[0]?.lastDay.present).toBe(1);
    const once = world.reads;
    await clock.advance(29_999);
    await sources.quality.quality();
    expect(world.reads).toBe(once);
    await clock.advance(1);
    await sources.quality.quality();
    expect(world.reads).toBe(2 * once);
  });

  test('answers without a history that nothing is kept', async () => {
    const { sources } = createWorld({ history: undefined });
    expect(sources.candles).toBeUndefined();
    expect(await sources.alerts.alerts({ limit: 1, pick: 'newest' })).toEqual([]);
    expect(await sources.analytics.newestMetrics(['EUR_USD'])).toEqual([]);
    expect((await sources.quality.quality()).instruments[0]).toMatchObject({ candles: [] });
  });
});
