import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Health, LiveCandle, PriceMessage } from '@tickwire/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type PostgresAddress, PostgresClient } from '../../src/storage/postgres.ts';
import { LiveSocket } from '../support/live-socket.ts';
import { postgresSettings } from '../support/postgres-settings.ts';
import {
  type PrivatePostgres,
  postgresBinaries,
  startPrivatePostgres,
} from '../support/private-postgres.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import {
  type SimulatedVenues,
  latestTradingMoment,
  startVenuesForTest,
} from '../support/simulated-venues.ts';
import { RecordingClient } from '../support/socket-io-client.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { type TestServer, startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { expectVenuesHistory, openStoreForTest, untilWhole } from '../support/whole-history.ts';

const PAIRS = ['EUR_USD', 'GBP_USD', 'USD_JPY', 'XAU_USD'];
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const INTERVALS = ['1', '5'];
const SERIES = PAIRS.length + SYMBOLS.length * (INTERVALS.length + 1);
const CLIENTS = 3;
const TIMEOUT_MS = 120_000;

const SETTINGS = {
  FEEDS: 'oanda,bybit',
  TRACKED_PAIRS: PAIRS.join(),
  BYBIT_SYMBOLS: SYMBOLS.join(),
  BYBIT_TIMEFRAMES: INTERVALS.join(),
  BACKFILL_DAYS: '1',
};

if (postgresBinaries === undefined) {
  test.skip('is skipped: there are no programs of PostgreSQL in /usr/lib/postgresql', () =>
    undefined);
}

describe.skipIf(postgresBinaries === undefined)('while PostgreSQL is down', () => {
  let postgres: PrivatePostgres;
  let isDown = false;
  let venues: SimulatedVenues;
  let address: Awaited<ReturnType<PrivatePostgres['createDatabase']>>;
  let directory: string;

  beforeAll(async () => {
    postgres = await startPrivatePostgres();
  });
  afterEach(async () => {
    if (isDown) {
      await bringBack();
    }
  });
  afterAll(() => postgres.close());

  async function takeDown(): Promise<void> {
    await postgres.stop();
    isDown = true;
  }
  async function bringBack(): Promise<void> {
    await postgres.start();
    isDown = false;
  }

  /** Everything that a server needs, with PostgreSQL there; and a server's settings. */
  async function prepare(): Promise<Record<string, string>> {
    const options = { startMs: latestTradingMoment(), speed: 60, weekend: 'closed' } as const;
    venues = await startVenuesForTest(options);
    address = await postgres.createDatabase();
    directory = await createDirectoryForTest();
    const settings = postgresSettings(address);
    return { ...SETTINGS, ...venues.settings, ...settings, DATA_DIR: directory };
  }

  test(
    'clients are sent every price, and afterwards all of it was recorded',
    async () => {
      const server = await startServerForTest(await prepare());
      const clients = await connect(server);
      const minutes = new LiveSocket(server.url, 'candles/BTCUSDT/1');
      await waitFor(async () => (await quotesIn(address)).length > 0, 'a first batch');

      await takeDown();
      const down = await waitFor(() => healthIf(server, 503), 'the outage to be seen');
      expect(down).toMatchObject({
        status: 'unhealthy',
        services: { database: 'disconnected', api: 'running' },
        error: expect.stringContaining('The database') as string,
      });
      const [before, candlesBefore] = [countOf(clients), confirmed(minutes).length];
      await waitFor(() => countOf(clients) > before + 500, 'prices');
      await waitFor(() => confirmed(minutes).length > candlesBefore + 2, 'candles');
      expect(server.health().history?.waiting_candles).toBeGreaterThan(0);

      await bringBack();
      const isHealthy = () => server.health().status === 'healthy';
      await waitFor(isHealthy, 'the end of the outage');
      const up = await healthIf(server, 200);
      expect(up).toMatchObject({ services: { database: 'connected' } });
      await untilWhole(directory, SERIES, { to: venues.now() });
      await server.close();
      await minutes.closed();

      await expectQuotesKept(clients, address);
      expect(server.health().history).toMatchObject({ dropped_quotes: 0, rejected_records: 0 });
      const store = await openStoreForTest({ type: 'postgres', address });
      await expectVenuesHistory(store, venues);
      const stored = await store.lastConfirmed({ instrument: 'BTCUSDT', interval: '1' });
      expect(stored?.start).toBe(confirmed(minutes).at(-1)?.start);
    },
    TIMEOUT_MS,
  );

  test(
    'a server starts and streams, and records as soon as it can',
    async () => {
      const settings = await prepare();
      await takeDown();
      const server = await startServerForTest(settings);
      const clients = await connect(server);
      expect(await healthIf(server, 503)).toMatchObject({ services: { database: 'disconnected' } });
      await waitFor(() => countOf(clients) > 500, 'prices');

      await bringBack();
      await waitFor(() => healthIf(server, 200), 'the database');
      await untilWhole(directory, SERIES, { to: venues.now() });
      await server.close();
      await expectQuotesKept(clients, address);
      await expectVenuesHistory(await openStoreForTest({ type: 'postgres', address }), venues);
    },
    TIMEOUT_MS,
  );

  test(
    'a server that stops leaves its candles to a file, and the next one saves them',
    async () => {
      const settings = await prepare();
      const server = await startServerForTest(settings);
      const minutes = new LiveSocket(server.url, 'candles/BTCUSDT/1');
      await waitFor(() => confirmed(minutes).length > 0, 'a candle');
      const series = { instrument: 'BTCUSDT', interval: '1' } as const;
      const early = await openStoreForTest({ type: 'postgres', address });
      await waitFor(
        async () => (await early.lastConfirmed(series)) !== undefined,
        'it in the store',
      );
      await early.close();
      await takeDown();
      const before = confirmed(minutes).length;
      await waitFor(() => confirmed(minutes).length > before + 2, 'candles');
      await server.close();
      await minutes.closed();
      const last = confirmed(minutes).at(-1);
      expect(waitingIn(directory)).toContain(`"interval":"1","start":${last?.start},`);

      await bringBack();
      const store = await openStoreForTest({ type: 'postgres', address });
      const stored = await store.lastConfirmed(series);
      expect(stored?.start).toBeLessThan(last?.start ?? 0);
      // Who can ask no venue has the candles from the file or not at all.
      await venues.leave();
      const next = await startServerForTest(settings);
      await waitFor(() => next.health().history?.overflowing_candles === 0, 'an empty file');
      await next.close();
      expect(waitingIn(directory)).toBe('');
      await venues.comeBack();
      expect(await store.lastConfirmed(series)).toMatchObject({ start: last?.start });
      await expectVenuesHistory(store, venues);
    },
    TIMEOUT_MS,
  );
});

