import { type Channel, parseChannel } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { RedisError } from '../../src/domain/errors.ts';
import { RemoteDirectory } from '../../src/redis/remote-directory.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type AskedCommand, createScriptedRedis } from '../support/scripted-redis.ts';

const CHANNEL = 'candles:BTCUSDT:60';
const HOLD_EVERY_MS = 3_000;
const ANSWER_WITHIN_MS = 30_000;

interface Sent {
  readonly process: string;
  readonly id?: number;
  readonly channel?: string;
  readonly holds?: readonly string[];
}

function channelOf(name: string): Channel {
  const channel = parseChannel(name);
  if (channel === undefined) {
    throw new Error(`Expected a channel, got ${name}`);
  }
  return channel;
}

/** A directory on a connection whose every answer a test gives. */
async function openDirectory() {
  const clock = new ManualClock();
  const redis = createScriptedRedis();
  const directory = new RemoteDirectory({
    prefix: 'test:',
    isAlways: ({ kind }) => kind === 'alerts',
    list: () => ({ configured: [], followed: [] }),
    clock,
  });
  await directory.opened(redis.connection);
  const sent = (): Sent & Pick<AskedCommand, 'answer' | 'fail'> => {
    const { words, answer, fail } = redis.next();
    const [command, channel, text = ''] = words;
    expect([command, channel]).toEqual(['PUBLISH', 'test:leases']);
    return { ...(JSON.parse(text) as Sent), answer, fail };
  };
  const { process } = sent();
  const reply = async (answer: unknown): Promise<void> => {
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    redis.tell(`test:leases:${process}`, text);
    await clock.advance(0);
  };
  /** Asks, and has so many asked. */
  const ask = async (reached: number, name = CHANNEL) => {
    const lease = directory.lease(channelOf(name));
    lease.catch(() => undefined);
    const { id, channel, answer } = sent();
    expect(channel).toBe(name);
    answer(reached);
    await clock.advance(0);
    return { lease, id };
  };
  /** What is said to be held now. */
  const holds = async () => {
    await clock.advance(HOLD_EVERY_MS);
    return sent().holds;
  };
  return { directory, clock, redis, sent, reply, ask, holds };
}

