import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import type { Operation } from '../../../src/bus/redis/operation.ts';
import { PublishScript } from '../../../src/bus/redis/publish-script.ts';
import { Publisher, type PublisherOptions } from '../../../src/bus/redis/publisher.ts';
import { RedisError } from '../../../src/domain/errors.ts';
import type { Envelope } from '../../../src/ports/bus.ts';
import { type OpenConnection, connect } from '../../../src/redis/connection.ts';
import { eventually, tradeOf } from '../../support/bus-events.ts';
import { startCountingProxy } from '../../support/counting-proxy.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { addressOf } from '../../support/redis-address.ts';
import { type TestRedis, describeWithRedis, startRedis } from '../../support/redis.ts';
import { startRelayProcess } from '../../support/relay-process.ts';
import { type AskedCommand, createScriptedRedis } from '../../support/scripted-redis.ts';

const RETRY_MS = 250;
const MAX_BATCH = 250;

function operationOf(number: number): Operation {
  return { kind: 'event', event: tradeOf(String(number)), isVersioned: false };
}

/** The numbers of trades, as {@link operationOf} gives them. */
function numbersOf(told: readonly Envelope[]): readonly number[] {
  return told.map(({ event }) => (event.type === 'trades' ? Number(event.trades[0]?.id) : NaN));
}

function createPublisher(prefix: string, options: Partial<PublisherOptions> = {}) {
  const logger = createRecordingLogger();
  const script = new PublishScript({
    prefix,
    origin: 'test',
    createEpoch: () => 'epoch',
    size: 10_000,
    maxAgeMs: 600_000,
  });
  const publisher = new Publisher({
    name: 'publisher',
    script,
    clock: systemClock,
    logger,
    ...options,
  });
  return { publisher, lines: logger.lines };
}

describe('Publisher', () => {
  function createScripted() {
    const clock = new ManualClock();
    const redis = createScriptedRedis();
    return { ...createPublisher('test:', { clock }), clock, redis };
  }

  /** The numbers of the trades of a batch, and its own. */
  function readBatch({ words }: AskedCommand) {
    const trades = words.flatMap((word) => /"id":"(\d+)"/.exec(word)?.[1] ?? []);
    return { batch: Number(words[7]), trades: trades.map(Number) };
  }

  test('sends together what comes in one turn, and what comes meanwhile next', async () => {
    const { publisher, clock, redis } = createScripted();
    publisher.resume(redis.connection);
    publisher.push(operationOf(1));
    publisher.push(operationOf(2));
    await clock.advance(0);
    publisher.push(operationOf(3));
    publisher.push(operationOf(4));
    await clock.advance(0);
    expect([redis.waiting(), publisher.waiting]).toEqual([1, 4]);
    const first = redis.next();
    expect(readBatch(first)).toEqual({ batch: 1, trades: [1, 2] });
    first.answer(0);
    await clock.advance(0);
    const second = redis.next();
    expect(readBatch(second)).toEqual({ batch: 2, trades: [3, 4] });
    second.answer(1);
    await publisher.flush();
    expect([publisher.waiting, publisher.suppressed]).toEqual([0, 1]);
  });

  test('sends no more at once than others can wait for', async () => {
    const { publisher, clock, redis } = createScripted();
    const numbers = Array.from({ length: 2 * MAX_BATCH + 1 }, (_, index) => index);
    numbers.forEach((number) => {
      publisher.push(operationOf(number));
    });
    publisher.resume(redis.connection);
    const sizes: number[] = [];
    for (let batch = 1; batch <= 3; batch += 1) {
      await clock.advance(0);
      const command = redis.next();
      sizes.push(readBatch(command).trades.length);
      command.answer(0);
    }
    await publisher.flush();
    expect(sizes).toEqual([MAX_BATCH, MAX_BATCH, 1]);
  });

  test('sends the same again, under its number, where nobody knows whether it was taken', async () => {
    const { publisher, clock, redis } = createScripted();
    publisher.resume(redis.connection);
    publisher.push(operationOf(1));
    await clock.advance(0);
    publisher.push(operationOf(2));
    redis.next().fail(new RedisError('REDIS_UNAVAILABLE', 'cut'));
    publisher.pause();
    await clock.advance(10 * RETRY_MS);
    expect([redis.waiting(), publisher.waiting]).toEqual([0, 2]);
    publisher.resume(redis.connection);
    await clock.advance(0);
    const again = redis.next();
    expect(readBatch(again)).toEqual({ batch: 1, trades: [1] });
    again.answer(0);
    await clock.advance(0);
    expect(readBatch(redis.next())).toEqual({ batch: 2, trades: [2] });
  });

  test('tries again over a connection that has lost a command and stands', async () => {
    const { publisher, clock, redis } = createScripted();
    publisher.resume(redis.connection);
    publisher.push(operationOf(1));
    await clock.advance(0);
    redis.next().fail(new RedisError('REDIS_UNAVAILABLE', 'timeout'));
    await clock.advance(RETRY_MS);
    expect(readBatch(redis.next())).toEqual({ batch: 1, trades: [1] });
  });

  test('tries again what Redis refuses, and says so once a minute', async () => {
    const { publisher, lines, clock, redis } = createScripted();
    publisher.resume(redis.connection);
    publisher.push(operationOf(1));
    for (let time = 0; time < 60_000; time += RETRY_MS) {
      await clock.advance(RETRY_MS);
      redis.next().fail(new RedisError('REDIS_REFUSED', 'OOM command not allowed'));
    }
    await clock.advance(RETRY_MS);
    expect(lines).toHaveLength(1);
    redis.next().answer(0);
    await publisher.flush();
    expect(publisher.waiting).toBe(0);
  });

  test('forgets all, and takes no more, once another has its lease', async () => {
    const { publisher, clock, redis } = createScripted();
    publisher.resume(redis.connection);
    publisher.push(operationOf(1));
    await clock.advance(0);
    publisher.push(operationOf(2));
    redis.next().answer(-1);
    await publisher.flush();
    publisher.push(operationOf(3));
    await clock.advance(0);
    expect([redis.waiting(), publisher.waiting]).toEqual([0, 0]);
  });

  test('misses nothing that is pushed just when it has nothing more to do', async () => {
    for (let steps = 0; steps < 20; steps += 1) {
      const { publisher, clock, redis } = createScripted();
      publisher.resume(redis.connection);
      publisher.push(operationOf(1));
      await clock.advance(0);
      redis.next().answer(0);
      // One of these is when it has found nothing more, and has not ended yet.
      for (let step = 0; step < steps; step += 1) {
        await Promise.resolve();
      }
      publisher.push(operationOf(2));
      await clock.advance(0);
      expect(readBatch(redis.next()).trades).toEqual([2]);
    }
  });
});

