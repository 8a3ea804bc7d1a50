import type { MarketEvent } from '@tickwire/protocol';
import { expect, test } from 'vitest';
import { ChannelWorld, type SinceMode } from '../support/channel-world.ts';

const ALERT = { threshold: 0.02, severity: 'warning' } as const;
/** A client that is sent what it missed two by two, each time it can take more. */
const CLIENT = 1;
/** More than requests take from one to the next. */
const TURNS = 8;

function alertOfEuro(volatility: number): MarketEvent {
  return { type: 'volatilityAlert', instrument: 'EUR_USD', volatility, ...ALERT };
}

function alertOfBoth(count: number): MarketEvent {
  const pairs = { pair1: 'EUR_USD', pair2: 'USD_JPY' };
  return { type: 'correlationAlert', ...pairs, correlation: 1 / count, ...ALERT };
}

function createClient() {
  const world = new ChannelWorld({ size: 30, maxAgeMs: 1_000 });
  world.connect(CLIENT);
  return {
    world,
    publish: (create: (count: number) => MarketEvent, count: number): void => {
      for (let left = count; left > 0; left -= 1) {
        world.publish(create);
      }
    },
    /** `since` is how far from the newest the client says it is. */
    subscribe: (name: string, since: SinceMode): void => {
      world.subscribe(CLIENT, [{ name, since, isConfirmedOnly: false }]);
    },
    /** Has what was asked for answered, while the client takes a little now and then. */
    readSlowly: async (): Promise<void> => {
      world.block(CLIENT, true);
      await grantAll(world);
      world.block(CLIENT, false);
      world.block(CLIENT, true);
      await grantAll(world);
    },
    /** The number of each alert so far among all, in the order in which they came. */
    received: () =>
      world.clients[CLIENT]?.connection?.expectation.received.map(({ places }) => places.alerts),
  };
}

async function grantAll(world: ChannelWorld): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    world.grant(Infinity);
    await world.turn();
  }
}

test('what a pair brought is not sent again, though older alerts of all wait', async () => {
  const { world, publish, subscribe, readSlowly, received } = createClient();
  publish(alertOfEuro, 5);
  subscribe('alerts:USD_JPY', 0);
  await world.settle();
  publish(alertOfBoth, 2);
  world.areAnswersSlow = true;
  subscribe('alerts', 7);
  subscribe('alerts:USD_JPY', 2);
  await readSlowly();
  await world.settle();
  expect(received()).toEqual([6, 7, 1, 2, 3, 4, 5]);
});

test('what a pair brought is not sent again, though it was left meanwhile', async () => {
  const { world, publish, subscribe, readSlowly, received } = createClient();
  publish(alertOfEuro, 5);
  subscribe('alerts:USD_JPY', 0);
  await world.settle();
  publish(alertOfBoth, 2);
  world.areAnswersSlow = true;
  subscribe('alerts', 7);
  world.unsubscribe(CLIENT, ['alerts:USD_JPY']);
  subscribe('alerts:USD_JPY', 2);
  await readSlowly();
  await world.settle();
  expect(received()).toEqual([6, 7, 1, 2, 3, 4, 5]);
});

test('what came over all alerts is not sent again, though older ones of a pair wait', async () => {
  const { world, publish, subscribe, readSlowly, received } = createClient();
  publish(alertOfEuro, 5);
  subscribe('alerts', 'none');
  await world.settle();
  publish(alertOfEuro, 1);
  world.areAnswersSlow = true;
  subscribe('alerts:EUR_USD', 6);
  subscribe('alerts', 6);
  await readSlowly();
  await world.settle();
  expect(received()).toEqual([6, 1, 2, 3, 4, 5]);
});

test('what no other channel has had is sent again for its own since', async () => {
  const { world, publish, subscribe, received } = createClient();
  subscribe('alerts', 'none');
  await world.settle();
  publish(alertOfBoth, 2);
  subscribe('alerts', 2);
  await world.settle();
  expect(received()).toEqual([1, 2, 1, 2]);
});
