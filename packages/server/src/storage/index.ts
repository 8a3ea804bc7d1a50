import type { Quote, Trades } from '@tickwire/protocol';
import type { TimeSpan } from '../domain/gaps.ts';
import type { KeptAlert } from '../domain/kept-alert.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import type { AnalyticsStore } from '../ports/analytics-store.ts';
import type { JobLog } from '../ports/job.ts';
import type { Logger } from '../ports/logger.ts';
import type { SqlClient } from '../ports/sql.ts';
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
import { SqlAnalyticsStore } from './analytics.ts';
import { inParts } from './in-parts.ts';
import { SqlJobLog } from './job-log.ts';
import { StoreWriter } from './store-writer.ts';
import { QUOTES, insertQuotes, keepLastQuotes, selectLastQuotes } from './quotes.ts';
import { TRADES, insertTrades } from './trades.ts';

/** Everything that is kept in one database. */
export interface Stores {
  /** Starts and closes the database for all of them. */
  readonly store: Store;
  readonly analytics: AnalyticsStore;
  readonly jobLog: JobLog;
}

/** The stores in the database that the configuration names; not started. */
export function createStores(options: DatabaseOptions): Stores {
  const client = createClient(options);
  const writer = new StoreWriter(client);
  return {
    store: new SqlStore(client, writer, options.logger),
    analytics: new SqlAnalyticsStore(client, writer),
    jobLog: new SqlJobLog(client),
  };
}

/** A store in the database that the configuration names; not started. */
export function createStore(options: DatabaseOptions): Store {
  return createStores(options).store;
}

/** The same for every engine: what they differ in is the client's. */
class SqlStore implements Store {
  readonly #client: SqlClient;
  readonly #writer: StoreWriter;
  readonly #logger: Logger;

  constructor(client: SqlClient, writer: StoreWriter, logger: Logger) {
    this.#client = client;
    this.#writer = writer;
    this.#logger = logger;
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
    return this.#writer.claim(origins, mayReplace);
  }

  async saveQuotes(quotes: readonly Quote[]): Promise<void> {
    const times = new Map([[QUOTES, quotes.map(({ time }) => Date.parse(time))] as const]);
    await this.#writer.save(times, async (session) => {
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
    return this.#writer.save(times, async (session) => {
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
    await this.#writer.save(times, async (session) => {
      for (const part of inParts(all)) {
        await insertTrades(session, part);
      }
    });
  }

  async saveAlerts(alerts: readonly KeptAlert[]): Promise<void> {
    const times = new Map([[ALERTS, alerts.map(({ time }) => time)] as const]);
    await this.#writer.save(times, async (session) => {
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
    await this.#writer.write((session) => mergeAbsences(session, series, spans));
  }

  async absences(series: CandleSeriesKey, span: TimeSpan): Promise<readonly TimeSpan[]> {
    return selectAbsences(this.#client, series, span);
  }

  async lastQuotes(): Promise<readonly Quote[]> {
    return selectLastQuotes(this.#client);
  }

  async dropPartitionsBefore(table: HistoryTable, time: number): Promise<readonly string[]> {
    return this.#writer.dropBefore(table, time, async (session, partition) => {
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
}