describeWithRedis('Publisher on a Redis', () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.close();
  });

  async function open(): Promise<OpenConnection> {
    const connection = await connect(addressOf(redis));
    onTestFinished(() => {
      connection.end();
    });
    return connection;
  }

  test('has a batch taken once, though its answer was lost with the connection', async () => {
    const prefix = 'cut:';
    const { publisher } = createPublisher(prefix);
    const first = await open();
    const id = String(await first.command('CLIENT', 'ID'));
    const cut = {
      ...first,
      command: async (...words: readonly string[]) => {
        await first.command(...words);
        await redis.cli('CLIENT', 'KILL', 'ID', id);
        return first.command('PING');
      },
    };
    publisher.push(operationOf(1));
    publisher.push(operationOf(2));
    publisher.resume(cut);
    await first.ended;
    publisher.pause();
    expect(await redis.cli('HGET', `${prefix}heads`, 'trades:BTCUSDT')).toBe('2 -1');
    publisher.push(operationOf(3));
    const second = await open();
    publisher.resume(second);
    await eventually(() => publisher.waiting).toBe(0);
    expect(await redis.cli('HGET', `${prefix}heads`, 'trades:BTCUSDT')).toBe('3 -1');
    const history = await redis.cli('XRANGE', `${prefix}history:epoch:trades:BTCUSDT`, '-', '+');
    const numbers = [...history.matchAll(/"id":"(\d+)"/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual([1, 2, 3]);
  });

  test('has everything taken once and in order, however often it is cut off', async () => {
    const proxy = await startCountingProxy(redis.url);
    onTestFinished(() => proxy.close());
    const port = Number(new URL(proxy.url).port);
    const { bus, told } = await startRelayProcess({ port, prefix: 'cuts:' });
    let published = 0;
    for (let cut = 1; cut <= 12; cut += 1) {
      // So much that there is always a batch of which the answer is on its way.
      for (; published < cut * 1_000; published += 1) {
        bus.publish(tradeOf(String(published + 1)));
      }
      const had = told.length;
      await eventually(() => told.length).toBeGreaterThan(had);
      proxy.drop();
      await eventually(() => bus.trouble).toBeUndefined();
    }
    await eventually(() => told).toHaveLength(published);
    expect(numbersOf(told)).toEqual(Array.from({ length: published }, (_, index) => index + 1));
    await eventually(() => bus.stats).toMatchObject({ waiting: 0, dropped: 0 });
  });

  test('is refused what it still has, once another has its lease', async () => {
    const prefix = 'fenced:';
    await redis.cli('SET', `${prefix}lease:relay`, 'mine');
    const [old, next] = [
      createPublisher(prefix, { name: 'old', token: 'mine' }).publisher,
      createPublisher(prefix, { name: 'next', token: 'another' }).publisher,
    ];
    old.push(operationOf(1));
    old.resume(await open());
    await eventually(() => old.waiting).toBe(0);
    await redis.cli('SET', `${prefix}lease:relay`, 'another');
    old.push(operationOf(2));
    next.push(operationOf(3));
    next.resume(await open());
    await eventually(() => old.waiting + next.waiting).toBe(0);
    await redis.cli('DEL', `${prefix}lease:relay`);
    next.push(operationOf(4));
    await eventually(() => next.waiting).toBe(0);
    const history = await redis.cli('XRANGE', `${prefix}history:epoch:trades:BTCUSDT`, '-', '+');
    const numbers = [...history.matchAll(/"id":"(\d+)"/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual([1, 3]);
  });
});
