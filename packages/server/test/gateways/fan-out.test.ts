import { expect, test } from 'vitest';
import { quoteOf } from '../support/live-events.ts';
import { TestFanOut, messageOf } from '../support/outbox.ts';

const EUR = 'price:EUR_USD';
const JPY = 'price:USD_JPY';

test('brings all messages of a turn in one write, in order, to whoever is on their topics', async () => {
  const world = new TestFanOut();
  const both = world.connect([EUR, JPY]);
  const one = world.connect([JPY]);
  const none = world.connect();
  world.publish(quoteOf('EUR_USD'), 1);
  world.publish(quoteOf('USD_JPY'), 1);
  world.publish(quoteOf('EUR_USD'), 2);
  expect(both.outlet.writes).toBe(0);
  await world.turn();
  expect(both.told().map(({ channel, seq }) => [channel, seq])).toEqual([
    [EUR, 1],
    [JPY, 1],
    [EUR, 2],
  ]);
  expect(both.outlet.writes).toBe(1);
  expect(one.told()).toMatchObject([{ channel: JPY, seq: 1 }]);
  expect(none.outlet.writes).toBe(0);
  expect(world.counters).toMatchObject({
    flushes: 1,
    flushedMessages: 3,
    deliveries: 4,
    writes: 2,
  });
});

test('brings a message of several topics once, as the first of them that one is on has it', async () => {
  const world = new TestFanOut();
  const clients = [[EUR, JPY], [JPY], [EUR]].map((topics) => world.connect(topics));
  world.fanOut.publish([EUR, JPY], (topic) => messageOf(quoteOf(topic.slice(6)), 1));
  await world.turn();
  expect(clients.map(({ told }) => told().map(({ channel }) => channel))).toEqual([
    [EUR],
    [JPY],
    [EUR],
  ]);
});

test('whoever joins in the middle of a turn has what follows, whoever leaves has what came', async () => {
  const world = new TestFanOut();
  const [staying, leaving, joining] = [
    world.connect([EUR]),
    world.connect([EUR]),
    world.connect([JPY]),
  ];
  world.publish(quoteOf('EUR_USD'), 1);
  leaving.place.leave(EUR);
  joining.place.join(EUR);
  joining.place.leave(JPY);
  world.publish(quoteOf('EUR_USD'), 2);
  world.publish(quoteOf('USD_JPY'), 1);
  await world.turn();
  expect(staying.told().map(({ seq }) => seq)).toEqual([1, 2]);
  expect(leaving.told().map(({ seq }) => seq)).toEqual([1]);
  expect(joining.told().map(({ seq }) => seq)).toEqual([2]);
});

test('writes what was collected before what the library is about to write', async () => {
  const world = new TestFanOut();
  const { place, outlet, told } = world.connect([EUR]);
  world.publish(quoteOf('EUR_USD'), 1);
  place.settle();
  outlet.taken.push('{"seq":"answer"}');
  world.publish(quoteOf('EUR_USD'), 2);
  await world.turn();
  expect(told().map(({ seq }) => seq)).toEqual([1, 'answer', 2]);
});

test('sends nothing to who has gone, and forgets topics that nobody is on', async () => {
  const world = new TestFanOut();
  const { place, told } = world.connect([EUR]);
  world.publish(quoteOf('EUR_USD'), 1);
  place.close();
  world.publish(quoteOf('EUR_USD'), 2);
  await world.turn();
  expect(told()).toEqual([]);
  expect(world.fanOut.has(EUR)).toBe(false);
});

test('sends a turn that brings very much on in parts', async () => {
  const world = new TestFanOut();
  const { outlet, told } = world.connect([EUR]);
  for (let seq = 1; seq <= 5_000; seq += 1) {
    world.publish(quoteOf('EUR_USD'), seq);
  }
  await world.turn();
  expect(outlet.writes).toBeGreaterThan(1);
  expect(told().map(({ seq }) => seq)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
});

test('tells how long a flush took, and how long its messages waited', async () => {
  const world = new TestFanOut();
  world.connect([EUR]);
  const flushes: object[] = [];
  world.counters.onFlush = (flush) => flushes.push(flush);
  world.publish(quoteOf('EUR_USD'), 1);
  await world.clock.advance(5);
  await world.turn();
  expect(flushes).toEqual([{ tookMs: 0, waitedMs: expect.any(Number) as number, messages: 1 }]);
});
