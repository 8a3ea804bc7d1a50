import type { CacheStats, FeedHealth, Health } from '@tickwire/protocol';
import type { LiveRoutesOptions } from '../api/live-routes.ts';
import { type ApiServer, createApiServer } from '../api/server.ts';
import type { MetricsSource } from '../api/metrics-route.ts';
import type { Bus } from '../ports/bus.ts';
import type { Cache } from '../ports/cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { LastValues } from '../tape/last-values.ts';
import { composeRest } from './api-sources.ts';
import { readCacheStats } from './cache-stats.ts';
import type { Config } from './config.ts';
import type { History } from './history.ts';

export interface ApiOptions {
  readonly config: Config;
  readonly health: (localPort: number | undefined) => Health;
  readonly directory: LiveRoutesOptions['directory'];
  /** How many crypto candle channels are followed now. */
  readonly activeChannels: () => number;
  readonly metrics: MetricsSource;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly lastValues: LastValues;
  readonly cache: Cache;
  /** Undefined where nothing is kept. */
  readonly history: History | undefined;
  readonly feeds: () => readonly FeedHealth[];
  readonly rejectedCandles: () => number;
  readonly timestamp: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Wires the HTTP application: health and metrics, and where the role is `api` what clients ask. */
export function composeApi(options: ApiOptions): ApiServer {
  const { config, lastValues, cache, history, directory, activeChannels } = options;
  const always = {
    health: options.health,
    metrics: options.metrics,
    timestamp: options.timestamp,
    logger: options.logger,
  };
  if (!config.roles.includes('api')) {
    return createApiServer({ ...always, live: undefined });
  }
  const rest = composeRest({
    ...options,
    prices: lastValues,
    history: history && {
      store: history.store,
      analytics: history.computed,
      trouble: () => history.trouble,
      venueNow: history.venueNow,
    },
    cacheStats: (): CacheStats => readCacheStats(lastValues, cache),
  });
  return createApiServer({ ...always, live: { directory, activeChannels }, rest });
}
