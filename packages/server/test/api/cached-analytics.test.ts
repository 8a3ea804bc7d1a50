import { describe, expect, test } from 'vitest';
import { type CacheReader, createCachedAnalytics } from '../../src/api/cached-analytics.ts';
import type { AnalyticsStore } from '../../src/ports/analytics-store.ts';

const TIME = Date.UTC(2025, 10, 18, 12);
const PAIRS = ['EUR_USD', 'GBP_USD'];
const METRICS = {
  volatility_20: 0.1,
  volatility_50: null,
  sma_15: 1.0945,
  sma_30: null,
  sma_50: null,
  bb_upper: null,
  bb_middle: null,
  bb_lower: null,
  atr: 1.5e-7,
  ema_12: null,
  ema_26: null,
  ema_50: null,
  rsi: null,
  macd: null,
  macd_signal: null,
  macd_histogram: null,
  ewma_volatility: null,
};
const PAIR = {
  pair1: 'EUR_USD',
  pair2: 'GBP_USD',
  correlation: 0.8,
  category: 'high_correlation',
  reason: 'They move together.',
  rank: 1,
} as const;

/** A cache with these fields and texts, over a store that notes what it is asked for. */
function createReader(
  fields: Record<string, Record<string, string>>,
  texts: Record<string, string>,
) {
  const asked: (readonly string[])[] = [];
  const cache: CacheReader = {
    fields: (key) => Promise.resolve(fields[key]),
    text: (key) => Promise.resolve(texts[key]),
  };
  const store: Pick<AnalyticsStore, 'newestMetrics' | 'newestCorrelations' | 'newestBestPairs'> = {
    newestMetrics: (names) => {
      asked.push(['metrics', ...names]);
      return Promise.resolve(
        names.map((instrument) => ({ instrument, time: TIME, metrics: METRICS })),
      );
    },
    newestCorrelations: (names = []) => {
      asked.push(['correlations', ...names]);
      return Promise.resolve({
        time: TIME,
        windowSize: 100,
        pairs: [{ ...PAIR, correlation: 0.7 }],
      });
    },
    newestBestPairs: (category) => {
      asked.push(['best pairs', category ?? 'all']);
      const crypto = { ...PAIR, pair1: 'BTCUSDT', pair2: 'ETHUSDT' };
      return Promise.resolve({ time: TIME, pairs: [PAIR, crypto] });
    },
  };
  return { reader: createCachedAnalytics({ cache, store, trackedPairs: PAIRS }), asked };
}

describe('createCachedAnalytics', () => {
  test('reads from the cache what it has, and from the store the rest, in the order asked for', async () => {
    const { reader, asked } = createReader(
      { 'metrics:GBP_USD': { sma_15: '1.2', cached_at: '2025-11-18T11:00:00.000Z' } },
      {},
    );
    expect(await reader.newestMetrics(PAIRS)).toEqual([
      {
        instrument: 'EUR_USD',
        time: TIME,
        values: expect.objectContaining({
          volatility_20: '0.1',
          volatility_50: null,
          atr: '0.00000015',
        }) as unknown,
      },
      { instrument: 'GBP_USD', time: TIME - 3_600_000, values: { sma_15: '1.2' } },
    ]);
    expect(asked).toEqual([['metrics', 'EUR_USD']]);
  });

  test.each([
    ['no time', { sma_15: '1.2' }],
    ['a time that is none', { sma_15: '1.2', cached_at: 'today' }],
    ['no decimal', { sma_15: 'high', cached_at: '2025-11-18T11:00:00.000Z' }],
  ])('does not believe cached metrics with %s', async (_, fields) => {
    const { reader, asked } = createReader({ 'metrics:EUR_USD': fields }, {});
    expect(await reader.newestMetrics(['EUR_USD'])).toMatchObject([{ time: TIME }]);
    expect(asked).toEqual([['metrics', 'EUR_USD']]);
  });

  test('reads correlations of tracked pairs from the cached matrix', async () => {
    const matrix = {
      EUR_USD: { EUR_USD: 1, GBP_USD: 0.85 },
      GBP_USD: { EUR_USD: 0.85, GBP_USD: 1 },
    };
    const { reader, asked } = createReader({}, { 'correlation:matrix': JSON.stringify(matrix) });
    expect(await reader.newestCorrelations(PAIRS)).toEqual([
      { pair1: 'EUR_USD', pair2: 'GBP_USD', correlation: 0.85 },
    ]);
    expect(asked).toEqual([]);
    await reader.newestCorrelations(['EUR_USD', 'BTCUSDT']);
    expect(asked).toEqual([['correlations', 'EUR_USD', 'BTCUSDT']]);
  });

  test.each(['{', 'null', '[]', '{"EUR_USD":{"GBP_USD":2}}', '{"EUR_USD":{"GBP_USD":"0.5"}}'])(
    'does not believe a cached matrix that is %s',
    async (text) => {
      const { reader } = createReader({}, { 'correlation:matrix': text });
      expect(await reader.newestCorrelations(PAIRS)).toMatchObject([{ correlation: 0.7 }]);
    },
  );

  test('reads best pairs from the cache where it has all that are asked for', async () => {
    const cached = JSON.stringify([{ ...PAIR, correlation: 0.9 }]);
    const { reader, asked } = createReader({}, { 'best_pairs:high_correlation': cached });
    expect(await reader.newestBestPairs(PAIRS, 'high_correlation')).toMatchObject([
      { correlation: 0.9 },
    ]);
    expect(asked).toEqual([]);
    expect(await reader.newestBestPairs(PAIRS)).toEqual([PAIR]);
    expect(asked).toEqual([['best pairs', 'all']]);
  });

  test('knows nothing but the cache where nothing is kept', async () => {
    const cache: CacheReader = {
      fields: () => Promise.resolve(undefined),
      text: () => Promise.resolve(undefined),
    };
    const reader = createCachedAnalytics({ cache, store: undefined, trackedPairs: PAIRS });
    expect(await reader.newestMetrics(PAIRS)).toEqual([]);
    expect(await reader.newestCorrelations(PAIRS)).toEqual([]);
    expect(await reader.newestBestPairs(PAIRS)).toBeUndefined();
  });
});
