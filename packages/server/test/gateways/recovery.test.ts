import { expect, test } from 'vitest';
import { ChannelWorld, type SinceMode } from '../support/channel-world.ts';

const ALERT = { threshold: 0.02, severity: 'warning' } as const;
/** A client that is sent everything by its session. */
const CLIENT = 1;

/** A client, whose places are given by how far they are from the newest. */
function createClient() {
  const world = new ChannelWorld({ size: 30, maxAgeMs: 1_000 });
  world.connect(CLIENT);
  const subscribe = async (name: string, since: SinceMode): Promise<void> => {
    world.subscribe(CLIENT, [{ name, since, isConfirmedOnly: false }]);
    await world.turn();
  };
  /** The number of each alert so far among all, in the order in which they came. */
  const received = () =>
    world.clients[CLIENT]?.connection?.expectation.received.map(({ places }) => places.alerts);
  return { world, subscribe, received };
}

function publishOfEuro(world: ChannelWorld, count: number): void {
  for (let left = count; left > 0; left -= 1) {
    world.publish((volatility) => {
      return { type: 'volatilityAlert', instrument: 'EUR_USD', volatility, ...ALERT };
    });
  }
}

function publishOfBoth(world: ChannelWorld, count: number): void {
  const pairs = { pair1: 'EUR_USD', pair2: 'USD_JPY' };
  for (let left = count; left > 0; left -= 1) {
    world.publish((number) => {
      return { type: 'correlationAlert', ...pairs, correlation: 1 / number, ...ALERT };
    });
  }
}

/** Has had 4 and 5 over the pair, and then 1 and 2 of all: 3 waits, and it does not read. */
async function createClientOfPairThenAll() {
  const client = createClient();
  const { world, subscribe, received } = client;
  publishOfEuro(world, 3);
  await subscribe('alerts:USD_JPY', 0);
  publishOfBoth(world, 2);
  world.block(CLIENT, true);
  await subscribe('alerts', 5);
  expect(received()).toEqual([4, 5, 1, 2]);
  return client;
}

test('what all alerts were spared is not sent when the pair that had it is asked for again', async () => {
  const { world, subscribe, received } = await createClientOfPairThenAll();
  await subscribe('alerts:USD_JPY', 2);
  publishOfBoth(world, 1);
  await world.settle();
  expect(received()).toEqual([4, 5, 1, 2, 3, 6]);
});

test('what all alerts were spared is not sent when the pair that had it was left between', async () => {
  const { world, subscribe, received } = await createClientOfPairThenAll();
  world.unsubscribe(CLIENT, ['alerts:USD_JPY']);
  await subscribe('alerts:USD_JPY', 2);
  await world.settle();
  expect(received()).toEqual([4, 5, 1, 2, 3]);
});

test('what a pair was spared is not sent when all alerts, which had it, are asked for again', async () => {
  const { world, subscribe, received } = createClient();
  publishOfEuro(world, 3);
  await subscribe('alerts', 'none');
  publishOfEuro(world, 1);
  world.block(CLIENT, true);
  await subscribe('alerts:EUR_USD', 4);
  expect(received()).toEqual([4, 1, 2]);
  await subscribe('alerts', 4);
  await world.settle();
  expect(received()).toEqual([4, 1, 2, 3]);
});

test('what nothing else has had is sent again when its channel is asked for again', async () => {
  const { world, subscribe, received } = createClient();
  await subscribe('alerts', 'none');
  publishOfBoth(world, 2);
  await subscribe('alerts', 2);
  await world.settle();
  expect(received()).toEqual([1, 2, 1, 2]);
});
