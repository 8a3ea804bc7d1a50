import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { DatabaseConfig } from './index.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { PgliteClient } from './pglite.ts';
import { PostgresClient } from './postgres.ts';

export interface MigrateDatabaseOptions {
  readonly database: DatabaseConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What was done to a database. */
export interface DatabaseVersions {
  /** 0 for a database that had no tables of ours. */
  readonly from: number;
  readonly to: number;
  /** What each step from one to the other is called. */
  readonly steps: readonly string[];
}

/** Brings a database up to date and closes it. Rejects with a StoreError. */
export async function migrateDatabase(options: MigrateDatabaseOptions): Promise<DatabaseVersions> {
  const { database, clock, logger } = options;
  const client =
    database.type === 'embedded'
      ? new PgliteClient({ directory: database.directory, clock })
      : new PostgresClient({ address: database.address, logger });
  try {
    await client.start();
    const { from, applied } = await migrate(client, MIGRATIONS);
    const to = applied.at(-1)?.version ?? from;
    return { from, to, steps: applied.map(({ name }) => name) };
  } finally {
    await client.close();
  }
}
