import type { CacheStats } from '@tickwire/protocol';
import type { Cache, CacheUsage } from '../ports/cache.ts';
import type { LastValues } from '../tape/last-values.ts';

const BYTES_PER_MEGABYTE = 1_048_576;

/**
 * The cache in the shape in which the origin's clients know Redis. The prices of an embedded one are
 * the last values, which hold them longer and newer than a copy of them would be.
 */
export function readCacheStats(
  lastValues: Pick<LastValues, 'stats'>,
  cache?: Pick<Cache, 'usage'>,
): CacheStats {
  const usage = cache?.usage();
  const { address, isConnected, ...counts } =
    usage?.address === undefined ? withLastValues(lastValues, usage) : usage;
  return {
    redis:
      address === undefined
        ? { host: 'embedded', port: 0, connected: isConnected, mode: 'embedded' }
        : { ...address, connected: isConnected },
    memory: {
      used_memory: formatBytes(counts.usedBytes),
      maxmemory: counts.maxBytes === 0 ? '0' : formatBytes(counts.maxBytes),
    },
    stats: {
      total_commands_processed: counts.operations,
      instantaneous_ops_per_sec: counts.operationsPerSecond,
    },
    keys: {
      price_keys: counts.priceKeys,
      metric_keys: counts.metricKeys,
      total_keys: counts.totalKeys,
    },
  };
}

function withLastValues(
  lastValues: Pick<LastValues, 'stats'>,
  usage: CacheUsage | undefined,
): CacheUsage {
  const { operations, operationsPerSecond, quotes, bytes } = lastValues.stats();
  return {
    address: undefined,
    isConnected: true,
    usedBytes: bytes + (usage?.usedBytes ?? 0),
    maxBytes: 0,
    operations: operations + (usage?.operations ?? 0),
    operationsPerSecond: operationsPerSecond + (usage?.operationsPerSecond ?? 0),
    priceKeys: quotes + (usage?.priceKeys ?? 0),
    metricKeys: usage?.metricKeys ?? 0,
    totalKeys: quotes + (usage?.totalKeys ?? 0),
  };
}

function formatBytes(bytes: number): string {
  return `${(bytes / BYTES_PER_MEGABYTE).toFixed(2)}MB`;
}
