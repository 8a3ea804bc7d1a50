import { type Server, type Socket, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RedisConnection, RedisUser } from '../../src/ports/redis.ts';
import type { RedisAddress } from '../../src/redis/connection.ts';
import { RedisLink } from '../../src/redis/link.ts';
import { eventually } from '../support/bus-events.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { addressOf } from '../support/redis-address.ts';
import { type TestRedis, describeWithRedis, startRedisForTest } from '../support/redis.ts';
import { createScaledClock } from '../support/scaled-clock.ts';

const NO_ANSWER = 'it does not answer';
/** That it does not answer is known 2 s after its last answer, a look each second apart. */
const KNOWN_WITHIN_MS = 3_500;
const SECRET = 'very-secret';

/** A link with users who write down what they are told. */
function createLink(
  address: RedisAddress,
  { clock = systemClock, names = ['first', 'second'] }: { clock?: Clock; names?: string[] } = {},
) {
  const told: string[] = [];
  const connections: RedisConnection[] = [];
  const users = names.map((name): RedisUser => ({
    opened: async (connection) => {
      await connection.command('PING');
      connections.push(connection);
      told.push(`${name} opened`);
    },
    ended: () => {
      told.push(`${name} ended`);
    },
  }));
  const logger = createRecordingLogger();
  const link = new RedisLink({ address, users, clock, logger });
  onTestFinished(() => link.close());
  return { link, told, connections, lines: logger.lines };
}

/** Who is connected to a Redis, but those who ask. */
async function countClients(redis: TestRedis): Promise<number> {
  const clients = await redis.cli('CLIENT', 'LIST');
  return clients.split('\n').filter((line) => !line.includes('cmd=client')).length;
}

/** What keeps this process alive: sockets, and timers. */
function countHandles(): number {
  return process
    .getActiveResourcesInfo()
    .filter((name) => name.startsWith('TCP') || name === 'Timeout').length;
}

