import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { RedisCache } from '../../src/cache/redis.ts';
import type { RedisConnection, RedisUser } from '../../src/ports/redis.ts';
import { RedisLink } from '../../src/redis/link.ts';
import { testCache } from '../contracts/cache.contract.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { type TestRedis, describeWithRedis, startRedisForTest } from '../support/redis.ts';
import { waitFor } from '../support/wait-for.ts';

const LONG_MS = 60_000;
const FIELDS = { bid: '1.0945', ask: '1.0947', mid: '1.0946', time: '2026-06-01T00:00:00Z' };
const UNAVAILABLE = { code: 'REDIS_UNAVAILABLE' };
const INSTRUMENTS = ['EUR_USD', 'USD_JPY'];

/** Has the connection, so that a test can use it beside the cache. */
class Witness implements RedisUser {
  connection: RedisConnection | undefined;

  opened(connection: RedisConnection): Promise<void> {
    this.connection = connection;
    return Promise.resolve();
  }
  ended(): void {
    this.connection = undefined;
  }
}

/** A cache that is connected to a Redis until the test has finished. */
async function connectCache({ port }: Pick<TestRedis, 'port'>) {
  const logger = createRecordingLogger();
  const host = '127.0.0.1';
  const clock = systemClock;
  const cache = new RedisCache({ host, port, instruments: INSTRUMENTS, clock, logger });
  const witness = new Witness();
  const link = new RedisLink({
    address: { name: `${host}:${port}`, host, port, database: 0, isEncrypted: false },
    users: [witness, cache],
    clock,
    logger,
  });
  onTestFinished(() => link.close());
  await link.start();
  return { cache, link, witness, lines: logger.lines };
}

