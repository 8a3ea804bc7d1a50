import type { ChannelData } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import {
  type ChannelClient,
  type Received,
  TRANSPORTS,
  openChannels,
} from '../support/channel-client.ts';
import { ONE_PORT } from '../support/one-port.ts';
import { postgresSettings } from '../support/postgres-settings.ts';
import { postgresBinaries, startPrivatePostgres } from '../support/private-postgres.ts';
import { type RunningProgram, runProgram } from '../support/program.ts';
import { type TestRedis, describeWithRedis, startRedisForTest } from '../support/redis.ts';
import { startVenuesForTest } from '../support/simulated-venues.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { openStoreForTest } from '../support/whole-history.ts';

const PRICE = 'price:EUR_USD';
const CONFIGURED = 'candles:BTCUSDT:1';
/** Nobody has configured it: it is followed because a client of a gateway wants it. */
const ON_DEMAND = 'candles:ETHUSDT:1';
const CHANNELS = [PRICE, CONFIGURED, ON_DEMAND];
const CHART = 'candles:BTCUSDT:60';
/** More than any process has had live. */
const HISTORY = 700;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A minute of the venues is a second of ours. */
const SPEED = 60;
const TIMEOUT_MS = 120_000;

const SETTINGS = {
  ...ONE_PORT,
  FEEDS: 'oanda,bybit',
  TRACKED_PAIRS: 'EUR_USD',
  BYBIT_SYMBOLS: 'BTCUSDT',
  BYBIT_TIMEFRAMES: '1',
  BACKFILL_DAYS: '0',
};

/**
 * The venues' time when they begin: long enough ago that ours is not reached, and not longer than
 * candles are taken back that were told before a crash.
 */
function recently(): number {
  return Date.now() - 140 * MINUTE_MS;
}

/** A process of its own that follows venues, and has the embedded database. */
async function startIngest(
  redis: TestRedis,
  venues: Readonly<Record<string, string>>,
): Promise<{ readonly restart: () => Promise<void>; readonly kill: () => Promise<void> }> {
  const folder = await createDirectoryForTest();
  let program: RunningProgram;
  const start = async (): Promise<void> => {
    const env = { ...SETTINGS, ...venues, REDIS_URL: redis.url };
    program = runProgram(folder, ['serve', '--roles', 'ingest'], env);
    await waitFor(
      () => {
        expect(program.child.exitCode, program.errors()).toBe(null);
        return program.output().includes('Tickwire is ready');
      },
      'a process that follows venues',
      TIMEOUT_MS,
    );
  };
  await start();
  return {
    restart: start,
    kill: async () => {
      program.child.kill('SIGKILL');
      await program.exited;
    },
  };
}

/** What a client was brought of a channel. */
class Brought {
  readonly epoch: string;
  readonly first: number;
  readonly client: ChannelClient;
  readonly channel: string;

  constructor(client: ChannelClient, channel: string, epoch: string, seq: number) {
    this.client = client;
    this.channel = channel;
    this.epoch = epoch;
    this.first = seq + 1;
  }

  get messages(): readonly Extract<Received, { kind: 'data' }>[] {
    return this.client.of(this.channel);
  }

  /** When the candles began that are confirmed. */
  get confirmed(): readonly number[] {
    return this.messages.flatMap(({ data }) =>
      'candle' in data && data.candle.confirm ? [data.candle.start] : [],
    );
  }

  /**
   * The same, and those that came in a state: a crash may be so soon after a candle that nobody can
   * go on from it; then clients are told so, and what the channel has.
   */
  get known(): readonly number[] {
    const told = this.confirmed;
    const inStates = this.client.received.flatMap((received) =>
      received.kind === 'state' && received.channel === this.channel
        ? (received.snapshot?.candles ?? []).filter(({ confirm }) => confirm)
        : [],
    );
    const since = told[0] ?? Infinity;
    const starts = inStates.map(({ start }) => start).filter((start) => start >= since);
    return [...new Set([...told, ...starts])].sort((a, b) => a - b);
  }

  expectNoHole(): void {
    const numbers = this.client.numbers(this.channel);
    expect(numbers).toEqual(numbers.map((_, index) => this.first + index));
  }
}

async function openStream(url: string): Promise<ChannelClient> {
  const open = TRANSPORTS['/api/v1/stream'];
  if (open === undefined) {
    throw new Error('Expected a transport');
  }
  return openChannels(url, open);
}

async function subscribe(url: string): Promise<ReadonlyMap<string, Brought>> {
  const client = await openStream(url);
  const { channels, errors } = await client.subscribe(CHANNELS);
  expect(errors).toEqual({});
  return new Map(
    CHANNELS.map((channel) => {
      const { epoch = '', seq = NaN } = channels[channel] ?? {};
      return [channel, new Brought(client, channel, epoch, seq)];
    }),
  );
}

/** All of a message but when it was brought. */
function contentOf(data: ChannelData): string {
  return JSON.stringify({ ...data, timestamp: 0, received_at: 0 });
}

