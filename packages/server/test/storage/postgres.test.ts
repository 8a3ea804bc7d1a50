import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { createStore } from '../../src/storage/index.ts';
import { PostgresClient } from '../../src/storage/postgres.ts';
import { testSqlClient } from '../contracts/sql.contract.ts';
import { testStoreAlerts } from '../contracts/store-alerts.contract.ts';
import { testStoreHistory } from '../contracts/store-history.contract.ts';
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
  const createEmptyStore = async () => {
    const database = { type: 'postgres', address: await server.createDatabase() } as const;
    return createStore({ database, clock: systemClock, logger: createRecordingLogger() });
  };
  testStore('PostgreSQL', createEmptyStore);
  testStoreHistory('PostgreSQL', createEmptyStore);
  testStoreAlerts('PostgreSQL', createEmptyStore);

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

  test('refuses a server that is older than 13', async () => {
    const address = await server.createDatabase();
    const admin = new PostgresClient({ address, logger: createRecordingLogger() });
    onTestFinished(() => admin.close());
    // A function of ours in front of PostgreSQL's own tells the version that an older one would.
    await admin.query(`CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql
                         AS $$ SELECT '120022' $$`);
    await admin.query(`ALTER DATABASE ${address.database} SET search_path = public, pg_catalog`);
    const client = new PostgresClient({ address, logger: createRecordingLogger() });
    onTestFinished(() => client.close());
    const error = await client.start().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_UNSUPPORTED', retryable: false });
    expect(String(error)).toContain('PostgreSQL 13 or newer, got 12');
  });

  test('gives up a statement that takes too long, and says that it may succeed later', async () => {
    const client = await createClient();
    onTestFinished(() => client.close());
    await client.start();
    await expect(client.query('SHOW statement_timeout')).resolves.toEqual([
      { statement_timeout: '30s' },
    ]);
    const slow = client.transaction(async (session) => {
      await session.query('SET LOCAL statement_timeout = 20');
      await session.query('SELECT pg_sleep(60)');
    });
    await expect(slow).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      sqlState: '57014',
    });
    await expect(client.query('SHOW statement_timeout')).resolves.toEqual([
      { statement_timeout: '30s' },
    ]);
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

  test('lets one of many programs claim a database, and no other after it', async () => {
    const { open } = await openStore();
    const stores = [open(), open(), open(), open()];
    await Promise.all(stores.map((store) => store.start()));
    const claims = await Promise.allSettled(
      stores.map((store, index) =>
        store.claim([{ venue: 'bybit', origin: `world ${index}`, isSimulated: true }], false),
      ),
    );
    const refused = claims.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(stores.length - 1);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'STORE_FOREIGN' });
    }
  });

  test('keeps what many programs know to be absent, and lets them save beside a claim', async () => {
    const { open } = await openStore();
    const stores = [open(), open(), open()];
    await Promise.all(stores.map((store) => store.start()));
    const [first, ...others] = stores;
    const series = { instrument: 'BTCUSDT', interval: '1' } as const;
    const at = (minute: number): number => NOON + minute * MINUTE_MS;
    await Promise.all(
      stores.map(async (store, turn) => {
        for (let minute = turn; minute < 60; minute += stores.length) {
          await store.saveAbsences(series, [{ from: at(minute), to: at(minute + 1) }]);
        }
      }),
    );
    const span = { from: at(30), to: at(31) };
    await expect(first?.absences(series, span)).resolves.toEqual([{ from: at(0), to: at(60) }]);
    await first?.claim([{ venue: 'bybit', origin: 'seed=1', isSimulated: true }], true);
    const saves = others.map(async (store, index) => {
      for (let minute = 0; minute < 20; minute += 1) {
        await store.saveCandles([candleOf({ start: at(minute), volume: String(index) })]);
      }
    });
    await first?.claim([{ venue: 'bybit', origin: 'seed=2', isSimulated: true }], true);
    await Promise.all(saves);
    await expect(first?.absences(series, span)).resolves.toEqual([]);
    await expect(first?.saveCandles([candleOf({ start: at(99) })])).resolves.toHaveLength(1);
  });

  test('keeps a program from writing into what another has claimed for another world', async () => {
    const { open } = await openStore();
    const seed = (number: number) =>
      ({ venue: 'bybit', origin: `simulated seed=${number}`, isSimulated: true }) as const;
    const fx = { venue: 'oanda', origin: 'demo', isSimulated: false } as const;
    const series = { instrument: 'BTCUSDT', interval: '1' } as const;
    const span = { from: NOON, to: NOON + MINUTE_MS };
    const first = open();
    const second = open();
    await first.start();
    await second.start();
    await first.claim([seed(1), fx], false);
    await second.claim([fx], false);
    await expect(first.saveCandles([candleOf()])).resolves.toHaveLength(1);
    await expect(second.claim([seed(2)], true)).resolves.toEqual(['bybit']);

    const trade = { id: '1', time: NOON, price: '1', size: '1', side: 'Buy' } as const;
    const [bid, time] = ['1.10', '2025-06-18T12:00:00Z'];
    const quote = { type: 'quote', instrument: 'EUR_USD', bid, ask: bid, mid: bid, time } as const;
    for (const write of [
      () => first.saveCandles([candleOf()]),
      () => first.saveTrades([{ type: 'trades', instrument: 'BTCUSDT', trades: [trade] }]),
      () => first.saveQuotes([quote]),
      () => first.saveAbsences(series, [span]),
      () => first.dropPartitionsBefore('crypto_candles', Date.now()),
    ]) {
      await expect(write()).rejects.toMatchObject({
        code: 'STORE_FOREIGN',
        message:
          'Expected a database with the history of bybit simulated seed=1, but it was claimed ' +
          'for bybit simulated seed=2 by another program: stop one of them, or choose another ' +
          'DATA_DIR or database',
      });
    }
    await expect(first.lastConfirmed(series)).resolves.toBeUndefined();
    await expect(first.absences(series, span)).resolves.toEqual([]);
    await expect(first.lastQuotes()).resolves.toEqual([]);
    await expect(second.saveCandles([candleOf()])).resolves.toHaveLength(1);
    // Whoever takes it back may write again, and the other may not.
    await first.claim([seed(1)], true);
    await expect(first.saveCandles([candleOf()])).resolves.toHaveLength(1);
    await expect(second.saveCandles([candleOf()])).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
  });

  test('lets a claim come between the writes of many, and none of theirs after it', async () => {
    const { open } = await openStore();
    const writers = [open(), open(), open()];
    const taker = open();
    await Promise.all([...writers, taker].map((store) => store.start()));
    const claim = (store: typeof taker, seed: number): Promise<unknown> =>
      store.claim([{ venue: 'bybit', origin: `seed=${seed}`, isSimulated: true }], true);
    for (const writer of writers) {
      await claim(writer, 0);
    }
    let saved = 0;
    const writing = writers.map(async (store, index) => {
      for (let minute = 0; ; minute += 1) {
        await store.saveCandles([
          candleOf({ start: NOON + minute * MINUTE_MS, volume: String(index) }),
        ]);
        saved += 1;
      }
    });
    const ended = Promise.allSettled(writing);
    await waitFor(() => saved > 30, 'candles');
    await claim(taker, 1);
    for (const result of await ended) {
      expect(result).toMatchObject({ reason: { code: 'STORE_FOREIGN' } });
    }
    await expect(taker.series()).resolves.toEqual([]);
  });
});
