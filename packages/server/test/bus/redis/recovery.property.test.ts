import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { RedisBus } from '../../../src/bus/redis/redis-bus.ts';
import type { Envelope } from '../../../src/ports/bus.ts';
import { RedisLink } from '../../../src/redis/link.ts';
import { tradeOf, VOLATILITY } from '../../support/bus-events.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { addressOf } from '../../support/redis-address.ts';
import { type TestRedis, describeWithRedis, startRedis } from '../../support/redis.ts';
import { waitFor } from '../../support/wait-for.ts';

const RUNS = Number(process.env['REDIS_RUNS'] ?? 15);
const PROCESSES = 3;
const SIZE = 50;
const TIMEOUT_MS = 600_000;
const TRADES = 'trades:BTCUSDT';
const CHANNELS = [TRADES, 'alerts', 'alerts:USD_JPY'];

type Command =
  | { readonly kind: 'publish'; readonly process: number; readonly count: number }
  | { readonly kind: 'alert' | 'break' | 'join'; readonly process: number }
  | { readonly kind: 'cut' | 'crash' | 'lose' | 'check' };

const index = fc.nat({ max: PROCESSES - 1 });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      process: index,
      count: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('alert' as const, 'join' as const),
      process: index,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const), process: index }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'check' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('crash' as const, 'lose' as const) }) },
);

/** What one process was told of a channel since it last had to begin anew. */
class Reader {
  /** By channel. */
  readonly told = new Map<string, Envelope[]>();
  readonly faults: string[] = [];
  readonly places: string[] = [];
  /** Whether it was told that something was missing. */
  hasLost = false;
  /** How many events had been published when it began. */
  readonly since: number;
  /** Every event ever told, by what makes it one. */
  readonly events: string[] = [];

  constructor(bus: RedisBus, since: number) {
    this.since = since;
    bus.subscribe((envelope) => {
      this.events.push(nameOf(envelope));
      // A Redis that has lost its data may be told once more what it had taken already.
      this.places.push(`${envelope.epoch} ${nameOf(envelope)}`);
      const { channel, seq, also = {} } = envelope;
      for (const [name, place] of Object.entries({ [channel]: seq, ...also })) {
        const known = this.told.get(name) ?? [];
        this.told.set(name, known);
        const last = known.at(-1);
        const lastPlace = last === undefined ? undefined : placeIn(last, name);
        if (lastPlace !== undefined && place !== lastPlace + 1) {
          this.faults.push(`${name}: ${place} after ${lastPlace}`);
        }
        known.push(envelope);
      }
    });
    bus.watch({
      onLost: (channel) => {
        this.told.delete(channel);
        this.hasLost = true;
      },
      onRenumbered: () => {
        this.told.clear();
        this.hasLost = true;
      },
    });
  }
}

function placeIn({ channel, seq, also }: Envelope, name: string): number {
  return channel === name ? seq : (also?.[name] ?? 0);
}

function isUntold({ events }: Reader): (name: string) => boolean {
  return (name) => !events.includes(name);
}

function nameOf({ event }: Envelope): string {
  return event.type === 'trades' ? (event.trades[0]?.id ?? '') : JSON.stringify(event);
}

/** Several processes on one Redis, each step of which a test decides. */
class World {
  readonly #redis: TestRedis;
  readonly #prefix: string;
  readonly #members: { bus: RedisBus; link: RedisLink; reader: Reader }[] = [];
  readonly published: string[] = [];
  #count = 0;

