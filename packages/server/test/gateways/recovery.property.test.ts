import type { MarketEvent } from '@tickwire/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChannelWorld, type SinceMode, type SubscribeCommand } from '../support/channel-world.ts';
import { candleOf, quoteOf } from '../support/live-events.ts';

/** More on request: `CHANNEL_RUNS=100000 npx vitest run recovery.property`. */
const RUNS = Number(process.env.CHANNEL_RUNS ?? '10000');
const MAX_AGE_MS = 1_000;

const NAMES = [
  'price:EUR_USD',
  'price:USD_JPY',
  'candles:BTCUSDT:1',
  'alerts',
  'alerts:EUR_USD',
  'alerts:USD_JPY',
  'system',
] as const;
const ALERT = { threshold: 0.02, severity: 'warning' } as const;

/** What can be published; `count` tells each from the others. */
const EVENTS: readonly ((count: number) => MarketEvent)[] = [
  (count) => quoteOf('EUR_USD', `1.${count}`),
  (count) => quoteOf('USD_JPY', `150.${count}`),
  (count) => candleOf(count >> 1, { isConfirmed: count % 2 === 1 }),
  (count) => ({ type: 'volatilityAlert', instrument: 'EUR_USD', volatility: count, ...ALERT }),
  (count) => ({ type: 'volatilityAlert', instrument: 'USD_JPY', volatility: count, ...ALERT }),
  (count) => ({ type: 'volatilityAlert', instrument: 'GBP_USD', volatility: count, ...ALERT }),
  (count) => ({
    type: 'correlationAlert',
    pair1: 'EUR_USD',
    pair2: 'USD_JPY',
    correlation: 1 / count,
    ...ALERT,
  }),
  (count) => ({ type: 'dataReady', dataType: 'prices', count }),
];

type Step = (world: ChannelWorld) => void | Promise<void>;

/** A step that a counterexample can be read from. */
function step(text: string, run: Step): { readonly run: Step; toString(): string } {
  return { run, toString: () => text };
}

const client = fc.nat({ max: 2 });
const eventKind = fc.constantFrom(...EVENTS.keys());
const since: fc.Arbitrary<SinceMode> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<SinceMode>('known') },
  { weight: 2, arbitrary: fc.constant<SinceMode>('none') },
  { weight: 4, arbitrary: fc.integer({ min: -2, max: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom<SinceMode>('head', 'other epoch', 20) },
);
const subscribeTo: fc.Arbitrary<SubscribeCommand> = fc.record({
  name: fc.constantFrom(...NAMES),
  since,
  isConfirmedOnly: fc.boolean(),
});

const publish = fc
  .tuple(eventKind, fc.oneof({ weight: 20, arbitrary: fc.nat(3) }, fc.constant(13)))
  .map(([kind, more]) =>
    step(`publish ${kind} ${more + 1} times`, (world) => {
      for (let count = 0; count <= more; count += 1) {
        world.publish(EVENTS[kind] ?? quoteOf.bind(undefined, 'EUR_USD', '1'));
      }
    }),
  );
const subscribe = fc
  .tuple(client, fc.uniqueArray(subscribeTo, { minLength: 1, selector: ({ name }) => name }))
  .map(([index, commands]) =>
    step(`client ${index} subscribes ${JSON.stringify(commands)}`, (world) => {
      world.connect(index);
      world.subscribe(index, commands);
    }),
  );
const unsubscribe = fc
  .tuple(client, fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }))
  .map(([index, names]) =>
    step(`client ${index} unsubscribes ${names.join()}`, (world) => {
      world.unsubscribe(index, names);
    }),
  );
const cut = client.map((index) =>
  step(`client ${index} is cut`, (world) => {
    world.cut(index);
  }),
);
const block = fc.tuple(client, fc.boolean()).map(([index, isBlocked]) =>
  step(`client ${index} ${isBlocked ? 'takes nothing' : 'takes all'}`, (world) => {
    world.block(index, isBlocked);
  }),
);
const slowAnswers = fc.boolean().map((areSlow) =>
  step(areSlow ? 'answers are slow' : 'answers are quick', (world) => {
    world.areAnswersSlow = areSlow;
  }),
);
const grant = fc.integer({ min: 1, max: 4 }).map((count) =>
  step(`grant ${count}`, (world) => {
    world.grant(count);
  }),
);
const pass = fc.constantFrom(10, MAX_AGE_MS / 2, MAX_AGE_MS + 1).map((ms) =>
  step(`${ms} ms pass`, (world) => {
    world.now += ms;
  }),
);
const turn = fc.constant(step('turn', (world) => world.turn()));
const settle = fc.constant(step('settle', (world) => world.settle()));
const restart = fc.constant(
  step('restart', (world) => {
    world.restart();
  }),
);

const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: publish },
    { weight: 8, arbitrary: subscribe },
    { weight: 2, arbitrary: unsubscribe },
    { weight: 2, arbitrary: cut },
    { weight: 3, arbitrary: block },
    { weight: 1, arbitrary: slowAnswers },
    { weight: 3, arbitrary: grant },
    { weight: 1, arbitrary: pass },
    { weight: 6, arbitrary: turn },
    { weight: 1, arbitrary: settle },
    { weight: 1, arbitrary: restart },
  ),
  { maxLength: 40, size: 'max' },
);

test(
  'each client is sent what the reference says: nothing lost, doubled, reordered or left out',
  { timeout: 60_000 + RUNS * 10 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 5, 30), steps, async (size, todo) => {
        const world = new ChannelWorld({ size, maxAgeMs: MAX_AGE_MS });
        for (const { run } of todo) {
          await run(world);
        }
        await world.settle();
        world.clients.forEach((_, index) => {
          world.cut(index);
        });
        await world.settle();
        expect(world.held).toBe(0);
      }),
      { numRuns: RUNS },
    );
  },
);
