import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { Lease, type LeaseOptions } from '../../../src/bus/redis/lease.ts';
import { RedisError } from '../../../src/domain/errors.ts';
import { connect } from '../../../src/redis/connection.ts';
import { eventually } from '../../support/bus-events.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { addressOf } from '../../support/redis-address.ts';
import { type TestRedis, describeWithRedis, startRedis } from '../../support/redis.ts';
import { createScriptedRedis } from '../../support/scripted-redis.ts';

const TTL_MS = 1_200;
const EVERY_MS = 300;

/** A lease, and what it has told. */
function createLease(options: Partial<LeaseOptions> = {}) {
  const told: string[] = [];
  const logger = createRecordingLogger();
  const lease = new Lease({
    key: 'lease',
    onHeld: (token) => {
      told.push(token);
      return Promise.resolve();
    },
    onLost: () => {
      told.push('lost');
    },
    clock: systemClock,
    logger,
    ...options,
  });
  return { lease, told, lines: logger.lines };
}

describe('Lease', () => {
  /** A lease that tries over a connection whose answers the test gives, at its own pace. */
  function openScripted(options: Partial<LeaseOptions> = {}) {
    const clock = new ManualClock();
    const redis = createScriptedRedis();
    const created = createLease({ clock, ...options });
    created.lease.open(redis.connection);
    onTestFinished(() => {
      created.lease.end();
    });
    return { ...created, clock, redis };
  }

  test('is held as long as it is renewed, and tried for until then', async () => {
    const { lease, told, clock, redis } = openScripted();
    redis.next().answer(0);
    await clock.advance(EVERY_MS);
    expect([lease.isHeld, told]).toEqual([false, []]);
    redis.next().answer(1);
    await clock.advance(0);
    expect([lease.isHeld, told]).toEqual([true, [expect.any(String)]]);
    for (let count = 0; count < 20; count += 1) {
      await clock.advance(EVERY_MS);
      const renewal = redis.next();
      expect(renewal.words).toContain(told[0]);
      renewal.answer(1);
    }
    await clock.advance(0);
    expect([lease.isHeld, told.length]).toEqual([true, 1]);
  });

  test('is lost when Redis says so, and its next token is another', async () => {
    const { lease, told, clock, redis } = openScripted();
    redis.next().answer(1);
    await clock.advance(EVERY_MS);
    redis.next().answer(0);
    await clock.advance(0);
    expect([lease.isHeld, told]).toEqual([false, [expect.any(String), 'lost']]);
    await clock.advance(EVERY_MS);
    redis.next().answer(1);
    await clock.advance(0);
    expect(told).toHaveLength(3);
    expect(told[2]).not.toBe(told[0]);
  });

  test('is lost when no renewal was answered in time, counted from when it was sent', async () => {
    const { lease, told, clock, redis } = openScripted();
    redis.next().answer(1);
    await clock.advance(EVERY_MS);
    const late = redis.next();
    await clock.advance(TTL_MS - EVERY_MS - 1);
    expect([lease.isHeld, told.length]).toEqual([true, 1]);
    await clock.advance(1);
    expect([lease.isHeld, told]).toEqual([false, [expect.any(String), 'lost']]);
    late.answer(1);
    await clock.advance(0);
    expect([lease.isHeld, told.length]).toEqual([false, 2]);
  });

  test('is not held where Redis has answered too late to know', async () => {
    const { lease, told, clock, redis } = openScripted();
    const late = redis.next();
    await clock.advance(TTL_MS);
    late.answer(1);
    await clock.advance(0);
    expect([lease.isHeld, told]).toEqual([false, []]);
  });

  test('is not held by the clock of a holder that was not let run, before anybody says so', async () => {
    const clock = new ManualClock();
    const { lease, redis } = openScripted({
      clock: {
        now: () => clock.now(),
        elapsed: () => clock.elapsed(),
        sleep: (ms, signal) => clock.sleep(ms, signal),
        schedule: () => ({ cancel: () => undefined }),
      },
    });
    redis.next().answer(1);
    await clock.advance(0);
    expect(lease.isHeld).toBe(true);
    await clock.advance(TTL_MS);
    expect(lease.isHeld).toBe(false);
  });

  test('ends with its connection, whatever is answered over that afterwards', async () => {
    const { lease, told, clock, redis } = openScripted();
    const first = redis.next();
    lease.end();
    first.answer(1);
    await clock.advance(TTL_MS);
    expect([lease.isHeld, told, redis.waiting()]).toEqual([false, [], 0]);
    lease.open(redis.connection);
    redis.next().answer(1);
    await clock.advance(0);
    lease.end();
    expect([lease.isHeld, told]).toEqual([false, [expect.any(String), 'lost']]);
  });

  test('is given up where it cannot be used, and tried for again', async () => {
    const errors = [new RedisError('REDIS_REFUSED', 'NOPERM this user has no permissions')];
    const { lease, told, lines, clock, redis } = openScripted({
      onHeld: (token) => {
        told.push(token);
        const error = errors.pop();
        return error === undefined ? Promise.resolve() : Promise.reject(error);
      },
    });
    redis.next().answer(1);
    await clock.advance(0);
    expect([lease.isHeld, told]).toEqual([false, [expect.any(String), 'lost']]);
    expect(lines).toMatchObject([{ level: 'error', message: 'The lease cannot be had' }]);
    await clock.advance(EVERY_MS);
    redis.next().answer(1);
    await clock.advance(0);
    expect(lease.isHeld).toBe(true);
  });

  test('says once a minute that Redis refuses it, and nothing of a lost connection', async () => {
    const { lines, clock, redis } = openScripted();
    redis.next().fail(new RedisError('REDIS_UNAVAILABLE', 'gone'));
    for (let time = 0; time < 60_000; time += EVERY_MS) {
      await clock.advance(EVERY_MS);
      redis.next().fail(new RedisError('REDIS_REFUSED', 'READONLY'));
    }
    await clock.advance(0);
    expect(lines).toHaveLength(1);
  });
});

