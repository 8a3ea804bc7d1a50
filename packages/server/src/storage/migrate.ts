import { StoreError, toError } from '../domain/errors.ts';
import type { SqlClient, SqlSession } from '../ports/sql.ts';
import type { Migration } from './migrations/migration.ts';
import { integerOf } from './sql-values.ts';

/** Any number that no other program takes for a lock of its own: `tick` in ASCII. */
const MIGRATION_LOCK = 0x7469636b;

const LOCK_POLL_SECONDS = 0.2;

/** The version of the tables, 0 for a database without them, and those that were applied now. */
export interface MigrationReport {
  readonly from: number;
  readonly applied: readonly Migration[];
}

/**
 * Applies the migrations that a database does not have yet, in order and in one transaction: all
 * or none, and once, however many programs start at the same time. Rejects with a StoreError for a
 * database that has migrations which this program does not know.
 */
export async function migrate(
  client: Pick<SqlClient, 'transaction'>,
  migrations: readonly Migration[],
): Promise<MigrationReport> {
  return client.transaction(async (session) => {
    await waitForLock(session);
    const from = await currentVersion(session);
    const newest = migrations.at(-1)?.version ?? 0;
    if (from > newest) {
      throw new StoreError(
        'STORE_TOO_NEW',
        `Expected a database of version ${newest} or older, got version ${from}`,
      );
    }
    const applied = migrations.filter(({ version }) => version > from);
    for (const migration of applied) {
      await apply(session, migration);
    }
    return { from, applied };
  });
}

/**
 * Another's migrations may take longer than any statement may, one that waits for them included:
 * so it asks again and again.
 */
async function waitForLock(session: SqlSession): Promise<void> {
  for (;;) {
    const [row = {}] = await session.query('SELECT pg_try_advisory_xact_lock($1) AS is_ours', [
      MIGRATION_LOCK,
    ]);
    if (row['is_ours'] === true) {
      return;
    }
    await session.query(`SELECT pg_sleep(${LOCK_POLL_SECONDS})`);
  }
}

async function currentVersion(session: SqlSession): Promise<number> {
  await session.query(
    `CREATE TABLE IF NOT EXISTS tickwire_migrations (
       version integer PRIMARY KEY,
       name text NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT now()
     )`,
  );
  const [row = {}] = await session.query(
    'SELECT coalesce(max(version), 0) AS version FROM tickwire_migrations',
  );
  return integerOf(row, 'version');
}

async function apply(session: SqlSession, { version, name, statements }: Migration): Promise<void> {
  try {
    for (const statement of statements) {
      await session.query(statement);
    }
    await session.query('INSERT INTO tickwire_migrations (version, name) VALUES ($1, $2)', [
      version,
      name,
    ]);
  } catch (error) {
    if (error instanceof StoreError && error.code !== 'STORE_QUERY_FAILED') {
      throw error;
    }
    const message = `Could not apply migration ${version} (${name}): ${toError(error).message}`;
    throw new StoreError('STORE_MIGRATION_FAILED', message, { cause: error });
  }
}