/** How long something takes, in milliseconds. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

describeWithRedis('the cache on Redis', () => {
  testCache('Redis', async () => (await connectCache(await startRedisForTest())).cache);

  test('is what other programs read under the keys of the contract, and ends by itself', async () => {
    const redis = await startRedisForTest();
    const { cache } = await connectCache(redis);
    await cache.setFields('price:EUR_USD', FIELDS, 300_000);
    await cache.setText('correlation:matrix', '{}', 86_400_000);
    const read = Object.entries(FIELDS).flat().join('\n');
    await expect(redis.cli('HGETALL', 'price:EUR_USD')).resolves.toBe(read);
    await expect(redis.cli('GET', 'correlation:matrix')).resolves.toBe('{}');
    for (const [key, ttlMs] of [
      ['price:EUR_USD', 300_000],
      ['correlation:matrix', 86_400_000],
    ] as const) {
      const left = Number(await redis.cli('PTTL', key));
      expect(left).toBeGreaterThan(ttlMs - 20_000);
      expect(left).toBeLessThanOrEqual(ttlMs);
    }
    await expect(redis.cli('DBSIZE')).resolves.toBe('2');
  });

  test('replaces fields in one step: nobody sees half of them, or a key without an end', async () => {
    const redis = await startRedisForTest();
    const { cache } = await connectCache(redis);
    const { witness } = await connectCache(redis);
    const put = (number: number): Promise<void> =>
      cache.setFields('metrics:EUR_USD', { [`a${number}`]: '1', [`b${number}`]: '1' }, LONG_MS);
    await put(0);
    const seen = new Set<string>();
    const over = new AbortController();
    const look = (async () => {
      while (!over.signal.aborted) {
        const names = String(await witness.connection?.command('HKEYS', 'metrics:EUR_USD'));
        seen.add(names.replaceAll(/\d+/g, ''));
        const ttl = Number(await witness.connection?.command('PTTL', 'metrics:EUR_USD'));
        seen.add(ttl > 0 ? 'ends' : `PTTL ${ttl}`);
      }
    })();
    for (let number = 1; number <= 500; number += 1) {
      await put(number);
    }
    over.abort();
    await look;
    expect([...seen].sort()).toEqual(['a,b', 'ends']);
  });

  test('takes a value of another type for none, says so, and writes over it', async () => {
    const redis = await startRedisForTest();
    const { cache, lines } = await connectCache(redis);
    await redis.cli('SET', 'price:EUR_USD', 'a text');
    await redis.cli('HSET', 'correlation:matrix', 'a', 'field');
    await expect(cache.fields('price:EUR_USD')).resolves.toBeUndefined();
    await expect(cache.text('correlation:matrix')).resolves.toBeUndefined();
    const warnings = lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ message }) => message)).toEqual(['Redis refuses what the cache asks']);
    await cache.setFields('price:EUR_USD', FIELDS, LONG_MS);
    await cache.setText('correlation:matrix', '{}', LONG_MS);
    await expect(cache.fields('price:EUR_USD')).resolves.toEqual(FIELDS);
    await expect(cache.text('correlation:matrix')).resolves.toBe('{}');
  });

  test('tells where it is and what Redis counts', async () => {
    const redis = await startRedisForTest();
    await redis.cli('CONFIG', 'SET', 'maxmemory', '104857600');
    await redis.cli('HSET', 'price:EUR_USD', 'bid', '1');
    await redis.cli('HSET', 'price:GBP_USD', 'bid', '1');
    await redis.cli('SET', 'tickwire:other', 'value');
    const { cache } = await connectCache(redis);
    expect(cache.usage()).toMatchObject({
      address: { host: '127.0.0.1', port: redis.port },
      isConnected: true,
      maxBytes: 104_857_600,
      priceKeys: 1,
      metricKeys: 0,
      totalKeys: 3,
    });
    expect(cache.usage().usedBytes).toBeGreaterThan(500_000);
  });

  test('refuses at once while Redis is gone, and works again with the next', async () => {
    const redis = await startRedisForTest();
    const { cache } = await connectCache(redis);
    await cache.setFields('price:EUR_USD', FIELDS, LONG_MS);
    await redis.kill();
    await waitFor(() => !cache.usage().isConnected, 'the loss to be noticed');
    expect(cache.usage()).toMatchObject({ usedBytes: 0, operations: 0, totalKeys: 0 });
    await expect(cache.fields('price:EUR_USD')).resolves.toBeUndefined();
    await expect(cache.text('correlation:matrix')).resolves.toBeUndefined();
    await expect(cache.setFields('price:EUR_USD', FIELDS, LONG_MS)).rejects.toMatchObject(
      UNAVAILABLE,
    );
    await redis.restart({ keepsData: false });
    await waitFor(() => cache.usage().isConnected, 'the next connection');
    await cache.setFields('price:EUR_USD', FIELDS, LONG_MS);
    await expect(cache.fields('price:EUR_USD')).resolves.toEqual(FIELDS);
  });

  test('lets nobody wait long while Redis is silent, and lets nothing pile up', async () => {
    const redis = await startRedisForTest();
    const { cache, witness } = await connectCache(redis);
    redis.pause();
    const first = await timeOf(async () => {
      await expect(cache.fields('price:EUR_USD')).resolves.toBeUndefined();
    });
    expect(first).toBeLessThan(2_000);
    expect(cache.usage()).toMatchObject({ isConnected: false, totalKeys: 0 });
    const others = await timeOf(async () => {
      for (let number = 0; number < 200; number += 1) {
        await expect(cache.setText('best_pairs:hedging', `${number}`, LONG_MS)).rejects.toThrow(
          'It does not answer',
        );
      }
    });
    // Each of them would have taken as long as the first.
    expect(others).toBeLessThan(200 * 50);
    redis.resume();
    await waitFor(() => cache.usage().isConnected, 'Redis to answer again');
    // Nothing of what was refused was carried out later.
    await expect(witness.connection?.command('EXISTS', 'best_pairs:hedging')).resolves.toBe(0);
    await cache.setText('best_pairs:hedging', '[]', LONG_MS);
    await expect(cache.text('best_pairs:hedging')).resolves.toBe('[]');
  });

  test('was never connected: refuses, and says so', async () => {
    const redis = await startRedisForTest();
    await redis.kill();
    const { cache } = await connectCache(redis);
    expect(cache.usage()).toMatchObject({ isConnected: false, totalKeys: 0 });
    await expect(cache.fields('price:EUR_USD')).resolves.toBeUndefined();
    await expect(cache.setText('correlation:matrix', '{}', LONG_MS)).rejects.toMatchObject(
      UNAVAILABLE,
    );
  });
});
