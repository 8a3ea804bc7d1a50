import type { Quote, Trades } from '@tickwire/protocol';
import { StoreError } from '../domain/errors.ts';
import type { TimeSpan } from '../domain/gaps.ts';
import type { KeptAlert } from '../domain/kept-alert.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import type { Logger } from '../ports/logger.ts';
import type { SqlClient, SqlSession } from '../ports/sql.ts';
import type {
  CandleNews,
  CandleSeriesKey,
  HistoryOrigin,
  HistoryTable,
  HistoryVenue,
  Store,
  StoredAlertsQuery,
  StoredCandlesQuery,
} from '../ports/store.ts';
import { mergeAbsences, selectAbsences } from './absences.ts';
import { ALERTS, insertAlerts, selectAlerts } from './alerts.ts';
import { toRounds } from './candle-rounds.ts';
import { selectConfirmedStarts, selectSeries } from './candle-series.ts';
import { CANDLE_TABLES, candleTableOf } from './candle-tables.ts';
import { selectCandles, selectLastConfirmed } from './candle-reading.ts';
import { upsertCandles } from './candle-saving.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { type DatabaseOptions, createClient } from './client.ts';
import { claimOrigins, refuseIfForeign } from './origins.ts';
import { Partitions } from './partitions.ts';
import { QUOTES, insertQuotes, keepLastQuotes, selectLastQuotes } from './quotes.ts';
import { TRADES, insertTrades } from './trades.ts';

/**
 * How many rows one statement has: enough that its cost is the rows', few enough that writing them
 * as text holds up the event loop for a few milliseconds only.
 */
const ROWS_PER_STATEMENT = 1_000;

/** PostgreSQL's `check_violation`, which is also "no partition found for row". */
const NO_PARTITION = '23514';

/** A store in the database that the configuration names; not started. */
export function createStore(options: DatabaseOptions): Store {
  return new SqlStore(createClient(options), options.logger);
}

/** The same for every engine: what they differ in is the client's. */
class SqlStore implements Store {
  readonly #client: SqlClient;
  readonly #logger: Logger;
  readonly #partitions: Partitions;
  /** What this program has claimed: another may claim it for another world. */
  readonly #claimed = new Map<HistoryVenue, HistoryOrigin>();

  constructor(client: SqlClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
    this.#partitions = new Partitions(client);
  }

  async start(): Promise<void> {
    await this.#client.start();
    const { from, applied } = await migrate(this.#client, MIGRATIONS);
    for (const { version, name } of applied) {
      this.#logger.info({ from, version, name }, 'Brought the database up to date');
    }
  }

  async claim(
    origins: readonly HistoryOrigin[],
    mayReplace: boolean,
  ): Promise<readonly HistoryVenue[]> {
    const dropped = await this.#client.transaction((session) =>
      claimOrigins(session, origins, mayReplace),
    );
    for (const origin of origins) {
      this.#claimed.set(origin.venue, origin);
    }
    return dropped;
  }

  async saveQuotes(quotes: readonly Quote[]): Promise<void> {
    const times = new Map([[QUOTES, quotes.map(({ time }) => Date.parse(time))] as const]);
    await this.#save(times, async (session) => {
      for (const part of inParts(quotes)) {
        await insertQuotes(session, part);
      }
    });
  }

  async saveCandles(candles: readonly SidedCandle[]): Promise<readonly CandleNews[]> {
    const byTable = CANDLE_TABLES.map((table) => ({
      table,
      candles: candles.filter(({ instrument }) => candleTableOf(instrument) === table),
    })).filter((batch) => batch.candles.length > 0);
    const times = new Map(
      byTable.map((batch) => [batch.table.name, batch.candles.map(({ start }) => start)]),
    );
    return this.#save(times, async (session) => {
      const news: CandleNews[] = [];
      for (const batch of byTable) {
        for (const part of toRounds(batch.candles).flatMap(inParts)) {
          news.push(...(await upsertCandles(session, batch.table, part)));
        }
      }
      return news;
    });
  }

  async saveTrades(trades: readonly Trades[]): Promise<void> {
    const all = trades.flatMap(({ instrument, trades: together }) =>
      together.map((trade) => ({ ...trade, instrument })),
    );
    const times = new Map([[TRADES, all.map(({ time }) => time)] as const]);
    await this.#save(times, async (session) => {
      for (const part of inParts(all)) {
        await insertTrades(session, part);
      }
    });
  }

  async saveAlerts(alerts: readonly KeptAlert[]): Promise<void> {
    const times = new Map([[ALERTS, alerts.map(({ time }) => time)] as const]);
    await this.#save(times, async (session) => {
      for (const part of inParts(alerts)) {
        await insertAlerts(session, part);
      }
    });
  }

  async alerts(query: StoredAlertsQuery): Promise<readonly KeptAlert[]> {
    return selectAlerts(this.#client, query);
  }

  async candles(query: StoredCandlesQuery): Promise<readonly SidedCandle[]> {
    return selectCandles(this.#client, query);
  }

  async lastConfirmed(series: CandleSeriesKey): Promise<SidedCandle | undefined> {
    return selectLastConfirmed(this.#client, series);
  }

  async confirmedStarts(series: CandleSeriesKey, span: TimeSpan): Promise<readonly number[]> {
    return selectConfirmedStarts(this.#client, series, span);
  }

  async series(): Promise<readonly CandleSeriesKey[]> {
    return selectSeries(this.#client);
  }

  async saveAbsences(series: CandleSeriesKey, spans: readonly TimeSpan[]): Promise<void> {
    await this.#write((session) => mergeAbsences(session, series, spans));
  }

  async absences(series: CandleSeriesKey, span: TimeSpan): Promise<readonly TimeSpan[]> {
    return selectAbsences(this.#client, series, span);
  }

  async lastQuotes(): Promise<readonly Quote[]> {
    return selectLastQuotes(this.#client);
  }

  async dropPartitionsBefore(table: HistoryTable, time: number): Promise<readonly string[]> {
    return this.#partitions.dropBefore(table, time, async (session, partition) => {
      await refuseIfForeign(session, this.#claimed);
      if (table === QUOTES) {
        await keepLastQuotes(session, partition);
      }
    });
  }

  async ping(): Promise<void> {
    await this.#client.query('SELECT 1');
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** Runs `work` in a transaction, once the partitions that rows of the given times go to exist. */
  async #save<T>(
    times: ReadonlyMap<HistoryTable, readonly number[]>,
    work: (session: SqlSession) => Promise<T>,
  ): Promise<T> {
    await this.#ensurePartitions(times);
    try {
      return await this.#write(work);
    } catch (error) {
      if (!(error instanceof StoreError) || error.sqlState !== NO_PARTITION) {
        throw error;
      }
      // Another program may have dropped a partition since we looked.
      this.#partitions.forget();
      await this.#ensurePartitions(times);
      return this.#write(work);
    }
  }

  /** Runs `work` in a transaction, unless it would write into another world's history. */
  async #write<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#client.transaction(async (session) => {
      await refuseIfForeign(session, this.#claimed);
      return work(session);
    });
  }

  async #ensurePartitions(times: ReadonlyMap<HistoryTable, readonly number[]>): Promise<void> {
    for (const [table, of] of times) {
      await this.#partitions.ensure(table, of);
    }
  }
}

function inParts<T>(rows: readonly T[]): (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    parts.push(rows.slice(start, start + ROWS_PER_STATEMENT));
  }
  return parts;
}
