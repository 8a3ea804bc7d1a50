import type { HistoryTable } from '../ports/store.ts';
import type { SqlClient, SqlSession } from '../ports/sql.ts';
import { textOf, toSqlTime } from './sql-values.ts';

/**
 * How much time a partition of each table holds: what retention drops is whole partitions. Prices
 * and trades are many and are kept for a day or so: days. All others are kept for a year or so: months, which
 * are few enough to plan a query over (twelve a year) and small enough to go one by one.
 */
const SPANS: Readonly<Record<HistoryTable, 'day' | 'month'>> = {
  real_time_prices_audit: 'day',
  oanda_candles: 'month',
  crypto_candles: 'month',
  crypto_trades: 'day',
  volatility_metrics: 'month',
  correlation_matrix: 'month',
  best_pairs_tracker: 'month',
  alert_events: 'month',
};

/** Keeps two programs from making the same partition, or one from dropping what the other makes. */
const PARTITION_LOCK = 0x7061727;

const DAY_MS = 86_400_000;

interface Partition {
  readonly name: string;
  readonly from: number;
  /** The first millisecond after it. */
  readonly to: number;
}

/** The partitions of the tables that grow: made before the first row comes, dropped when old. */
export class Partitions {
  readonly #client: SqlClient;
  /** By name: those that were there when we looked. */
  readonly #known = new Set<string>();

  constructor(client: SqlClient) {
    this.#client = client;
  }

  /** Makes the partitions that rows of these times (epoch milliseconds) go to. */
  async ensure(table: HistoryTable, times: readonly number[]): Promise<void> {
    const missing = new Map<string, Partition>();
    for (const time of times) {
      const partition = partitionOf(table, time);
      if (!this.#known.has(partition.name)) {
        missing.set(partition.name, partition);
      }
    }
    if (missing.size === 0) {
      return;
    }
    await this.#client.transaction(async (session) => {
      await session.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
      for (const { name, from, to } of missing.values()) {
        await session.query(
          `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${table}
             FOR VALUES FROM ('${toSqlTime(from)}') TO ('${toSqlTime(to)}')`,
        );
      }
    });
    for (const name of missing.keys()) {
      this.#known.add(name);
    }
  }

  /** Forgets which partitions there are: somebody else may have dropped one. */
  forget(): void {
    this.#known.clear();
  }

  /**
   * Drops those that end at or before `time`, and resolves with their names. `save` is called with
   * each before it goes, in the same transaction.
   */
  async dropBefore(
    table: HistoryTable,
    time: number,
    save: (session: SqlSession, partition: string) => Promise<void>,
  ): Promise<readonly string[]> {
    const dropped = await this.#client.transaction(async (session) => {
      await session.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
      const rows = await session.query(
        `SELECT inhrelid::regclass::text AS name, pg_get_expr(relpartbound, inhrelid) AS bound
           FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
          WHERE inhparent = $1::regclass`,
        [table],
      );
      const names = rows
        .filter((row) => endOf(textOf(row, 'bound')) <= time)
        .map((row) => textOf(row, 'name'))
        .sort();
      for (const name of names) {
        await save(session, name);
        await session.query(`DROP TABLE ${name}`);
      }
      return names;
    });
    for (const name of dropped) {
      this.#known.delete(name);
    }
    return dropped;
  }
}

function partitionOf(table: HistoryTable, time: number): Partition {
  const date = new Date(time);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const [day] = date.toISOString().split('T');
  if (SPANS[table] === 'day') {
    const from = Math.floor(time / DAY_MS) * DAY_MS;
    return { name: nameOf(table, day), from, to: from + DAY_MS };
  }
  const from = Date.UTC(year, month);
  return { name: nameOf(table, day?.slice(0, -3)), from, to: Date.UTC(year, month + 1) };
}

/** `oanda_candles_2025_11`. */
function nameOf(table: HistoryTable, span = ''): string {
  return `${table}_${span.replaceAll('-', '_')}`;
}

/** Where the rows of a partition end; infinity where it is not a time, so that it stays. */
function endOf(bound: string): number {
  const [, end] = /TO \('([^']+)'\)$/.exec(bound) ?? [];
  const time = end === undefined ? NaN : Date.parse(end.replace(' ', 'T').replace('+00', 'Z'));
  return Number.isNaN(time) ? Infinity : time;
}