describe('RemoteDirectory', () => {
  test('asks for a channel, and says that it is held until its last client has gone', async () => {
    const { directory, reply, ask, holds, redis } = await openDirectory();
    const { lease, id } = await ask(1);
    await reply({ id, channel: CHANNEL });
    const [first, second] = [await lease, await directory.lease(channelOf(CHANNEL))];
    expect(redis.waiting()).toBe(0);
    expect(await holds()).toEqual([CHANNEL]);
    first.release();
    first.release();
    expect(await holds()).toEqual([CHANNEL]);
    second.release();
    expect(await holds()).toEqual([]);
  });

  test('holds a channel under the name that it was given', async () => {
    const { reply, ask, holds } = await openDirectory();
    const { lease, id } = await ask(1, 'candles:LINEAR_BTCUSDT:60');
    await reply({ id, channel: CHANNEL });
    expect((await lease).channel).toEqual(channelOf(CHANNEL));
    expect(await holds()).toEqual([CHANNEL]);
  });

  test('asks nobody for what is always there', async () => {
    const { directory, redis } = await openDirectory();
    const lease = await directory.lease(channelOf('alerts'));
    lease.release();
    expect(redis.waiting()).toBe(0);
  });

  test('is refused at once where nobody is there', async () => {
    const { ask } = await openDirectory();
    const { lease } = await ask(0);
    await expect(lease).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'No process follows venues now',
    });
  });

  test('is refused with the code and the words of the answer', async () => {
    const { ask, reply } = await openDirectory();
    const { lease, id } = await ask(1);
    await reply({ id, code: 'RATE_LIMITED', message: 'No more' });
    await expect(lease).rejects.toMatchObject({ code: 'RATE_LIMITED', message: 'No more' });
  });

  test('takes the first of two that have it', async () => {
    const { ask, reply, holds } = await openDirectory();
    const { lease, id } = await ask(2);
    await reply({ id, channel: CHANNEL });
    await reply({ id, channel: 'candles:ETHUSDT:60' });
    expect((await lease).channel).toEqual(channelOf(CHANNEL));
    expect(await holds()).toEqual([CHANNEL]);
  });

  test('takes the one that has it where another does not', async () => {
    const { ask, reply } = await openDirectory();
    const { lease, id } = await ask(2);
    await reply({ id, code: 'INVALID_SYMBOL', message: 'Not here' });
    await reply({ id, channel: CHANNEL });
    expect((await lease).channel).toEqual(channelOf(CHANNEL));
  });

  test('is refused once all have refused, as by the one that knows it', async () => {
    const { ask, reply } = await openDirectory();
    const { lease, id } = await ask(2);
    await reply({ id, code: 'INVALID_SYMBOL', message: 'Not here' });
    await reply({ id, code: 'RATE_LIMITED', message: 'No more' });
    await expect(lease).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('is refused where an answer comes before it is known how many were asked', async () => {
    const { directory, sent, reply } = await openDirectory();
    const lease = directory.lease(channelOf(CHANNEL));
    lease.catch(() => undefined);
    const { id, answer } = sent();
    await reply({ id, code: 'INVALID_TIMEFRAME', message: 'No' });
    answer(1);
    await expect(lease).rejects.toMatchObject({ code: 'INVALID_TIMEFRAME' });
  });

  test('does not wait for ever for an answer', async () => {
    const { clock, ask, holds } = await openDirectory();
    const { lease } = await ask(1);
    await clock.advance(ANSWER_WITHIN_MS);
    await expect(lease).rejects.toMatchObject({ message: `Nobody answers for ${CHANNEL}` });
    expect(await holds()).toEqual([]);
  });

  test('does not wait for ever for a Redis that says nothing', async () => {
    const { directory, clock, sent } = await openDirectory();
    const lease = directory.lease(channelOf(CHANNEL));
    lease.catch(() => undefined);
    sent();
    await clock.advance(ANSWER_WITHIN_MS);
    await expect(lease).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
  });

  test('is refused at once where Redis is away, or goes away meanwhile', async () => {
    const { directory, clock, ask, sent } = await openDirectory();
    const away = { code: 'INTERNAL_ERROR', message: 'Redis cannot be reached now' };
    const { lease } = await ask(1);
    const failing = directory.lease(channelOf('ticker:BTCUSDT'));
    failing.catch(() => undefined);
    sent().fail(new RedisError('REDIS_UNAVAILABLE', 'cut'));
    await expect(failing).rejects.toMatchObject(away);
    directory.ended();
    await expect(lease).rejects.toMatchObject(away);
    await expect(directory.lease(channelOf(CHANNEL))).rejects.toMatchObject(away);
    expect(clock.waiting).toBe(0);
  });

  test('says at once, over the next connection, what it has held all the time', async () => {
    const { directory, clock, ask, reply } = await openDirectory();
    const { lease, id } = await ask(1);
    await reply({ id, channel: CHANNEL });
    await lease;
    directory.ended();
    await clock.advance(10 * HOLD_EVERY_MS);
    const next = createScriptedRedis();
    await directory.opened(next.connection);
    expect(JSON.parse(next.next().words[2] ?? '')).toMatchObject({ holds: [CHANNEL] });
  });

  test('takes no notice of what is no answer, or of something else', async () => {
    const { ask, reply } = await openDirectory();
    const { lease, id } = await ask(1);
    for (const text of ['', 'null', '[]', '{}', `{"id":"${id}"}`, '{"id":99,"channel":"alerts"}']) {
      await reply(text);
    }
    await reply({ id, code: 'NEVER_HEARD_OF', message: 'Strange' });
    await expect(lease).rejects.toMatchObject({ code: 'INTERNAL_ERROR', message: 'Strange' });
    await reply({ id, channel: CHANNEL });
  });
});