  constructor(redis: TestRedis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async start(index: number): Promise<void> {
    const logger = createRecordingLogger();
    const bus: RedisBus = new RedisBus({
      prefix: this.#prefix,
      size: SIZE,
      maxAgeMs: 600_000,
      announce: () => undefined,
      onAsked: () => undefined,
      trouble: () => link.trouble,
      onError: (error) => {
        throw error;
      },
      clock: systemClock,
      logger,
    });
    const link: RedisLink = new RedisLink({
      address: addressOf(this.#redis),
      users: [bus],
      clock: systemClock,
      logger,
    });
    const reader = new Reader(bus, this.published.length);
    await link.start();
    reader.hasLost = false;
    this.#members[index] = { bus, link, reader };
  }

  async run(step: Command): Promise<void> {
    switch (step.kind) {
      case 'publish':
        for (let count = 0; count < step.count; count += 1) {
          const id = `trade ${(this.#count += 1)}`;
          this.published.push(id);
          this.#bus(step.process).publish(tradeOf(id));
        }
        break;
      case 'alert': {
        const alert = { ...VOLATILITY, volatility: (this.#count += 1) };
        this.published.push(JSON.stringify(alert));
        this.#bus(step.process).publish(alert);
        break;
      }
      case 'break':
        this.#bus(step.process).breakAt(TRADES);
        break;
      case 'join':
        // What it has not published yet would be lost with it.
        await waitFor(() => this.#bus(step.process).stats.waiting === 0, 'an empty queue');
        await this.#members[step.process]?.link.close();
        await this.start(step.process);
        break;
      case 'cut':
        await this.#redis.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await this.#redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
        break;
      case 'crash':
        await this.#redis.restart({ keepsData: true });
        break;
      case 'lose':
        await this.#redis.restart({ keepsData: false });
        break;
      case 'check':
        await this.#settle();
        await this.#check();
        break;
    }
  }

  /** Lets everything come to its end, and finds nothing wrong. */
  async end(): Promise<void> {
    await this.#settle();
    await this.#check();
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ link }) => link.close()));
  }

  /** Every process stands where Redis does, and nothing waits. */
  async #settle(): Promise<void> {
    await waitFor(async () => {
      // Heads that are older than what was published last would be reached too soon.
      if (!this.#isIdle) {
        return false;
      }
      const heads = (await this.#redis.cli('HGETALL', `${this.#prefix}heads`)).split('\n');
      const epoch = heads[heads.indexOf('@epoch') + 1];
      const stands = this.#members.every(({ bus }) =>
        CHANNELS.every((channel) => {
          const [seq = '0'] = (heads[heads.indexOf(channel) + 1] ?? '0').split(' ');
          const known = heads.includes(channel) ? Number(seq) : 0;
          const position = bus.position(channel);
          return position.epoch === epoch && position.seq === known;
        }),
      );
      return stands && this.#isIdle;
    }, 'processes that have published everything, and stand where Redis does');
  }

  get #isIdle(): boolean {
    return this.#members.every(
      ({ link, bus }) => link.trouble === undefined && bus.stats.waiting === 0,
    );
  }

  async #check(): Promise<void> {
    const [first] = this.#members;
    for (const { reader, bus } of this.#members) {
      expect(reader.faults).toEqual([]);
      if (!reader.hasLost) {
        expect(this.published.slice(reader.since).filter(isUntold(reader))).toEqual([]);
      }
      expect(new Set(reader.places).size).toBe(reader.places.length);
      for (const channel of CHANNELS) {
        const position = bus.position(channel);
        expect(position).toEqual(first?.bus.position(channel));
        const told = reader.told.get(channel) ?? [];
        const last = told.at(-1);
        expect(last === undefined ? position.seq : placeIn(last, channel)).toBe(position.seq);
        await this.#checkSince(bus, channel, told);
      }
    }
  }

  /** What can be recovered is what was told, from wherever it can. */
  async #checkSince(bus: RedisBus, channel: string, told: readonly Envelope[]): Promise<void> {
    const { epoch, seq } = bus.position(channel);
    for (const back of [0, 1, 5, SIZE, SIZE + 1]) {
      const since = await bus.since(channel, { epoch, seq: seq - back });
      const places = since?.map((envelope) => placeIn(envelope, channel));
      if (since !== undefined) {
        expect(places).toEqual(Array.from({ length: back }, (_, at) => seq - back + 1 + at));
        const names = since.map(nameOf);
        const known = told.slice(-back || told.length).map(nameOf);
        expect(names.slice(-Math.min(names.length, known.length) || names.length)).toEqual(
          back === 0 ? [] : known.slice(-Math.min(names.length, known.length)),
        );
      }
      expect(since === undefined || back <= SIZE).toBe(true);
    }
    expect(await bus.since(channel, { epoch: 'another', seq })).toBeUndefined();
  }

  #bus(index: number): RedisBus {
    const member = this.#members[index];
    if (member === undefined) {
      throw new RangeError(`Expected a process, got number ${index}`);
    }
    return member.bus;
  }
}

describeWithRedis('history and recovery over Redis', () => {
  let redis: TestRedis;
  let worlds = 0;

  beforeAll(async () => {
    redis = await startRedis({ isDurable: true });
  });

  afterAll(async () => {
    await redis.close();
  });

  test(
    'every process has one order without a hole, and nothing twice, whatever is cut, joined, killed or lost',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 3, maxLength: 14 }), async (commands) => {
          worlds += 1;
          const world = new World(redis, `world ${worlds}:`);
          try {
            for (let index = 0; index < PROCESSES; index += 1) {
              await world.start(index);
            }
            for (const step of commands) {
              await world.run(step);
            }
            await world.end();
          } finally {
            await world.close();
          }
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );
});
