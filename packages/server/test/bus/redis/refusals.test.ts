import { expect, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import {
  CANDLES,
  EUR,
  eventually,
  priceOf,
  publishPrices,
  seqsOf,
  tradeOf,
} from '../../support/bus-events.ts';
import { candleOf } from '../../support/live-events.ts';
import { type TestRedis, describeWithRedis, startRedisForTest } from '../../support/redis.ts';
import { startRelayProcess } from '../../support/relay-process.ts';

const PREFIX = 'test:';
const HOUR_MS = 3_600_000;

const open = (redis: TestRedis, clock: Clock = systemClock) =>
  startRelayProcess({ port: redis.port, prefix: PREFIX, clock });

/** A clock that is wrong by so much. */
function createWrongClock(aheadMs: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + aheadMs };
}

describeWithRedis('a Redis that refuses', () => {
  test.each([
    [
      'has no memory left',
      /^OOM /,
      (redis: TestRedis) => redis.cli('CONFIG', 'SET', 'maxmemory', '1'),
      (redis: TestRedis) => redis.cli('CONFIG', 'SET', 'maxmemory', '0'),
    ],
    [
      'has too few replicas',
      /^NOREPLICAS /,
      (redis: TestRedis) => redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '1'),
      (redis: TestRedis) => redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '0'),
    ],
    [
      'has become a replica',
      /^READONLY /,
      (redis: TestRedis) => redis.cli('REPLICAOF', '127.0.0.1', '1'),
      (redis: TestRedis) => redis.cli('REPLICAOF', 'NO', 'ONE'),
    ],
  ])('because it %s is trouble, and nothing is lost', async (_, reason, refuse, allow) => {
    const redis = await startRedisForTest();
    const { bus, told } = await open(redis);
    publishPrices(bus, 2);
    await eventually(() => seqsOf(told)).toEqual([1, 2]);
    const { epoch } = bus.position(EUR);
    expect(bus.trouble).toBeUndefined();
    await refuse(redis);
    for (let number = 3; number <= 5; number += 1) {
      bus.publish(priceOf('EUR_USD', number));
    }
    await eventually(() => bus.trouble).toMatch(reason);
    expect(bus.stats.waiting).toBe(3);
    await allow(redis);
    await eventually(() => seqsOf(told)).toEqual([1, 2, 3, 4, 5]);
    await eventually(() => bus.trouble).toBeUndefined();
    expect(bus.position(EUR)).toEqual({ epoch, seq: 5 });
  });

  test('because it has lost the script is sent it again', async () => {
    const redis = await startRedisForTest();
    const { bus, told } = await open(redis);
    for (let number = 1; number <= 3; number += 1) {
      bus.publish(priceOf('EUR_USD', number));
      await eventually(() => told).toHaveLength(number);
      await redis.cli('SCRIPT', 'FLUSH');
    }
    expect(bus.trouble).toBeUndefined();
    expect(seqsOf(told)).toEqual([1, 2, 3]);
  });

  test('to keep the heads begins another epoch each time, under which nothing is missing', async () => {
    const redis = await startRedisForTest();
    const { bus } = await open(redis);
    const other = await open(redis);
    const trades = 'trades:BTCUSDT';
    const epochs = new Set<string>();
    for (let round = 1; round <= 4; round += 1) {
      const events = [tradeOf(`${round} first`), tradeOf(`${round} second`)];
      for (const event of events) {
        bus.publish(event);
      }
      for (const each of [bus, other.bus]) {
        await eventually(() => {
          const { epoch, seq } = each.position(trades);
          return epochs.has(epoch) ? 0 : seq;
        }).toBe(events.length);
      }
      const { epoch } = bus.position(trades);
      epochs.add(epoch);
      const kept = await other.bus.since(trades, { epoch, seq: 0 });
      expect(kept?.map(({ event }) => event)).toEqual(events);
      // As an eviction does.
      await redis.cli('DEL', `${PREFIX}heads`);
    }
    expect(epochs.size).toBe(4);
    expect(bus.trouble).toBeUndefined();
    expect(bus.stats.waiting).toBe(0);
  });

  test('to keep everything at once goes on under another epoch', async () => {
    const redis = await startRedisForTest();
    const { bus, told } = await open(redis);
    publishPrices(bus, 2);
    await eventually(() => told).toHaveLength(2);
    const { epoch } = bus.position(EUR);
    const heard: unknown[] = [];
    bus.watch({
      onRenumbered: () => heard.push('renumbered'),
      onNewest: ({ seq, event }) => heard.push([seq, event]),
      onResumed: (channel) => heard.push(['resumed', channel, bus.position(EUR).seq]),
    });
    await redis.cli('FLUSHALL');
    bus.publish(priceOf('EUR_USD', 3));
    await eventually(() => bus.position(EUR).epoch).not.toBe(epoch);
    // Whoever goes on from the state when it is told so has what is numbered already.
    await eventually(() => heard).toEqual([
      'renumbered',
      [1, priceOf('EUR_USD', 3)],
      ['resumed', undefined, 1],
    ]);
    await expect(bus.since(EUR, { epoch, seq: 2 })).resolves.toBeUndefined();
  });
});

describeWithRedis('machines whose clocks differ', () => {
  test.each([-HOUR_MS, HOUR_MS])('by %i ms have what was missed all the same', async (aheadMs) => {
    const redis = await startRedisForTest();
    const early = await open(redis, createWrongClock(aheadMs));
    publishPrices(early.bus, 3);
    await eventually(() => seqsOf(early.told)).toEqual([1, 2, 3]);
    const late = await open(redis, createWrongClock(aheadMs));
    const { epoch } = late.bus.position(EUR);
    for (const { bus } of [early, late]) {
      const missed = await bus.since(EUR, { epoch, seq: 1 });
      expect(seqsOf(missed ?? [])).toEqual([2, 3]);
    }
  });
});

describeWithRedis('much at once', () => {
  test('that channels start from comes in pieces that Redis has room for', async () => {
    const redis = await startRedisForTest();
    const limit = 4 * 1_048_576;
    await redis.cli('CONFIG', 'SET', 'client-output-buffer-limit', `pubsub ${limit} ${limit} 1`);
    const { bus, lines } = await open(redis);
    const channels = Array.from({ length: 250 }, (_, index) => `${CANDLES}${index}`);
    const candles = Array.from({ length: 500 }, (_, index) =>
      candleOf(index, { isConfirmed: true }),
    );
    const started: string[] = [];
    bus.watch({ onStart: (start) => started.push(start.channel) });
    for (const channel of channels) {
      bus.begin({ channel, candles });
    }
    await eventually(() => started.length).toBe(channels.length);
    expect(started).toEqual(channels);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});