/** The candles that wait in files of a data directory, as lines. */
function waitingIn(directory: string): string {
  const files = readdirSync(directory).filter((name) => /^overflow.*\.jsonl$/.test(name));
  const lines = files.flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n'));
  return lines.filter((line) => line.includes('"candle"')).join('\n');
}

/** Clients that follow all prices, closed with the test. */
async function connect(server: TestServer): Promise<readonly RecordingClient[]> {
  const clients = Array.from({ length: CLIENTS }, () => {
    return new RecordingClient(server.url, { reconnection: false });
  });
  onTestFinished(() => {
    clients.forEach((client) => {
      client.close();
    });
  });
  await Promise.all(
    clients.map((client) => client.request('subscribe', { pairs: '*' }, 'subscription_confirmed')),
  );
  return clients;
}

/** How many prices that client has been sent that has been sent fewest. */
function countOf(clients: readonly RecordingClient[]): number {
  return Math.min(...clients.map((client) => client.all('price_update').length));
}

/** What `GET /health` answers, once it does so with the given status. */
async function healthIf(server: TestServer, status: number): Promise<Health | false> {
  const answer = await fetch(`${server.url}/health`);
  return answer.status === status && ((await answer.json()) as Health);
}

/** The candles that a client has been told are over, those of its snapshot left out. */
function confirmed(socket: LiveSocket): readonly LiveCandle[] {
  return socket.messages.flatMap((message) =>
    'candle' in message && message.candle.confirm ? [message.candle] : [],
  );
}

/** Expects clients to have been sent every price in its turn, and all of them to be in the table. */
async function expectQuotesKept(
  clients: readonly RecordingClient[],
  address: PostgresAddress,
): Promise<void> {
  const kept = new Set(await quotesIn(address));
  for (const prices of clients.map((each) => each.all('price_update'))) {
    expect(prices.map(textOf).filter((text) => !kept.has(text))).toEqual([]);
    for (const pair of PAIRS) {
      const numbers = prices.filter(({ instrument }) => instrument === pair).map(({ seq }) => seq);
      const first = numbers[0] ?? 0;
      expect(numbers.length, pair).toBeGreaterThan(0);
      expect(numbers, pair).toEqual(numbers.map((_, index) => first + index));
    }
  }
}

/** All quotes of a database. */
async function quotesIn(address: PostgresAddress): Promise<readonly string[]> {
  const client = new PostgresClient({ address, logger: createRecordingLogger() });
  const rows = await client.query(
    'SELECT instrument, venue_time, bid, ask FROM real_time_prices_audit',
  );
  await client.close();
  return rows.map(({ instrument, venue_time: time, bid, ask }) =>
    [instrument, time, bid, ask].join(' '),
  );
}

function textOf({ instrument, price: { time, bid, ask } }: PriceMessage): string {
  return [instrument, time, bid, ask].join(' ');
}
