import { type DatabaseOptions, createClient } from './client.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** What was done to a database. */
export interface DatabaseVersions {
  /** 0 for a database that had no tables of ours. */
  readonly from: number;
  readonly to: number;
  /** What each step from one to the other is called. */
  readonly steps: readonly string[];
}

/** Brings a database up to date and closes it. Rejects with a StoreError. */
export async function migrateDatabase(options: DatabaseOptions): Promise<DatabaseVersions> {
  const client = createClient(options);
  try {
    await client.start();
    const { from, applied } = await migrate(client, MIGRATIONS);
    const to = applied.at(-1)?.version ?? from;
    return { from, to, steps: applied.map(({ name }) => name) };
  } finally {
    await client.close();
  }
}
