import type { CacheUsage } from '../ports/cache.ts';
import type { RedisConnection } from '../ports/redis.ts';

/** How much is in Redis, and how much it is used by all of its clients. */
export type RedisSample = Omit<CacheUsage, 'address' | 'isConnected'>;

/** Asks Redis for its counts, and which keys of the instruments there are. */
export async function takeSample(
  ask: RedisConnection['command'],
  instruments: readonly string[],
): Promise<RedisSample> {
  const count = async (prefix: string): Promise<number> =>
    instruments.length === 0
      ? 0
      : Number(await ask('EXISTS', ...instruments.map((instrument) => `${prefix}${instrument}`)));
  const [memory, stats, totalKeys, priceKeys, metricKeys] = await Promise.all([
    // Redis 6 takes one section at a time.
    ask('INFO', 'memory'),
    ask('INFO', 'stats'),
    ask('DBSIZE'),
    count('price:'),
    count('metrics:'),
  ]);
  return {
    usedBytes: readNumber(memory, 'used_memory'),
    maxBytes: readNumber(memory, 'maxmemory'),
    operations: readNumber(stats, 'total_commands_processed'),
    operationsPerSecond: readNumber(stats, 'instantaneous_ops_per_sec'),
    priceKeys,
    metricKeys,
    totalKeys: Number(totalKeys),
  };
}

/** A number of Redis's INFO, which is lines of `name:value`; 0 where it does not tell it. */
function readNumber(info: unknown, name: string): number {
  const [, digits = '0'] = new RegExp(`^${name}:(\\d+)`, 'm').exec(String(info)) ?? [];
  return Number(digits);
}
