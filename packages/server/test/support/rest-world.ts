import type { AddressInfo } from 'node:net';
import type { Health, Quote } from '@tickwire/protocol';
import { onTestFinished } from 'vitest';
import { type ApiServer, createApiServer } from '../../src/api/server.ts';
import type { RestOptions } from '../../src/api/rest.ts';
import type { InstrumentMetrics, RestSources } from '../../src/api/rest-sources.ts';
import type { BestPair, CorrelatedPair } from '../../src/domain/best-pairs.ts';
import type { KeptAlert } from '../../src/domain/kept-alert.ts';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import { MemoryStore } from './memory-store.ts';
import { type LoggedLine, createRecordingLogger } from './recording-logger.ts';

/** What there is to be read over REST; a test changes what it likes. */
export interface RestWorld {
  readonly quotes: Map<string, Quote>;
  readonly store: MemoryStore;
  readonly metrics: InstrumentMetrics[];
  readonly correlations: CorrelatedPair[];
  bestPairs: BestPair[] | undefined;
  readonly alerts: KeptAlert[];
  /** Thrown by every reader of what is kept while it is set. */
  failure: Error | undefined;
  now: number;
}

/** A Tuesday. */
export const REST_NOW = Date.UTC(2025, 10, 18, 12, 34, 56, 789);
export const TRACKED_PAIRS = ['EUR_USD', 'GBP_USD', 'USD_JPY'];
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const HOUR_MS = 3_600_000;

export function createRestWorld(): RestWorld {
  return {
    quotes: new Map(),
    store: new MemoryStore(),
    metrics: [],
    correlations: [],
    bestPairs: undefined,
    alerts: [],
    failure: undefined,
    now: REST_NOW,
  };
}

/** A world in which every route has something to say. */
export function createFullWorld(): RestWorld {
  const world = createRestWorld();
  for (const instrument of TRACKED_PAIRS) {
    world.quotes.set(instrument, quoteOf(instrument));
  }
  world.store.preset(
    [...TRACKED_PAIRS, ...SYMBOLS].flatMap((instrument) =>
      Array.from({ length: 48 }, (_, hour) => hourlyCandle(instrument, hour - 48)),
    ),
  );
  for (const instrument of [...TRACKED_PAIRS, ...SYMBOLS]) {
    world.metrics.push({
      instrument,
      time: REST_NOW - 60_000,
      values: { volatility_20: '0.0823', atr: null, rsi: '51.2' },
    });
  }
  world.correlations.push(
    { pair1: 'EUR_USD', pair2: 'GBP_USD', correlation: 0.85 },
    { pair1: 'EUR_USD', pair2: 'USD_JPY', correlation: -0.45 },
    { pair1: 'GBP_USD', pair2: 'USD_JPY', correlation: -0.3 },
    { pair1: 'BTCUSDT', pair2: 'ETHUSDT', correlation: 0.9 },
  );
  world.bestPairs = [
    {
      pair1: 'EUR_USD',
      pair2: 'USD_JPY',
      correlation: -0.45,
      category: 'hedging',
      reason: 'They move against each other (-0.45).',
      rank: 1,
    },
  ];
  world.alerts.push(volatilityAlert('1', REST_NOW - HOUR_MS));
  return world;
}

export function quoteOf(instrument: string): Quote {
  return {
    type: 'quote',
    instrument,
    bid: '1.0945',
    ask: '1.0947',
    mid: '1.0946',
    time: '2025-11-18T12:30:00.123456789Z',
  };
}

/** A confirmed candle that began so many hours after 12:00 of {@link REST_NOW}'s day. */
export function hourlyCandle(instrument: string, hour: number): SidedCandle {
  const start = Date.UTC(2025, 10, 18, 12) + hour * HOUR_MS;
  const mid = { open: '1.10', high: '1.20', low: '1.050', close: '1.15' };
  const side = { open: '1.1', high: '1.2', low: '1.0', close: '1.1' };
  return {
    type: 'candle',
    instrument,
    interval: '60',
    start,
    end: start + HOUR_MS - 1,
    ...mid,
    volume: '123.450',
    isConfirmed: true,
    revision: 0,
    source: 'history',
    ...(instrument.includes('_')
      ? { sides: { bid: side, ask: side } }
      : { turnover: '1234.5000000000000000001' }),
  };
}

export function volatilityAlert(id: string, time: number): KeptAlert {
  return {
    id,
    time,
    event: {
      type: 'volatilityAlert',
      instrument: 'EUR_USD',
      volatility: 0.0234,
      threshold: 0.02,
      severity: 'warning',
    },
  };
}

