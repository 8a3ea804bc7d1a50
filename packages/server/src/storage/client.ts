import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SqlClient } from '../ports/sql.ts';
import { PgliteClient } from './pglite.ts';
import { type PostgresAddress, PostgresClient } from './postgres.ts';

/** Which database keeps the history: one of our own in a directory, or a PostgreSQL server. */
export type DatabaseConfig =
  | { readonly type: 'embedded'; readonly directory: string }
  | { readonly type: 'postgres'; readonly address: PostgresAddress };

export interface DatabaseOptions {
  readonly database: DatabaseConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A client of the database that the configuration names; not started. */
export function createClient({ database, clock, logger }: DatabaseOptions): SqlClient {
  return database.type === 'embedded'
    ? new PgliteClient({ directory: database.directory, clock })
    : new PostgresClient({ address: database.address, logger });
}
