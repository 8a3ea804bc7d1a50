import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { type DatabaseVersions, migrateDatabase } from '../storage/migrate-database.ts';
import type { Config } from './config.ts';
import { requireHistory } from './open-history.ts';

export interface MigrateOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Brings the configured database up to date. Rejects with a ConfigError where nothing is kept, and
 * with a StoreError, `STORE_LOCKED` where a server has it.
 */
export async function migrateConfigured(options: MigrateOptions): Promise<DatabaseVersions> {
  const { config, clock, logger } = options;
  return migrateDatabase({ database: requireHistory(config).database, clock, logger });
}
