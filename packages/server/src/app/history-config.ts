import { resolve } from 'node:path';
import { ConfigError } from '../domain/errors.ts';
import type { DatabaseConfig } from '../storage/client.ts';
import { type Variables, reader } from './variables.ts';

/** What is kept, where and for how long. */
export interface HistoryConfig {
  /** Of everything that is kept outside of a database server; an absolute path. */
  readonly directory: string;
  readonly database: DatabaseConfig;
  /** How far back there are to be hourly candles of every instrument. */
  readonly backfillDays: number;
  /** How long candles and what is computed from them are kept; 0: for ever. */
  readonly retentionDays: number;
  /** How long every single price is kept. */
  readonly quoteRetentionHours: number;
  readonly recordsTrades: boolean;
}

/** Undefined where nothing is to be kept. Throws a {@link ConfigError}. */
export function historyConfig(variables: Variables): HistoryConfig | undefined {
  const { required } = reader(variables);
  const given = required('DATA_DIR');
  const directory = resolve(given);
  const server = serverAddress(variables);
  const backfillDays = required('BACKFILL_DAYS');
  const retentionDays = required('DATA_RETENTION_DAYS');
  if (retentionDays !== 0 && backfillDays > retentionDays) {
    throw new ConfigError(
      `BACKFILL_DAYS: expected at most the ${retentionDays} of DATA_RETENTION_DAYS, got ${backfillDays}`,
    );
  }
  if (given === 'none') {
    if (server !== undefined) {
      throw new ConfigError('DATA_DIR: expected a directory, because a database is set, got none');
    }
    return undefined;
  }
  return {
    directory,
    database: server ?? { type: 'embedded', directory },
    backfillDays,
    retentionDays,
    quoteRetentionHours: required('PRICE_AUDIT_RETENTION_HOURS'),
    recordsTrades: required('RECORD_TRADES'),
  };
}

/** Undefined where no server is named. */
function serverAddress(variables: Variables): DatabaseConfig | undefined {
  const { optional, required } = reader(variables);
  const url = optional('DATABASE_URL');
  if (url !== undefined) {
    return { type: 'postgres', address: { url } };
  }
  const host = optional('DB_HOST');
  if (host === undefined) {
    return undefined;
  }
  const password = optional('DB_PASSWORD');
  const address = {
    host,
    port: required('DB_PORT'),
    database: required('DB_NAME'),
    user: required('DB_USER'),
    ...(password === undefined ? {} : { password }),
  };
  return { type: 'postgres', address };
}