export function sourcesOf(world: RestWorld): RestSources {
  const kept = async <T>(read: () => T): Promise<T> => {
    await Promise.resolve();
    if (world.failure !== undefined) {
      throw world.failure;
    }
    return read();
  };
  return {
    instruments: {
      trackedPairs: TRACKED_PAIRS,
      crypto: SYMBOLS,
      resolve: (name) => name.replace(/^LINEAR_/, ''),
      intervalsOf: (name) => (name.includes('_') ? ['1', '5', '15', '60'] : ['1', '60', 'D']),
    },
    prices: { quote: (instrument) => world.quotes.get(instrument) },
    candles: {
      candles: async (query) => {
        await kept(() => undefined);
        return world.store.candles(query);
      },
    },
    analytics: {
      newestMetrics: (names) =>
        kept(() => world.metrics.filter(({ instrument }) => names.includes(instrument))),
      newestCorrelations: (names) =>
        kept(() =>
          world.correlations.filter(
            ({ pair1, pair2 }) => names.includes(pair1) && names.includes(pair2),
          ),
        ),
      newestBestPairs: (names, category) =>
        kept(() =>
          world.bestPairs?.filter(
            (pair) => names.includes(pair.pair1) && pair.category === (category ?? pair.category),
          ),
        ),
    },
    alerts: {
      alerts: ({ since = 0, instrument, severity, limit, pick }) =>
        kept(() => {
          const found = world.alerts.filter(
            ({ time, event }) =>
              time >= since &&
              event.severity === (severity ?? event.severity) &&
              (instrument === undefined || Object.values(event).includes(instrument)),
          );
          return pick === 'newest' ? found.slice(-limit) : found.slice(0, limit);
        }),
    },
    quality: {
      quality: () =>
        kept(() => {
          const span = { expected: 24, present: 22, absent: 1, missing: 1, gaps: 1 };
          return {
            rejectedCandles: 3,
            instruments: [
              {
                instrument: 'EUR_USD',
                lastQuoteTime: world.now - 1_500,
                lastQuoteAgeMs: 1_500,
                feed: {
                  venue: 'oanda',
                  state: 'stale' as const,
                  reason: 'Nothing new',
                  rejectedFrames: 2,
                },
                candles: [{ interval: '60' as const, lastDay: span, lastMonth: span }],
              },
              {
                instrument: 'BTCUSDT',
                lastQuoteTime: undefined,
                lastQuoteAgeMs: undefined,
                feed: undefined,
                candles: [],
              },
            ],
          };
        }),
    },
    cacheStats: () => ({
      redis: { host: 'embedded', port: 0, connected: true, mode: 'embedded' },
      memory: { used_memory: '0.01MB', maxmemory: '0' },
      stats: { total_commands_processed: 12, instantaneous_ops_per_sec: 3 },
      keys: { price_keys: 3, metric_keys: 0, total_keys: 3 },
    }),
  };
}

const HEALTH: Health = {
  status: 'healthy',
  service: 'REST API',
  timestamp: new Date(REST_NOW).toISOString(),
  active_clients: 0,
  max_clients: 10,
  services: { redis: 'connected', database: 'connected', api: 'running' },
  mode: { bus: 'embedded', database: 'embedded' },
  feeds: [],
  rejected_candles: 0,
};

export interface RestServer {
  readonly url: string;
  readonly log: readonly LoggedLine[];
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
}

/** The HTTP server over a world, on a free port; it is closed when the test has finished. */
export async function startRest(
  world: RestWorld,
  options: Partial<RestOptions> = {},
): Promise<RestServer> {
  const logger = createRecordingLogger();
  const api: ApiServer = createApiServer({
    health: () => HEALTH,
    live: {
      directory: { list: () => ({ configured: ['candles:BTCUSDT:1'], followed: [] }) },
      activeChannels: () => 1,
    },
    rest: {
      sources: sourcesOf(world),
      facts: {
        cacheTtls: { pricesMs: 300_000, metricsMs: 3_600_000, correlationMs: 86_400_000 },
        retentionDays: 365,
        quoteRetentionHours: 24,
      },
      rateLimit: { requests: 0, windowMs: 60_000 },
      timestampStyle: 'iso',
      now: () => world.now,
      ...options,
    },
    metrics: { read: () => Promise.resolve({ contentType: 'text/plain', text: '' }) },
    timestamp: () => new Date(world.now).toISOString(),
    logger,
  });
  await api.start();
  await new Promise<void>((resolve) => api.httpServer.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => api.close());
  const url = `http://127.0.0.1:${(api.httpServer.address() as AddressInfo).port}`;
  return { url, log: logger.lines, get: (path, headers = {}) => fetch(url + path, { headers }) };
}
