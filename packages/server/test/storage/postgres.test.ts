import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { createStore } from '../../src/storage/index.ts';
import { PostgresClient } from '../../src/storage/postgres.ts';
import { testSqlClient } from '../contracts/sql.contract.ts';
import { testStore } from '../contracts/store.contract.ts';
import {
  type PrivatePostgres,
  postgresBinaries,
  startPrivatePostgres,
} from '../support/private-postgres.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { MINUTE_MS, NOON, candleOf } from '../support/stored-candle.ts';
import { waitFor } from '../support/wait-for.ts';

if (postgresBinaries === undefined) {
  test.skip('is skipped: there are no programs of PostgreSQL in /usr/lib/postgresql', () =>
    undefined);
}

describe.skipIf(postgresBinaries === undefined)('PostgreSQL', () => {
  let server: PrivatePostgres;

  beforeAll(async () => {
    server = await startPrivatePostgres();
  });

  afterAll(async () => {
    await server.close();
  });

  const createClient = async (): Promise<PostgresClient> => {
    const address = await server.createDatabase();
    return new PostgresClient({ address, logger: createRecordingLogger() });
  };
  const openStore = async () => {
    const address = await server.createDatabase();
    const open = () => {
      const logger = createRecordingLogger();
      const database = { type: 'postgres', address } as const;
      const store = createStore({ database, clock: systemClock, logger });
      onTestFinished(() => store.close());
      return store;
    };
    return { address, open };
  };

  testSqlClient('PostgreSQL', createClient);
  testStore('PostgreSQL', async () => {
    const database = { type: 'postgres', address: await server.createDatabase() } as const;
    return createStore({ database, clock: systemClock, logger: createRecordingLogger() });
  });

  test('connects by an URL', async () => {
    const { host, user, database } = await server.createDatabase();
    const url = `postgresql://${user}@${encodeURIComponent(host)}/${database}`;
    const client = new PostgresClient({ address: { url }, logger: createRecordingLogger() });
    onTestFinished(() => client.close());
    await client.start();
    await expect(client.query('SELECT current_database() AS name')).resolves.toEqual([
      { name: database },
    ]);
  });

  test('says that a server is not there, and that it may come', async () => {
    const address = { ...(await server.createDatabase()), host: '127.0.0.1', port: 1 };
    const client = new PostgresClient({ address, logger: createRecordingLogger() });
    onTestFinished(() => client.close());
    const error = await client.start().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect(String(error)).toMatch(/127\.0\.0\.1:1/);
  });

  test('says that a database is not there, without the password', async () => {
    const address = { ...(await server.createDatabase()), database: 'nowhere' };
    const client = new PostgresClient({ address, logger: createRecordingLogger() });
    onTestFinished(() => client.close());
    const error = await client.start().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_REFUSED', retryable: false, sqlState: '3D000' });
    expect(String(error)).not.toContain(address.password);
  });

  test('fails what a lost connection was doing, and serves what comes later', async () => {
    const client = await createClient();
    onTestFinished(() => client.close());
    await client.start();
    const lost = client.transaction(async (session) => {
      const [row] = await session.query('SELECT pg_backend_pid() AS pid');
      const pid = row?.['pid'] ?? 0;
      await client.query('SELECT pg_terminate_backend($1)', [pid]);
      const left = 'SELECT 1 FROM pg_stat_activity WHERE pid = $1';
      await waitFor(async () => (await client.query(left, [pid])).length === 0, 'its end');
      await session.query('SELECT 1');
    });
    await expect(lost).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(client.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  test('comes back when the server does', async () => {
    const { open } = await openStore();
    const store = open();
    await store.start();
    await store.saveCandles([candleOf()]);
    await server.stop();
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.saveCandles([candleOf()])).rejects.toMatchObject({ retryable: true });
    await server.start();
    await waitFor(
      () =>
        store.ping().then(
          () => true,
          () => false,
        ),
      'the server',
    );
    await expect(store.lastConfirmed(candleOf())).resolves.toEqual(candleOf());
  });

  test('lets many programs start, save the same and drop at the same time', async () => {
    const { open } = await openStore();
    const stores = [open(), open(), open()];
    await Promise.all(stores.map((store) => store.start()));
    const candles = Array.from({ length: 3_000 }, (_, index) =>
      candleOf({ start: NOON + index * 60 * MINUTE_MS, interval: '60' }),
    );
    const news = await Promise.all(
      stores.map((store, turn) =>
        store.saveCandles(turn % 2 === 0 ? candles : candles.toReversed()),
      ),
    );
    expect(news.flat()).toHaveLength(candles.length);
    expect(new Set(news.flat().map(({ change }) => change))).toEqual(new Set(['inserted']));
  });

  test('makes a partition again that another program has dropped', async () => {
    const { open } = await openStore();
    const [one, other] = [open(), open()];
    await one.start();
    await other.start();
    await one.saveCandles([candleOf()]);
    await expect(other.dropPartitionsBefore('crypto_candles', Date.now())).resolves.toEqual([
      'crypto_candles_2025_06',
    ]);
    await expect(one.saveCandles([candleOf()])).resolves.toMatchObject([{ change: 'inserted' }]);
  });
});