/** Takes connections and never says a word. */
async function startSilentServer(): Promise<{ port: number; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

describe('RedisLink', () => {
  test('says why it cannot connect, and goes on trying', async () => {
    const port = 1;
    const { link, told, lines } = createLink(addressOf({ port }));
    expect(link.trouble).toBe('not connected yet');
    await link.start();
    expect(link.trouble).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`);
    await eventually(() => told.length).toBeGreaterThan(4);
    expect(new Set(told)).toEqual(new Set(['first ended', 'second ended']));
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  test('does not wait for ever for one that takes a connection and says nothing', async () => {
    const { port, sockets } = await startSilentServer();
    const address = { ...addressOf({ port }), password: SECRET };
    const { link, lines } = createLink(address, { clock: createScaledClock(20) });
    await link.start();
    await eventually(() => link.trouble).toBe(NO_ANSWER);
    await link.close();
    await eventually(() => sockets.size).toBe(0);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });

  test('can be closed while it connects', async () => {
    const { port, sockets } = await startSilentServer();
    const { link } = createLink({ ...addressOf({ port }), password: SECRET });
    void link.start();
    await eventually(() => sockets.size).toBeGreaterThan(0);
    await link.close();
    await eventually(() => sockets.size).toBe(0);
  });

  test('can be closed before it has a socket, and at once after it was started', async () => {
    const { port, sockets } = await startSilentServer();
    const { link } = createLink({ ...addressOf({ port }), password: SECRET });
    const started = link.start();
    await link.close();
    await started;
    await eventually(() => sockets.size).toBe(0);
  });

  test('can be closed without having been started', async () => {
    const { link, told } = createLink(addressOf({ port: 1 }));
    await link.close();
    expect(told).toEqual([]);
  });
});

describeWithRedis('RedisLink on a Redis', () => {
  test('tells its users in order of a connection and of its end, each time', async () => {
    const redis = await startRedisForTest();
    const { link, told, connections } = createLink(addressOf(redis));
    await link.start();
    expect(link.trouble).toBeUndefined();
    expect(told).toEqual(['first opened', 'second opened']);
    await redis.kill();
    await eventually(() => link.trouble).toBeTypeOf('string');
    expect(told.slice(2, 4)).toEqual(['first ended', 'second ended']);
    await expect(connections[0]?.command('PING')).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    await redis.restart({ keepsData: false });
    await eventually(() => link.trouble).toBeUndefined();
    expect(told.slice(-2)).toEqual(['first opened', 'second opened']);
    expect(connections.at(-1)).not.toBe(connections[0]);
    await link.close();
    expect(told.slice(-2)).toEqual(['first ended', 'second ended']);
    await expect(connections.at(-1)?.command('PING')).rejects.toThrow();
  });

  test('takes both its connections for ended where one of them is', async () => {
    const redis = await startRedisForTest();
    const { link, told } = createLink(addressOf(redis));
    await link.start();
    const listing = await redis.cli('CLIENT', 'LIST');
    const ids = [...listing.matchAll(/^id=(\d+) .*cmd=(?!client)/gm)].map(([, id = '']) => id);
    await redis.cli('CLIENT', 'KILL', 'ID', ids[1] ?? '');
    await eventually(() => told.length).toBe(6);
    expect(told.slice(2)).toEqual(['first ended', 'second ended', 'first opened', 'second opened']);
    await eventually(() => link.trouble).toBeUndefined();
    await expect(countClients(redis)).resolves.toBe(2);
  });

  test('says that a password is wrong or missing, and does not say it', async () => {
    const redis = await startRedisForTest();
    await redis.cli('CONFIG', 'SET', 'requirepass', 'right');
    const wrong = createLink({ ...addressOf(redis), password: SECRET });
    await wrong.link.start();
    expect(wrong.link.trouble).toMatch(/^WRONGPASS /);
    const missing = createLink(addressOf(redis));
    await missing.link.start();
    expect(missing.link.trouble).toMatch(/^NOAUTH /);
    expect(JSON.stringify([wrong.lines, wrong.link.trouble])).not.toContain(SECRET);
    const right = createLink({ ...addressOf(redis), password: 'right' });
    await right.link.start();
    expect(right.link.trouble).toBeUndefined();
  });

  test('says that a Redis is loading, and uses it as soon as it has', async () => {
    const loading = await startLoadingServer();
    const { link, told } = createLink(addressOf(loading));
    await link.start();
    expect(link.trouble).toMatch(/^LOADING /);
    loading.hasLoaded = true;
    await eventually(() => link.trouble).toBeUndefined();
    expect(told.slice(-2)).toEqual(['first opened', 'second opened']);
  });

  test('says within seconds that a Redis is stopped, and that it answers again', async () => {
    const redis = await startRedisForTest();
    const { link, told, lines } = createLink(addressOf(redis));
    await link.start();
    redis.pause();
    await expect
      .poll(() => link.trouble, { timeout: KNOWN_WITHIN_MS, interval: 5 })
      .toBe(NO_ANSWER);
    redis.resume();
    await expect
      .poll(() => link.trouble, { timeout: KNOWN_WITHIN_MS, interval: 5 })
      .toBeUndefined();
    expect(told).toEqual(['first opened', 'second opened']);
    expect(lines.map(({ message }) => message)).toEqual([
      'Redis is connected',
      'Redis cannot be used',
      'Redis answers again',
    ]);
  });

  test('gives up a connection that has been silent for a minute', async () => {
    const redis = await startRedisForTest();
    const { link, told } = createLink(addressOf(redis), { clock: createScaledClock(40) });
    await link.start();
    redis.pause();
    await eventually(() => told.length).toBeGreaterThan(2);
    redis.resume();
    await eventually(() => link.trouble).toBeUndefined();
    expect(told.slice(-2)).toEqual(['first opened', 'second opened']);
  });

  test.each(['live', 'connecting'])('can be closed while a stopped Redis is %s', async (state) => {
    const redis = await startRedisForTest();
    const { link, connections } = createLink({ ...addressOf(redis), database: 1 });
    if (state === 'live') {
      await link.start();
      redis.pause();
    } else {
      redis.pause();
      void link.start();
    }
    const asked = connections[0]?.command('PING');
    await Promise.all([link.close(), asked && expect(asked).rejects.toThrow()]);
    redis.resume();
    await expect.poll(() => countClients(redis)).toBe(0);
  });

  test('leaves nothing behind, however often it was cut off', async () => {
    const redis = await startRedisForTest();
    const before = countHandles();
    const { link, told } = createLink(addressOf(redis));
    await link.start();
    for (let cut = 1; cut <= 5; cut += 1) {
      const had = told.length;
      await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
      await eventually(() => told.length).toBe(had + 4);
      await eventually(() => link.trouble).toBeUndefined();
    }
    await expect.poll(() => countClients(redis)).toBe(2);
    await link.close();
    await expect.poll(() => countClients(redis)).toBe(0);
    await expect.poll(countHandles).toBeLessThanOrEqual(before);
  });
});

/** Answers everything as a Redis does that is reading its data, until it is said to have. */
async function startLoadingServer(): Promise<{ port: number; hasLoaded: boolean }> {
  const state = { port: 0, hasLoaded: false };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const commands = data.toString().match(/^\*\d+\r$/gm) ?? [];
      const loading = '-LOADING Redis is loading the dataset in memory\r\n';
      socket.write((state.hasLoaded ? '+PONG\r\n' : loading).repeat(commands.length));
    });
    onTestFinished(() => {
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  state.port = (server.address() as AddressInfo).port;
  return state;
}
