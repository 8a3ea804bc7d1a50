import { systemClock } from '../app/clock.ts';
import type { Config } from '../app/config.ts';
import { migrateConfigured } from '../app/migrate-database.ts';
import { createErrorLogger } from './error-logger.ts';

/** Brings the configured database up to date; resolves with a line that says from where to where. */
export async function migrate(config: Config): Promise<string> {
  const logger = createErrorLogger();
  const { from, to, steps } = await migrateConfigured({ config, clock: systemClock, logger });
  return from === to
    ? `The database is at version ${to}.`
    : `Brought the database from version ${from} to ${to}: ${steps.join(', ')}.`;
}
