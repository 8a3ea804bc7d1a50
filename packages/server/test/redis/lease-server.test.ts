import { describe, expect, test } from 'vitest';
import { LeaseServer } from '../../src/redis/lease-server.ts';
import { ChannelError } from '../../src/domain/errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createScriptedDirectory } from '../support/scripted-directory.ts';
import { createScriptedRedis } from '../support/scripted-redis.ts';

const CHANNEL = 'candles:BTCUSDT:60';
const SILENT_AFTER_MS = 10_000;
const HOLD_EVERY_MS = 3_000;
const MINUTE_MS = 60_000;

/** A server on a connection whose every message a test gives, and what it answers. */
async function openServer() {
  const clock = new ManualClock();
  const redis = createScriptedRedis();
  const directory = createScriptedDirectory();
  const logger = createRecordingLogger();
  const started: string[] = [];
  const server = new LeaseServer({
    prefix: 'test:',
    directory,
    tellStart: (channel) => {
      started.push(channel);
      return Promise.resolve();
    },
    clock,
    logger,
  });
  await server.opened(redis.connection);
  const say = async (request: object): Promise<void> => {
    redis.tell('test:leases', JSON.stringify({ process: 'gateway', ...request }));
    await clock.advance(0);
  };
  const answers = (): unknown[] =>
    Array.from({ length: redis.waiting() }, () => {
      const { words, answer } = redis.next();
      answer(1);
      const [command, channel, text = ''] = words;
      expect([command, channel]).toEqual(['PUBLISH', 'test:leases:gateway']);
      return JSON.parse(text) as unknown;
    });
  /** Says what is held, as often as a process does. */
  const holdFor = async (ms: number, holds: readonly string[]): Promise<void> => {
    for (let passed = 0; passed < ms; passed += HOLD_EVERY_MS) {
      await say({ holds });
      await clock.advance(HOLD_EVERY_MS);
    }
  };
  return { server, clock, redis, directory, lines: logger.lines, started, say, answers, holdFor };
}