describeWithRedis('Lease on a Redis', () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.close();
  });

  /** A process that tries for a lease. */
  async function open(key: string) {
    const created = createLease({ key });
    const connection = await connect(addressOf(redis));
    onTestFinished(async () => {
      await created.lease.close();
      connection.end();
    });
    created.lease.open(connection);
    return { ...created, connection };
  }

  test('is held by one process alone, and by another once it is given back', async () => {
    const first = await open('one');
    await eventually(() => first.lease.isHeld).toBe(true);
    const others = [await open('one'), await open('one')];
    await eventually(() => redis.cli('GET', 'one')).toBe(first.told[0]);
    await first.lease.close();
    await eventually(() => others.filter(({ lease }) => lease.isHeld)).toHaveLength(1);
    expect(first.told).toEqual([expect.any(String), 'lost']);
  });

  test('passes on when its holder says nothing any more, not before its time', async () => {
    const first = await open('silent');
    await eventually(() => first.lease.isHeld).toBe(true);
    const second = await open('silent');
    first.connection.end();
    const endedAt = performance.now();
    await eventually(() => second.lease.isHeld).toBe(true);
    const lastedMs = performance.now() - endedAt;
    expect(lastedMs).toBeGreaterThan(TTL_MS - 2 * EVERY_MS);
    expect(lastedMs).toBeLessThan(2_000);
  });

  test('outlasts its time by being renewed', async () => {
    const { lease, told } = await open('long');
    await eventually(() => lease.isHeld).toBe(true);
    const startedAt = performance.now();
    await eventually(() => performance.now() - startedAt).toBeGreaterThan(2 * TTL_MS);
    expect([lease.isHeld, told.length]).toEqual([true, 1]);
  });

  test('is held again at once by the process that had it, under another token', async () => {
    const { lease, told, connection } = await open('again');
    await eventually(() => lease.isHeld).toBe(true);
    lease.end();
    lease.open(connection);
    await eventually(() => redis.cli('GET', 'again')).not.toBe(told[0]);
    await eventually(() => told).toHaveLength(3);
    expect(await redis.cli('GET', 'again')).toBe(told[2]);
  });

  test('is noticed to be lost where another has it, or Redis has lost it', async () => {
    const { lease, told } = await open('taken');
    await eventually(() => lease.isHeld).toBe(true);
    await redis.cli('SET', 'taken', 'another', 'PX', '500');
    await eventually(() => told).toEqual([expect.any(String), 'lost']);
    await eventually(() => lease.isHeld).toBe(true);
    await redis.cli('DEL', 'taken');
    await eventually(() => told).toHaveLength(5);
    expect(new Set(told).size).toBe(4);
  });

  test('gives back only its own', async () => {
    const { lease } = await open('own');
    await eventually(() => lease.isHeld).toBe(true);
    await redis.cli('SET', 'own', 'another');
    await lease.close();
    expect(await redis.cli('GET', 'own')).toBe('another');
  });
});
