import type { z } from 'zod';
import { MARKET_SESSIONS, sessionStateAt } from '../domain/market-sessions.ts';
import { CACHE_STATS, INFO, SESSIONS } from './answer-schemas.ts';
import { answer, jsonContent } from './answer.ts';
import { type RestApp, type RestContext, documented } from './rest-route.ts';

/** What `GET /api/v1/info` says beside names and routes. Durations are in milliseconds. */
export interface ServiceFacts {
  readonly cacheTtls: {
    readonly pricesMs: number;
    readonly metricsMs: number;
    readonly correlationMs: number;
  };
  /** 0 is for ever. */
  readonly retentionDays: number;
  readonly quoteRetentionHours: number;
}

const API_VERSION = '1.0.0';

const ENDPOINTS = {
  info: '/api/v1/info',
  current_price: '/api/v1/prices/current?instrument=EUR_USD',
  all_prices: '/api/v1/prices/all',
  candles: '/api/v1/candles/{instrument}?limit=24&granularity=H1',
  all_metrics: '/api/v1/metrics/volatility',
  metrics: '/api/v1/metrics/volatility/{instrument}',
  correlation_matrix: '/api/v1/correlation/matrix',
  correlation_pairs: '/api/v1/correlation/pairs?pair1=EUR_USD&pair2=GBP_USD',
  best_pairs: '/api/v1/best-pairs?category=hedging',
  sessions: '/api/v1/sessions',
  cache_stats: '/api/v1/cache/stats',
  alerts: '/api/v1/alerts?since=&instrument=&severity=',
  quality: '/api/v1/quality',
  live_channels: '/api/v1/live/channels',
  health: '/health',
  openapi: '/openapi.json',
  documentation: '/docs',
};

/** Adds what the service says of itself, and when the markets' cities do business. */
export function addServiceRoutes(
  app: RestApp,
  { sources, times, now }: RestContext,
  facts: ServiceFacts,
): void {
  const { trackedPairs, crypto } = sources.instruments;
  const { cacheTtls, retentionDays, quoteRetentionHours } = facts;
  const keptDays = retentionDays === 0 ? null : retentionDays;
  const info: z.output<typeof INFO> = {
    api_version: API_VERSION,
    service: 'REST API',
    tracked_pairs: [...trackedPairs],
    pair_count: trackedPairs.length,
    crypto_symbols: [...crypto],
    cache_ttls: {
      prices: cacheTtls.pricesMs / 1_000,
      metrics: cacheTtls.metricsMs / 1_000,
      correlation: cacheTtls.correlationMs / 1_000,
    },
    data_retention: {
      candles_days: keptDays,
      metrics_days: keptDays,
      correlations_days: keptDays,
      prices_hours: quoteRetentionHours,
    },
    endpoints: ENDPOINTS,
  };
  app.get(
    '/info',
    { schema: documented('Service', 'What this service has', INFO) },
    async (request, reply) => answer(request, reply, jsonContent(info)),
  );

  app.get(
    '/sessions',
    { schema: documented('Market data', 'The sessions of the FX day', SESSIONS) },
    async (request, reply) => {
      const time = now();
      const sessions = MARKET_SESSIONS.map((session) => {
        const { isOpen, nextChange } = sessionStateAt(session, time);
        return {
          name: session.name,
          start_time: session.startTime,
          end_time: session.endTime,
          timezone: session.timezone,
          description: session.description,
          is_open: isOpen,
          next_change: times.format(nextChange),
        };
      });
      const content: Omit<z.output<typeof SESSIONS>, 'timestamp'> = {
        count: sessions.length,
        sessions,
      };
      return answer(request, reply, jsonContent(content), times.timestamp());
    },
  );

  app.get(
    '/cache/stats',
    { schema: documented('Service', 'How much the cache is used', CACHE_STATS) },
    async (request, reply) =>
      answer(request, reply, jsonContent({ cache: sources.cacheStats() }), times.timestamp()),
  );
}