describe('LeaseServer', () => {
  test('follows what is asked for, tells what it starts from, and then answers', async () => {
    const { directory, started, say, answers } = await openServer();
    await say({ id: 7, channel: CHANNEL });
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
    expect(started).toEqual([CHANNEL]);
    expect(answers()).toEqual([{ id: 7, channel: CHANNEL }]);
  });

  test('answers under the name that the events carry, and has one place for all names', async () => {
    const { directory, say, answers } = await openServer();
    directory.resolve = (channel) => ({ ...channel, instrument: 'BTCUSDT' }) as typeof channel;
    await say({ id: 1, channel: 'candles:LINEAR_BTCUSDT:60' });
    await say({ id: 2, channel: CHANNEL });
    expect(answers()).toEqual([
      { id: 1, channel: CHANNEL },
      { id: 2, channel: CHANNEL },
    ]);
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
  });

  test('has one place, however many ask at once', async () => {
    const { directory, say, answers } = await openServer();
    await Promise.all([1, 2, 3].map((id) => say({ id, channel: CHANNEL })));
    expect(answers()).toHaveLength(3);
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
  });

  test.each([
    [new ChannelError('RATE_LIMITED', 'No more'), 'RATE_LIMITED', 0],
    [new Error('broken'), 'INTERNAL_ERROR', 1],
  ])('answers %s with a code', async (error, code, logged) => {
    const { directory, lines, say, answers } = await openServer();
    directory.before = () => Promise.reject(error);
    await say({ id: 1, channel: CHANNEL });
    expect(answers()).toEqual([{ id: 1, code, message: error.message }]);
    expect(lines).toHaveLength(logged);
  });

  test('answers for what is no channel', async () => {
    const { say, answers } = await openServer();
    await say({ id: 1, channel: 'nonsense' });
    expect(answers()).toMatchObject([{ id: 1, code: 'INVALID_SYMBOL' }]);
  });

  test('takes no notice of what is no request', async () => {
    const { redis, directory, clock, answers } = await openServer();
    const garbage = ['', '{', 'null', '[]', '1', '{"process":1,"holds":[]}', '{"process":"x"}'];
    const more = ['{"process":"x","holds":[1]}', '{"process":"x","id":"1","channel":"alerts"}'];
    for (const text of [...garbage, ...more]) {
      redis.tell('test:leases', text);
    }
    await clock.advance(0);
    expect(answers()).toEqual([]);
    expect(directory.taken).toEqual([]);
  });

  test('gives back what is not held any more, once it must have been counted', async () => {
    const { directory, say, holdFor } = await openServer();
    await say({ id: 1, channel: CHANNEL });
    await holdFor(SILENT_AFTER_MS, []);
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
    await say({ holds: [] });
    expect([...directory.held]).toEqual([]);
  });

  test('keeps what is asked for again just before it is said not to be held', async () => {
    const { directory, say, holdFor } = await openServer();
    await say({ id: 1, channel: CHANNEL });
    await holdFor(2 * SILENT_AFTER_MS, [CHANNEL]);
    // Its last client has gone, another comes, and the answer is still on its way.
    await say({ id: 2, channel: CHANNEL });
    await say({ holds: [] });
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
    await say({ holds: [CHANNEL] });
    expect(directory.taken).toEqual([CHANNEL]);
  });

  test('lets go what a process has held that has gone silent, but not before', async () => {
    const { directory, clock, say } = await openServer();
    await say({ holds: [CHANNEL] });
    await clock.advance(SILENT_AFTER_MS);
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
    await clock.advance(2_000);
    expect([...directory.held]).toEqual([]);
  });

  test('lets go what comes only when its process has gone', async () => {
    const { directory, clock, say, answers } = await openServer();
    let give = (): void => undefined;
    directory.before = () =>
      new Promise((resolve) => {
        give = resolve;
      });
    await say({ id: 1, channel: CHANNEL });
    await clock.advance(SILENT_AFTER_MS + 2_000);
    give();
    await clock.advance(0);
    expect(directory.taken).toEqual([CHANNEL]);
    expect([...directory.held]).toEqual([]);
    expect(answers()).toMatchObject([{ id: 1, code: 'INTERNAL_ERROR' }]);
  });

  test('follows what it is told is held, as after a start, and tells what it starts from', async () => {
    const { directory, started, say } = await openServer();
    await say({ holds: [CHANNEL, 'ticker:BTCUSDT'] });
    await say({ holds: [CHANNEL, 'ticker:BTCUSDT'] });
    expect(directory.taken).toEqual([CHANNEL, 'ticker:BTCUSDT']);
    expect(started).toEqual([CHANNEL, 'ticker:BTCUSDT']);
  });

  test('tries again what it cannot follow yet, and says so once a minute', async () => {
    const { directory, lines, holdFor, say } = await openServer();
    directory.before = () => Promise.reject(new ChannelError('INTERNAL_ERROR', 'Not now'));
    await holdFor(MINUTE_MS, [CHANNEL, 'ticker:BTCUSDT', 'nonsense']);
    expect(lines).toHaveLength(1);
    directory.before = () => Promise.resolve();
    await say({ holds: [CHANNEL] });
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
  });

  test('holds what it has while Redis is away, and for a while after it', async () => {
    const { server, directory, clock, say } = await openServer();
    await say({ holds: [CHANNEL] });
    server.ended();
    await clock.advance(MINUTE_MS);
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
    await server.opened(createScriptedRedis().connection);
    await clock.advance(SILENT_AFTER_MS);
    expect([...directory.held]).toEqual([[CHANNEL, 1]]);
    await clock.advance(2_000);
    expect([...directory.held]).toEqual([]);
    server.ended();
    expect(clock.waiting).toBe(0);
  });
});
