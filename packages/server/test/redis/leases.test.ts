import { type Channel, parseChannel } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { ChannelError } from '../../src/domain/errors.ts';
import type { RedisUser } from '../../src/ports/redis.ts';
import { LeaseServer } from '../../src/redis/lease-server.ts';
import { RedisLink } from '../../src/redis/link.ts';
import { RemoteDirectory } from '../../src/redis/remote-directory.ts';
import { eventually } from '../support/bus-events.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { addressOf } from '../support/redis-address.ts';
import { type TestRedis, describeWithRedis, startRedisForTest } from '../support/redis.ts';
import { createScaledClock } from '../support/scaled-clock.ts';
import { createScriptedDirectory } from '../support/scripted-directory.ts';

const CHANNEL = 'candles:BTCUSDT:60';
const PREFIX = 'test:';
/** Ten seconds of silence are half a second. */
const clock = createScaledClock(20);

/** A process on a Redis, until it ends or the current test has finished. */
async function startProcess(redis: TestRedis, user: RedisUser): Promise<() => Promise<void>> {
  const logger = createRecordingLogger();
  const link = new RedisLink({ address: addressOf(redis), users: [user], clock, logger });
  onTestFinished(() => link.close());
  await link.start();
  return () => link.close();
}

/** A process that follows venues. */
async function startIngest(redis: TestRedis) {
  const directory = createScriptedDirectory();
  const started: string[] = [];
  const server = new LeaseServer({
    prefix: PREFIX,
    directory,
    tellStart: (channel) => {
      started.push(channel);
      return Promise.resolve();
    },
    clock,
    logger: createRecordingLogger(),
  });
  return { directory, started, kill: await startProcess(redis, server) };
}

/** A process that has clients. */
async function startGateway(redis: TestRedis) {
  const list = () => ({ configured: [], followed: [] });
  const remote = new RemoteDirectory({ prefix: PREFIX, isAlways: () => false, list, clock });
  const kill = await startProcess(redis, remote);
  return { lease: () => remote.lease(channelOf(CHANNEL)), kill };
}

function channelOf(name: string): Channel {
  const channel = parseChannel(name);
  if (channel === undefined) {
    throw new Error(`Expected a channel, got ${name}`);
  }
  return channel;
}

describeWithRedis('channels that one process follows for another', () => {
  test('are followed under their name until the last client of all has gone', async () => {
    const redis = await startRedisForTest();
    const { directory, started } = await startIngest(redis);
    directory.resolve = (channel) => ({ ...channel, instrument: 'ETHUSDT' }) as typeof channel;
    const gateways = [await startGateway(redis), await startGateway(redis)];
    const leases = await Promise.all(gateways.map(({ lease }) => lease()));
    const name = 'candles:ETHUSDT:60';
    expect(leases.map(({ channel }) => channel)).toEqual([channelOf(name), channelOf(name)]);
    expect([...directory.held]).toEqual([[name, 2]]);
    expect(started).toEqual([name, name]);
    leases[0]?.release();
    await eventually(() => [...directory.held]).toEqual([[name, 1]]);
    leases[1]?.release();
    await eventually(() => [...directory.held]).toEqual([]);
  });

  test('are refused with the code of who would follow them, and at once without', async () => {
    const redis = await startRedisForTest();
    const gateway = await startGateway(redis);
    await expect(gateway.lease()).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'No process follows venues now',
    });
    const { directory } = await startIngest(redis);
    directory.before = () => Promise.reject(new ChannelError('RATE_LIMITED', 'No more'));
    await expect(gateway.lease()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('are had of either of two that follow venues, and of one where the other has none', async () => {
    const redis = await startRedisForTest();
    const [one, other] = [await startIngest(redis), await startIngest(redis)];
    const gateway = await startGateway(redis);
    const lease = await gateway.lease();
    await eventually(() => [...one.directory.held, ...other.directory.held]).toEqual([
      [CHANNEL, 1],
      [CHANNEL, 1],
    ]);
    lease.release();
    await eventually(() => one.directory.held.size + other.directory.held.size).toBe(0);
    one.directory.before = () => Promise.reject(new ChannelError('INVALID_SYMBOL', 'Not here'));
    await expect(gateway.lease()).resolves.toMatchObject({ channel: channelOf(CHANNEL) });
    expect([...other.directory.held]).toEqual([[CHANNEL, 1]]);
  });

  test('are let go when whoever wanted them has died', async () => {
    const redis = await startRedisForTest();
    const { directory } = await startIngest(redis);
    const gateway = await startGateway(redis);
    await gateway.lease();
    await gateway.kill();
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
    await eventually(() => [...directory.held]).toEqual([]);
  });

  test('are followed again by a process that starts, which tells what they start from', async () => {
    const redis = await startRedisForTest();
    const first = await startIngest(redis);
    const gateway = await startGateway(redis);
    const lease = await gateway.lease();
    await first.kill();
    const second = await startIngest(redis);
    await eventually(() => [...second.directory.held]).toEqual([[CHANNEL, 1]]);
    await eventually(() => second.started).toEqual([CHANNEL]);
    lease.release();
    await eventually(() => [...second.directory.held]).toEqual([]);
  });

  test('are held over a crash of Redis, and can be had again after it', async () => {
    const redis = await startRedisForTest();
    const { directory } = await startIngest(redis);
    const gateway = await startGateway(redis);
    const lease = await gateway.lease();
    await redis.kill();
    // Another client of the same channel need not wait for Redis.
    const another = await gateway.lease();
    another.release();
    await redis.restart({ keepsData: false });
    await eventually(() => [...directory.held]).toEqual([[CHANNEL, 1]]);
    lease.release();
    await eventually(() => [...directory.held]).toEqual([]);
    await expect(gateway.lease()).resolves.toMatchObject({ channel: channelOf(CHANNEL) });
  });

  test('are refused at once where Redis goes away while they are asked for', async () => {
    const redis = await startRedisForTest();
    const { directory } = await startIngest(redis);
    const gateway = await startGateway(redis);
    directory.before = () => redis.kill();
    await expect(gateway.lease()).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'Redis cannot be reached now',
    });
  });
});
