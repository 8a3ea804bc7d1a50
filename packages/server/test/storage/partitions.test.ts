import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { MIGRATIONS } from '../../src/storage/migrations/index.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { PgliteClient } from '../../src/storage/pglite.ts';
import { createDirectory } from '../support/temporary-directory.ts';

const SAVE_NOTHING = (): Promise<void> => Promise.resolve();

describe('partitions', () => {
  let client: PgliteClient;
  let remove: () => Promise<void>;
  let partitions: Partitions;

  beforeAll(async () => {
    const directory = await createDirectory();
    ({ remove } = directory);
    client = new PgliteClient({ directory: directory.path, clock: systemClock });
    await client.start();
    await migrate(client, MIGRATIONS);
  });

  beforeEach(() => {
    partitions = new Partitions(client);
  });

  afterAll(async () => {
    await client.close();
    await remove();
  });

  async function boundsOf(table: string): Promise<string[]> {
    const rows = await client.query(
      `SELECT inhrelid::regclass::text || ' ' || pg_get_expr(relpartbound, inhrelid) AS bound
         FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = $1::regclass ORDER BY 1`,
      [table],
    );
    return rows.map(({ bound }) => String(bound));
  }

  test('hold a month of candles, in UTC, made as they are needed', async () => {
    const december = Date.UTC(2024, 11, 31, 23, 59, 59, 999);
    await partitions.ensure('oanda_candles', [december, december + 1, december]);
    await partitions.ensure('oanda_candles', [december]);
    await new Partitions(client).ensure('oanda_candles', [december]);
    expect(await boundsOf('oanda_candles')).toEqual([
      "oanda_candles_2024_12 FOR VALUES FROM ('2024-12-01 00:00:00+00') TO ('2025-01-01 00:00:00+00')",
      "oanda_candles_2025_01 FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2025-02-01 00:00:00+00')",
    ]);
  });

  test('hold a day of prices', async () => {
    await partitions.ensure('real_time_prices_audit', [Date.UTC(2024, 1, 29, 23, 59)]);
    expect(await boundsOf('real_time_prices_audit')).toEqual([
      "real_time_prices_audit_2024_02_29 FOR VALUES FROM ('2024-02-29 00:00:00+00') TO ('2024-03-01 00:00:00+00')",
    ]);
  });

  test('are dropped once all that they can hold is old, and not a millisecond before', async () => {
    const table = 'crypto_candles';
    const august = Date.UTC(2024, 7);
    await partitions.ensure(table, [Date.UTC(2024, 5), Date.UTC(2024, 6), august]);
    await expect(partitions.dropBefore(table, Date.UTC(2024, 6), SAVE_NOTHING)).resolves.toEqual([
      'crypto_candles_2024_06',
    ]);
    await expect(partitions.dropBefore(table, august - 1, SAVE_NOTHING)).resolves.toEqual([]);
    await expect(partitions.dropBefore(table, august, SAVE_NOTHING)).resolves.toEqual([
      'crypto_candles_2024_07',
    ]);
    await partitions.ensure(table, [Date.UTC(2024, 5)]);
    expect(await boundsOf(table)).toHaveLength(2);
  });

  test('that somebody else made for all times stay', async () => {
    const table = 'alert_events';
    await client.query('CREATE TABLE others PARTITION OF alert_events DEFAULT');
    await expect(partitions.dropBefore(table, Date.UTC(2100, 0), SAVE_NOTHING)).resolves.toEqual(
      [],
    );
  });
});
