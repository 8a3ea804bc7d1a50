import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { SqlClient } from '../../src/ports/sql.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { MIGRATIONS } from '../../src/storage/migrations/index.ts';
import type { Migration } from '../../src/storage/migrations/migration.ts';
import { PgliteClient } from '../../src/storage/pglite.ts';
import { PostgresClient } from '../../src/storage/postgres.ts';
import {
  type PrivatePostgres,
  postgresBinaries,
  startPrivatePostgres,
} from '../support/private-postgres.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const STEPS: readonly Migration[] = [
  { version: 1, name: 'one', statements: ['CREATE TABLE one (n integer)'] },
  { version: 2, name: 'two', statements: ['INSERT INTO one VALUES (2)', 'CREATE TABLE two ()'] },
  { version: 3, name: 'three', statements: ['INSERT INTO one VALUES (3)'] },
];
const TABLES = [
  'alert_events',
  'best_pairs_tracker',
  'candle_absences',
  'correlation_matrix',
  'cron_job_log',
  'crypto_candles',
  'crypto_trades',
  'market_sessions',
  'oanda_candles',
  'real_time_prices_audit',
  'tickwire_last_prices',
  'tickwire_migrations',
  'tickwire_origins',
  'volatility_metrics',
];

async function tablesOf(client: SqlClient): Promise<unknown[]> {
  const rows = await client.query(
    `SELECT table_name::text AS name FROM information_schema.tables
      WHERE table_schema = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

test('migrations are numbered without a hole', () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
});

function testMigrations(name: string, open: () => Promise<SqlClient>): void {
  describe(`${name}: migrations`, () => {
    let client: SqlClient;

    beforeAll(async () => {
      client = await open();
      await client.start();
    });

    afterAll(async () => {
      await client.close();
    });

    async function empty(): Promise<void> {
      await client.query('DROP SCHEMA public CASCADE');
      await client.query('CREATE SCHEMA public');
    }

    test('make the tables of the contract, and the sessions in them', async () => {
      await empty();
      const report = await migrate(client, MIGRATIONS);
      expect(report).toEqual({ from: 0, applied: MIGRATIONS });
      await expect(tablesOf(client)).resolves.toEqual(TABLES);
      const sessions = await client.query('SELECT * FROM market_sessions ORDER BY session_name');
      expect(sessions.map((row) => Object.values(row).join(' '))).toEqual([
        'London 08:00:00 17:00:00 GMT European session',
        'New York 13:00:00 22:00:00 EST American session',
        'Sydney 22:00:00 07:00:00 AEDT Pacific session',
        'Tokyo 00:00:00 09:00:00 JST Asian session',
      ]);
    });

    test('are applied once, those that are missing only', async () => {
      await empty();
      await migrate(client, STEPS.slice(0, 2));
      const second = await migrate(client, STEPS);
      expect([second.from, second.applied.map(({ version }) => version)]).toEqual([2, [3]]);
      await expect(migrate(client, STEPS)).resolves.toEqual({ from: 3, applied: [] });
      const numbers = await client.query('SELECT n FROM one ORDER BY n');
      expect(numbers).toEqual([{ n: 2 }, { n: 3 }]);
    });

    test('are refused where a newer program has been', async () => {
      await empty();
      await migrate(client, STEPS);
      await expect(migrate(client, STEPS.slice(0, 2))).rejects.toMatchObject({
        code: 'STORE_TOO_NEW',
        message: 'Expected a database of version 2 or older, got version 3',
      });
    });

    test('leave nothing behind when one fails', async () => {
      await empty();
      const broken = { version: 3, name: 'broken', statements: ['DROP TABLE one', 'NONSENSE'] };
      await expect(migrate(client, [...STEPS.slice(0, 2), broken])).rejects.toMatchObject({
        code: 'STORE_MIGRATION_FAILED',
        message: expect.stringMatching(/migration 3 \(broken\).*syntax error/) as string,
      });
      await expect(tablesOf(client)).resolves.toEqual([]);
    });

    test('say so where a table is there already that another program made', async () => {
      await empty();
      await client.query('CREATE TABLE oanda_candles (id integer)');
      await expect(migrate(client, MIGRATIONS)).rejects.toThrow(
        'relation "oanda_candles" already exists',
      );
    });

    test('are applied once where two begin at the same time', async () => {
      await empty();
      const reports = await Promise.all([migrate(client, STEPS), migrate(client, STEPS)]);
      expect(reports.map(({ applied }) => applied.length).sort()).toEqual([0, 3]);
    });
  });
}

testMigrations('PGlite', async () => {
  const { path, remove } = await createDirectory();
  const client = new PgliteClient({ directory: path, clock: systemClock });
  afterAll(remove);
  return client;
});

describe.skipIf(postgresBinaries === undefined)('with a server', () => {
  let server: PrivatePostgres;

  beforeAll(async () => {
    server = await startPrivatePostgres();
  });

  afterAll(async () => {
    await server.close();
  });

  const create = async (): Promise<PostgresClient> => {
    const address = await server.createDatabase();
    return new PostgresClient({ address, logger: createRecordingLogger() });
  };

  testMigrations('PostgreSQL', create);

  test('PostgreSQL: migrations wait for those of another program, however long they take', async () => {
    const client = await create();
    onTestFinished(() => client.close());
    await client.start();
    const asked: string[] = [];
    const watched: Pick<SqlClient, 'transaction'> = {
      transaction: (work) =>
        client.transaction((session) =>
          work({
            query: async (text, parameters) => {
              const rows = await session.query(text, parameters);
              asked.push(text);
              return rows;
            },
          }),
        ),
    };
    let waiting: Promise<unknown> = Promise.resolve();
    await client.transaction(async (session) => {
      await session.query('SELECT pg_advisory_xact_lock($1)', [0x7469636b]);
      waiting = migrate(watched, STEPS);
      // No statement of theirs lasts as long as they wait.
      await waitFor(() => asked.filter((text) => /pg_sleep/.test(text)).length > 2, 'its patience');
      expect(asked.filter((text) => /TABLE/.test(text))).toEqual([]);
    });
    await expect(waiting).resolves.toEqual({ from: 0, applied: STEPS });
  });
});
