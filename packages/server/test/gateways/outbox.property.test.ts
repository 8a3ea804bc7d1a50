import type { MarketEvent } from '@tickwire/protocol';
import { channelOf } from '@tickwire/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isConflatable } from '../../src/domain/conflation.ts';
import { RateLimit } from '../../src/gateways/rate-limit.ts';
import { TRADES, bookChange, candleOf, quoteOf } from '../support/live-events.ts';
import { TestFanOut, type Told, messageOf } from '../support/outbox.ts';

/** More on request: `OUTBOX_RUNS=100000 npx vitest run outbox.property`. */
const RUNS = Number(process.env.OUTBOX_RUNS ?? '2000');

/** What can be published; `count` tells each from the others. */
const EVENTS: readonly ((count: number) => MarketEvent)[] = [
  (count) => quoteOf('EUR_USD', `1.${count}`),
  (count) => quoteOf('USD_JPY', `150.${count}`),
  (count) => candleOf(count, { isConfirmed: false }),
  (count) => candleOf(count, { isConfirmed: true }),
  (count) => ({ ...TRADES, trades: [], instrument: `COIN${count % 2}` }),
  (count) => bookChange(count, [[String(count % 5), String(count)]]),
];

type Command =
  | { readonly type: 'publish'; readonly event: number; readonly isAlone: boolean }
  | { readonly type: 'stop' | 'read' | 'settle' | 'poll' | 'turn' }
  | { readonly type: 'pass'; readonly ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('publish'),
      event: fc.nat(EVENTS.length - 1),
      isAlone: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constantFrom('stop', 'read', 'settle', 'poll', 'turn') }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pass'), ms: fc.nat(600) }) },
);

/** The channels that the client has limited, each message of which it is brought by itself. */
const LIMITED = ['price:USD_JPY', 'candles:BTCUSDT:1'];
const INTERVAL_MS = 500;

/** One client of everything, whose connection does what the commands say. */
class Scenario {
  readonly #world = new TestFanOut();
  readonly #client = this.#world.connect([
    'price:EUR_USD',
    'trades:COIN0',
    'trades:COIN1',
    'orderbook:BTCUSDT',
  ]);
  readonly #limits = new Map(LIMITED.map((channel) => [channel, this.#limit()]));
  readonly #published = new Map<string, MarketEvent[]>();

  #limit(): RateLimit {
    return new RateLimit({
      intervalMs: INTERVAL_MS,
      clock: this.#world.clock,
      post: (message, onSent) => {
        this.#client.place.handOn();
        this.#client.outbox.post({ message, isKept: false, onSent });
      },
      onConflated: () => undefined,
    });
  }

  publish(index: number): void {
    const event = EVENTS[index]?.(this.#count());
    if (event === undefined) {
      throw new RangeError(`Expected an event, got number ${index}`);
    }
    const channel = channelOf(event);
    const events = this.#published.get(channel) ?? [];
    this.#published.set(channel, events);
    events.push(event);
    const limit = this.#limits.get(channel);
    if (limit === undefined) {
      this.#world.publish(event, events.length);
    } else {
      limit.take(messageOf(event, events.length));
    }
  }
  #count(): number {
    return [...this.#published.values()].reduce((sum, events) => sum + events.length, 0);
  }
  async run(each: Command): Promise<void> {
    const { outlet, place } = this.#client;
    switch (each.type) {
      case 'publish':
        this.publish(each.event);
        if (each.isAlone) {
          await this.#world.turn();
        }
        break;
      case 'stop':
        outlet.isReading = false;
        break;
      case 'read':
        outlet.isReading = true;
        outlet.drain();
        break;
      case 'settle':
        place.settle();
        break;
      case 'poll':
        outlet.isDirect = !outlet.isDirect;
        break;
      case 'turn':
        await this.#world.turn();
        break;
      case 'pass':
        await this.#world.clock.advance(each.ms);
        break;
    }
  }
  async end(): Promise<void> {
    const { outlet } = this.#client;
    outlet.isReading = true;
    outlet.isDirect = true;
    outlet.drain();
    await this.#world.clock.advance(2 * INTERVAL_MS);
    await this.#world.turn();
    outlet.drain();
    await this.#world.clock.advance(2 * INTERVAL_MS);
    await this.#world.turn();
    outlet.drain();
  }
  /** What was told of each channel stands for all that was published in it, and nothing twice. */
  check(): void {
    for (const [channel, events] of this.#published) {
      const told = this.#client.told().filter((each) => each.channel === channel);
      expect(told.map(({ seq, count }) => [seq - count, seq])).toEqual(chained(told));
      expect(told.at(-1)?.seq).toBe(events.length);
      const kept = events.flatMap((event, index) => (isConflatable(event) ? [] : [index + 1]));
      const alone = told.filter(({ event }) => !isConflatable(event));
      expect(alone.map(({ seq, count }) => [seq, count])).toEqual(kept.map((seq) => [seq, 1]));
    }
    expect(this.#world.counters.outboxBytes).toBe(0);
    expect(this.#client.refusals).toEqual([]);
  }
}

/** Where each message begins and ends, if each begins where the one before it ends. */
function chained(told: readonly Told[]): number[][] {
  let last = 0;
  return told.map(({ seq }) => {
    const span = [last, seq];
    last = seq;
    return span;
  });
}

test('whatever the client does, nothing that counts is lost, and every gap is declared', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
      const scenario = new Scenario();
      for (const each of commands) {
        await scenario.run(each);
      }
      await scenario.end();
      scenario.check();
    }),
    { numRuns: RUNS },
  );
}, 120_000);
