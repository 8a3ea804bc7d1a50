import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { SqlClient } from '../../src/ports/sql.ts';
import { createStores } from '../../src/storage/index.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { MIGRATIONS } from '../../src/storage/migrations/index.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { PgliteClient } from '../../src/storage/pglite.ts';
import { PostgresClient } from '../../src/storage/postgres.ts';
import {
  selectNewestCorrelationAlerts,
  selectNewestVolatilityAlerts,
} from '../../src/storage/told-alerts.ts';
import { testAnalyticsStore } from '../contracts/analytics-store.contract.ts';
import { testJobLog } from '../contracts/job-log.contract.ts';
import {
  type PrivatePostgres,
  postgresBinaries,
  startPrivatePostgres,
} from '../support/private-postgres.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { NOON } from '../support/stored-candle.ts';
import { createDirectory } from '../support/temporary-directory.ts';

/** The newest of what was told, of alerts as they are in the table. */
function testToldAlerts(name: string, open: () => Promise<SqlClient>): void {
  test(`${name}: the newest alert of each instrument and of each pair is found`, async () => {
    const client = await open();
    onTestFinished(() => client.close());
    await client.start();
    await migrate(client, MIGRATIONS);
    const later = NOON + 45 * 86_400_000;
    await new Partitions(client).ensure('alert_events', [NOON, later]);
    const insert = (...row: readonly (string | number | null)[]) =>
      client.query(
        `INSERT INTO alert_events VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'a text')`,
        row,
      );
    const at = (ms: number): string => new Date(NOON + ms).toISOString();
    await insert('e:9', at(0), 'volatility', 'EUR_USD', null, 0.2, 0.1, 'critical');
    await insert('e:10', at(0), 'volatility', 'EUR_USD', null, 0.05, 0.1, 'info');
    await insert('e:8', at(0), 'volatility', 'EUR_USD', null, 0.11, 0.1, 'warning');
    await insert('e:11', at(1), 'volatility', 'GBP_USD', null, 0.3, 0.2, 'warning');
    const lately = new Date(later).toISOString();
    await insert('e:12', at(2), 'correlation', 'A_A', 'B_B', 0.8, 0.7, 'warning');
    await insert('e:13', lately, 'correlation', 'A_A', 'B_B', 0.5, 0.7, 'info');
    await insert('e:14', at(4), 'correlation', 'A_A', 'C_C', -0.9, 0.7, 'critical');
    expect(await selectNewestVolatilityAlerts(client)).toEqual([
      {
        time: NOON,
        alert: {
          type: 'volatilityAlert',
          instrument: 'EUR_USD',
          volatility: 0.05,
          threshold: 0.1,
          severity: 'info',
        },
      },
      {
        time: NOON + 1,
        alert: {
          type: 'volatilityAlert',
          instrument: 'GBP_USD',
          volatility: 0.3,
          threshold: 0.2,
          severity: 'warning',
        },
      },
    ]);
    const pair = { type: 'correlationAlert', pair1: 'A_A', threshold: 0.7 } as const;
    expect(await selectNewestCorrelationAlerts(client)).toEqual([
      { time: later, alert: { ...pair, pair2: 'B_B', correlation: 0.5, severity: 'info' } },
      { time: NOON + 4, alert: { ...pair, pair2: 'C_C', correlation: -0.9, severity: 'critical' } },
    ]);
  });
}

const directories: (() => Promise<void>)[] = [];

afterAll(async () => {
  await Promise.all(directories.map((remove) => remove()));
});

async function newDirectory(): Promise<string> {
  const { path, remove } = await createDirectory();
  directories.push(remove);
  return path;
}

const embedded = async () => {
  const database = { type: 'embedded', directory: await newDirectory() } as const;
  return createStores({ database, clock: systemClock, logger: createRecordingLogger() });
};
testAnalyticsStore('PGlite', embedded);
testJobLog('PGlite', embedded);
testToldAlerts('PGlite', async () => {
  return new PgliteClient({ directory: await newDirectory(), clock: systemClock });
});

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

  const open = async () => {
    const database = { type: 'postgres', address: await server.createDatabase() } as const;
    return createStores({ database, clock: systemClock, logger: createRecordingLogger() });
  };
  testAnalyticsStore('PostgreSQL', open);
  testJobLog('PostgreSQL', open);
  testToldAlerts('PostgreSQL', async () => {
    const address = await server.createDatabase();
    return new PostgresClient({ address, logger: createRecordingLogger() });
  });
});
