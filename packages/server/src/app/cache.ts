import { MemoryCache } from '../cache/memory.ts';
import { RedisCache } from '../cache/redis.ts';
import type { Cache } from '../ports/cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { RedisUser } from '../ports/redis.ts';
import type { Config } from './config.ts';

export interface CacheOptions {
  readonly config: Pick<Config, 'redis' | 'trackedPairs'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ComposedCache {
  readonly cache: Cache;
  /** Who is to be told of a connection to Redis. */
  readonly users: readonly RedisUser[];
}

/** Makes the cache: in this process, or in Redis where one is set. */
export function composeCache({ config, clock, logger }: CacheOptions): ComposedCache {
  const { redis, trackedPairs } = config;
  if (redis === undefined) {
    return { cache: new MemoryCache({ clock }), users: [] };
  }
  const { host, port } = redis;
  const cache = new RedisCache({ host, port, instruments: trackedPairs, clock, logger });
  return { cache, users: [cache] };
}
