import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { SqlClient } from '../../src/ports/sql.ts';
import type { HistoryTable } from '../../src/ports/store.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { MIGRATIONS } from '../../src/storage/migrations/index.ts';
import { claimOrigins } from '../../src/storage/origins.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { PgliteClient } from '../../src/storage/pglite.ts';
import { PostgresClient } from '../../src/storage/postgres.ts';
import { insertTrades } from '../../src/storage/trades.ts';
import {
  type PrivatePostgres,
  postgresBinaries,
  startPrivatePostgres,
} from '../support/private-postgres.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { NOON } from '../support/stored-candle.ts';
import { createDirectory } from '../support/temporary-directory.ts';

const DERIVED: readonly HistoryTable[] = [
  'volatility_metrics',
  'correlation_matrix',
  'best_pairs_tracker',
  'alert_events',
];

/** What no call of a store shows yet. */
function testTables(name: string, open: () => Promise<SqlClient>): void {
  describe(name, () => {
    let client: SqlClient;

    beforeAll(async () => {
      client = await open();
      await client.start();
      await migrate(client, MIGRATIONS);
      const partitions = new Partitions(client);
      for (const table of [...DERIVED, 'crypto_trades'] as const) {
        await partitions.ensure(table, [NOON]);
      }
    });

    afterAll(async () => {
      await client.close();
    });

    test('a trade is there once, as it came', async () => {
      const first = {
        instrument: 'BTCUSDT',
        id: 'a',
        time: NOON + 1,
        side: 'Sell',
        price: '109147.80',
        size: '0.0010',
      } as const;
      const others = [
        { ...first, id: 'b' },
        { ...first, time: NOON + 2 },
        { ...first, instrument: 'SPOT_BTCUSDT' },
      ];
      await insertTrades(client, [first, others[0] ?? first, first]);
      await insertTrades(client, [first, ...others]);
      const rows = await client.query(
        'SELECT * FROM crypto_trades ORDER BY instrument, time, trade_id',
      );
      expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
        'BTCUSDT a 2025-06-18T12:00:00.001Z Sell 109147.80 0.0010',
        'BTCUSDT b 2025-06-18T12:00:00.001Z Sell 109147.80 0.0010',
        'BTCUSDT a 2025-06-18T12:00:00.002Z Sell 109147.80 0.0010',
        'SPOT_BTCUSDT a 2025-06-18T12:00:00.001Z Sell 109147.80 0.0010',
      ]);
    });

    test.each([
      ['oanda', ['coin', 'coin-coin', 'coin-spot', 'spot']],
      ['bybit', ['pair', 'pair-pair']],
    ] as const)('what was derived of %s goes with its history', async (venue, left) => {
      const names = { coin: 'BTCUSDT', spot: 'SPOT_BTCUSDT', pair: 'EUR_USD' };
      for (const table of DERIVED) {
        await client.query(`TRUNCATE ${table}`);
      }
      const time = new Date(NOON).toISOString();
      for (const [label, instrument] of Object.entries(names)) {
        await client.query(
          'INSERT INTO volatility_metrics (instrument, time, atr) VALUES ($1, $2, 1)',
          [instrument, time],
        );
        await client.query(
          `INSERT INTO alert_events VALUES ($1, $2, 'volatility', $3, NULL, 1, 1, 'info', '')`,
          [label, time, instrument],
        );
      }
      const couples: readonly (readonly [keyof typeof names, keyof typeof names])[] = [
        ['coin', 'coin'],
        ['coin', 'pair'],
        ['coin', 'spot'],
        ['pair', 'pair'],
        ['pair', 'spot'],
      ];
      for (const [one, other] of couples) {
        // The first of two is the lesser one.
        const [pair1, pair2] = [names[one], one === other ? `${names[other]}2` : names[other]];
        await client.query('INSERT INTO correlation_matrix VALUES ($1, $2, $3, 0.5, 100)', [
          pair1,
          pair2,
          time,
        ]);
        await client.query(
          `INSERT INTO best_pairs_tracker VALUES ($1, $2, $3, 0.5, 'moderate', '', 1)`,
          [time, pair1, pair2],
        );
        await client.query(
          `INSERT INTO alert_events VALUES ($1, $2, 'correlation', $3, $4, 1, 1, 'info', '')`,
          [`${one}-${other}`, time, pair2, pair1],
        );
      }
      const origin = (seed: number) => [{ venue, origin: `seed=${seed}`, isSimulated: true }];
      await client.transaction((session) => claimOrigins(session, origin(1), true));
      const dropped = await client.transaction((session) => claimOrigins(session, origin(2), true));
      expect(dropped).toEqual([venue]);
      const ids = await client.query('SELECT id FROM alert_events ORDER BY id');
      expect(ids.map(({ id }) => id)).toEqual(left);
      const singles = left.filter((label) => !label.includes('-')).length;
      await expect(countOf('volatility_metrics')).resolves.toBe(singles);
      await expect(countOf('correlation_matrix')).resolves.toBe(left.length - singles);
      await expect(countOf('best_pairs_tracker')).resolves.toBe(left.length - singles);
      // Of trades only Bybit has any.
      await expect(countOf('crypto_trades')).resolves.toBe(venue === 'bybit' ? 0 : 4);
    });

    async function countOf(table: HistoryTable): Promise<unknown> {
      const [row] = await client.query(`SELECT count(*)::int AS count FROM ${table}`);
      return row?.['count'];
    }
  });
}

testTables('PGlite', async () => {
  const { path, remove } = await createDirectory();
  afterAll(remove);
  return new PgliteClient({ directory: path, clock: systemClock });
});

describe.skipIf(postgresBinaries === undefined)('with a server', () => {
  let server: PrivatePostgres;

  beforeAll(async () => {
    server = await startPrivatePostgres();
  });

  afterAll(async () => {
    await server.close();
  });

  testTables('PostgreSQL', async () => {
    const address = await server.createDatabase();
    return new PostgresClient({ address, logger: createRecordingLogger() });
  });
});