/** Some more of everything at every client. */
async function expectMore(all: readonly ReadonlyMap<string, Brought>[]): Promise<void> {
  const each = all.flatMap((brought) => [...brought.values()]);
  const had = each.map(({ messages, confirmed }) => [messages.length, confirmed.length] as const);
  await waitFor(
    () =>
      each.every(({ channel, messages, confirmed }, index) => {
        const [count = 0, candles = 0] = had[index] ?? [];
        const isCandles = channel.startsWith('candles:');
        return messages.length >= count + 3 && (!isCandles || confirmed.length >= candles + 2);
      }),
    'more of every channel at every client',
    TIMEOUT_MS,
  );
}

describeWithRedis('processes apart on one Redis', () => {
  test(
    'clients of gateways go on over a crash of the process that follows venues',
    async () => {
      const redis = await startRedisForTest();
      const startMs = recently();
      const venues = await startVenuesForTest({ startMs, speed: SPEED, weekend: 'open' });
      const ingest = await startIngest(redis, venues.settings);
      const settings = { ...SETTINGS, ROLES: 'gateway,api', REDIS_URL: redis.url };
      const gateways = [await startServerForTest(settings), await startServerForTest(settings)];
      for (const gateway of gateways) {
        expect(gateway.health().feeds).toEqual([]);
      }
      const all = await Promise.all(gateways.map(({ url }) => subscribe(url)));
      await expectMore(all);

      await ingest.kill();
      await ingest.restart();
      await expectMore(all);

      const [first, second] = all;
      for (const channel of CHANNELS) {
        const [one, other] = [first?.get(channel), second?.get(channel)];
        expect([one?.client.isClosed, other?.client.isClosed]).toEqual([false, false]);
        expect(one?.epoch).toBe(other?.epoch);
        one?.expectNoHole();
        other?.expectNoHole();
        const contents = new Map(one?.messages.map(({ seq, data }) => [seq, contentOf(data)]));
        const both = other?.messages.filter(({ seq }) => contents.has(seq)) ?? [];
        expect(both.length).toBeGreaterThan(0);
        expect(both.map(({ data }) => contentOf(data))).toEqual(
          both.map(({ seq }) => contents.get(seq)),
        );
      }
      for (const channel of [CONFIGURED, ON_DEMAND]) {
        const starts = first?.get(channel)?.known ?? [];
        const [start = 0] = starts;
        expect(starts, channel).toEqual(starts.map((_, index) => start + index * MINUTE_MS));
      }
      const prices = first?.get(PRICE)?.messages.map(({ data }) => contentOf(data)) ?? [];
      expect(new Set(prices).size).toBe(prices.length);
    },
    TIMEOUT_MS,
  );

  test.skipIf(postgresBinaries === undefined)(
    'a gateway begins a chart with candles that another process has recorded',
    async () => {
      const redis = await startRedisForTest();
      const postgres = await startPrivatePostgres();
      onTestFinished(() => postgres.close());
      const address = await postgres.createDatabase();
      const database = postgresSettings(address);
      const startMs = recently();
      const venues = await startVenuesForTest({ startMs, speed: SPEED, weekend: 'open' });
      const kept = { ...database, BYBIT_TIMEFRAMES: '60', BACKFILL_DAYS: '40' };
      const ingest = await startIngest(redis, { ...venues.settings, ...kept });
      const gateway = await startServerForTest({
        ...SETTINGS,
        ...kept,
        ROLES: 'gateway,api',
        REDIS_URL: redis.url,
        DATA_DIR: await createDirectoryForTest(),
      });
      const series = { instrument: 'BTCUSDT', interval: '60' } as const;
      const store = await openStoreForTest({ type: 'postgres', address });
      await waitFor(
        async () => {
          const stored = await store.candles({ ...series, limit: HISTORY, pick: 'newest' });
          return stored.length === HISTORY;
        },
        'as many candles as the chart has',
        TIMEOUT_MS,
      );
      const client = await openStream(gateway.url);
      const { channels } = await client.subscribe({ [CHART]: { history: HISTORY } });
      const { epoch = '', seq = NaN, snapshot } = channels[CHART] ?? {};
      const brought = new Brought(client, CHART, epoch, seq);
      const candles = snapshot?.candles?.filter(({ confirm }) => confirm) ?? [];
      expect(candles).toHaveLength(HISTORY);
      const starts = candles.map(({ start }) => start);
      const [first = 0, last = 0] = [starts.at(0), starts.at(-1)];
      expect(starts).toEqual(starts.map((_, index) => first + index * HOUR_MS));
      const told = await venues.candles(series, { from: first, to: last + 1 });
      expect(told).toHaveLength(HISTORY);
      // What comes next follows on what it began with.
      await waitFor(() => brought.messages.length >= 3, 'what is new', TIMEOUT_MS);
      brought.expectNoHole();
      const [next] = brought.messages;
      expect(next?.data).toMatchObject({ candle: { start: last + HOUR_MS } });
      await ingest.kill();
    },
    TIMEOUT_MS,
  );
});
