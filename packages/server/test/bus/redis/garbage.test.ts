import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBusMessages } from '../../../src/bus/redis/messages.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import { EUR, eventually, priceOf, publishPrices, seqsOf } from '../../support/bus-events.ts';
import { TICKER } from '../../support/live-events.ts';
import { type TestRedis, describeWithRedis, startRedis } from '../../support/redis.ts';
import { startRelayProcess } from '../../support/relay-process.ts';

const EVENT = priceOf('EUR_USD', 99);
const NUMBERED = { channel: EUR, epoch: 'other', seq: 1, at: 1, origin: 'x', event: EVENT };

/** What somebody may write on our channel by mistake, and is not one of our messages. */
const GARBAGE: readonly unknown[] = [
  ...[null, true, 0, 'text', {}, [null], [1], [[]], [{}], ['text']],
  ...[null, 1, 'text', [], {}, { channel: 1 }].map((start) => [{ start }]),
  [{ start: { channel: EUR, candles: null } }],
  [{ start: { channel: EUR, candles: {} } }],
  [{ start: { channel: EUR, candles: [null] } }],
  [{ start: { channel: EUR, book: [] } }],
  ...[null, 1, {}, []].flatMap((name) => [[{ asked: name }], [{ forgotten: name }]]),
  [{ broken: EUR }],
  ...[null, '1', -1, 0.5, {}].map((seq) => [{ broken: EUR, seq }]),
  [{ broken: {}, seq: 0 }],
  ...[null, 1, 'text', [], {}, { type: 1 }].map((event) => [{ ...NUMBERED, event }]),
  ...[null, '1', -1, 0.5, 1e300, [], {}].map((seq) => [{ ...NUMBERED, seq }]),
  ...[null, 'text', 1, [1], { [EUR]: '1' }, { [EUR]: null }].map((also) => [{ ...NUMBERED, also }]),
  ...(['channel', 'epoch', 'at', 'origin'] as const).map((field) => [
    { ...NUMBERED, [field]: null },
  ]),
  // One that is wrong makes all of them so.
  [NUMBERED, { asked: 1 }],
];

/** What looks like ours, and can only be a mistake. */
function impostorsOf(bus: Bus): readonly (readonly object[])[] {
  const { epoch, seq } = bus.position(EUR);
  return [
    [NUMBERED],
    [{ ...NUMBERED, epoch, seq }],
    [{ ...NUMBERED, epoch, seq: seq + 1_000 }],
    [{ ...NUMBERED, epoch, seq: 0 }],
    [{ ...NUMBERED, epoch, channel: '__proto__', seq: 5 }],
    [{ ...NUMBERED, epoch, channel: 'no channel', seq: 5 }],
    [{ asked: 'no channel' }, { forgotten: '' }, { broken: '__proto__', seq: 3 }],
    [{ start: { channel: 'no channel' } }],
  ];
}

test('tells all that is no message of ours from what is', () => {
  for (const garbage of GARBAGE) {
    expect(readBusMessages(JSON.stringify(garbage)), JSON.stringify(garbage)).toBeUndefined();
  }
  expect(readBusMessages('[{"seq":1e999')).toBeUndefined();
  expect(readBusMessages('')).toBeUndefined();
  expect(readBusMessages(JSON.stringify([NUMBERED]))).toEqual([NUMBERED]);
});

describeWithRedis('what others write on our own channel', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.close();
  });

  const open = async (prefix: string) => {
    const process = await startRelayProcess({ port: redis.port, prefix });
    const tell = async (message: unknown): Promise<void> => {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      await redis.cli('PUBLISH', `${prefix}bus`, text);
    };
    return { ...process, tell };
  };

  test('is dropped and counted, and hurts nothing', async () => {
    const { bus, told, lines, tell } = await open('garbage:');
    publishPrices(bus, 2);
    for (const garbage of [...GARBAGE, '', '[', '\u0001', '"'.repeat(100)]) {
      await tell(garbage);
    }
    await eventually(() => bus.stats.rejected).toBe(GARBAGE.length + 4);
    bus.publish(priceOf('EUR_USD', 3));
    await eventually(() => seqsOf(told)).toEqual([1, 2, 3]);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(bus.channels).toEqual([EUR]);
  });

  test('costs a look at Redis, and no message, where it looks like ours', async () => {
    const { bus, told, tell } = await open('impostor:');
    publishPrices(bus, 2);
    await eventually(() => seqsOf(told)).toEqual([1, 2]);
    const { epoch } = bus.position(EUR);
    let published = 2;
    for (const impostor of impostorsOf(bus)) {
      await tell(impostor);
      published += 1;
      bus.publish(priceOf('EUR_USD', published));
      bus.publish({ ...TICKER, time: published });
      await eventually(() => told).toHaveLength(published + (published - 2));
    }
    const prices = told.filter(({ channel }) => channel === EUR);
    expect(seqsOf(prices)).toEqual(prices.map((_, index) => index + 1));
    expect(bus.position(EUR)).toEqual({ epoch, seq: published });
  });
});
