import type { CacheStats } from '@tickwire/protocol';
import type { LastValues } from '../tape/last-values.ts';

const BYTES_PER_MEGABYTE = 1_048_576;

/** The embedded cache in the shape in which the origin's clients know Redis. */
export function readCacheStats(lastValues: LastValues): CacheStats {
  const { operations, operationsPerSecond, quotes, bytes } = lastValues.stats();
  return {
    redis: { host: 'embedded', port: 0, connected: true, mode: 'embedded' },
    memory: { used_memory: `${(bytes / BYTES_PER_MEGABYTE).toFixed(2)}MB`, maxmemory: '0' },
    stats: {
      total_commands_processed: operations,
      instantaneous_ops_per_sec: operationsPerSecond,
    },
    keys: { price_keys: quotes, metric_keys: 0, total_keys: quotes },
  };
}
