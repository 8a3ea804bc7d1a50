import { describe, expect, test } from 'vitest';
import { readCacheStats } from '../../src/app/cache-stats.ts';
import type { CacheUsage } from '../../src/ports/cache.ts';

const USAGE: CacheUsage = {
  address: { host: 'cache.example', port: 6379 },
  isConnected: true,
  usedBytes: 2_621_440,
  maxBytes: 104_857_600,
  operations: 1_230,
  operationsPerSecond: 5,
  priceKeys: 20,
  metricKeys: 19,
  totalKeys: 42,
};

const lastValues = {
  stats: () => ({ operations: 100, operationsPerSecond: 10, quotes: 3, bytes: 1_048_576 }),
};

describe('cache stats', () => {
  test('are those of Redis alone, where there is one', () => {
    expect(readCacheStats(lastValues, { usage: () => USAGE })).toEqual({
      redis: { host: 'cache.example', port: 6379, connected: true },
      memory: { used_memory: '2.50MB', maxmemory: '100.00MB' },
      stats: { total_commands_processed: 1_230, instantaneous_ops_per_sec: 5 },
      keys: { price_keys: 20, metric_keys: 19, total_keys: 42 },
    });
  });

  test('say that Redis is away', () => {
    const usage = (): CacheUsage => ({ ...USAGE, isConnected: false, maxBytes: 0 });
    expect(readCacheStats(lastValues, { usage })).toMatchObject({
      redis: { host: 'cache.example', port: 6379, connected: false },
      memory: { maxmemory: '0' },
    });
  });

  test('of an embedded cache count the last values as its prices', () => {
    const usage = (): CacheUsage => ({
      ...USAGE,
      address: undefined,
      maxBytes: 0,
      priceKeys: 0,
      totalKeys: 22,
    });
    expect(readCacheStats(lastValues, { usage })).toEqual({
      redis: { host: 'embedded', port: 0, connected: true, mode: 'embedded' },
      memory: { used_memory: '3.50MB', maxmemory: '0' },
      stats: { total_commands_processed: 1_330, instantaneous_ops_per_sec: 15 },
      keys: { price_keys: 3, metric_keys: 19, total_keys: 25 },
    });
  });
});
