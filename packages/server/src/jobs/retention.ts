import { StoreError, toError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Job, JobLog, JobReport, JobTask } from '../ports/job.ts';
import type { Logger } from '../ports/logger.ts';
import type { HistoryTable, Store } from '../ports/store.ts';

export interface RetentionOptions {
  readonly store: Pick<Store, 'dropPartitionsBefore'>;
  readonly log: Pick<JobLog, 'forgetBefore'>;
  /** How long candles and what is computed from them are kept; undefined for ever. */
  readonly retentionMs: number | undefined;
  /** How long single prices and trades are kept; undefined for ever. */
  readonly quoteRetentionMs: number | undefined;
  /** What time it is where the history is of: epoch milliseconds. The clock's, if not given. */
  readonly now?: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const HISTORY_TABLES = [
  'oanda_candles',
  'crypto_candles',
  'volatility_metrics',
  'correlation_matrix',
  'best_pairs_tracker',
  'alert_events',
] as const satisfies readonly HistoryTable[];
const QUOTE_TABLES = [
  'real_time_prices_audit',
  'crypto_trades',
] as const satisfies readonly HistoryTable[];

/** Drops what is older than it is to be kept; its records are partitions, and runs of jobs. */
export class Retention implements Job {
  readonly name = 'retention';
  /** When no other job begins. */
  readonly schedule = '15 * * * *';
  readonly #options: RetentionOptions;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** One table that fails leaves the others; rejects where the store cannot be used. */
  async run({ signal }: JobTask): Promise<JobReport> {
    const { retentionMs, quoteRetentionMs, log, clock } = this.#options;
    const plan = [
      ...HISTORY_TABLES.map((table) => ({ table, keptMs: retentionMs })),
      ...QUOTE_TABLES.map((table) => ({ table, keptMs: quoteRetentionMs })),
    ];
    let records = 0;
    const failures: string[] = [];
    for (const { table, keptMs } of plan) {
      signal.throwIfAborted();
      if (keptMs !== undefined) {
        try {
          records += await this.#drop(table, keptMs);
        } catch (error) {
          failures.push(this.#report(table, error));
        }
      }
    }
    signal.throwIfAborted();
    // Runs are of our own time, whatever time it is where the history is of.
    records += retentionMs === undefined ? 0 : await log.forgetBefore(clock.now() - retentionMs);
    return { records, failures };
  }

  async #drop(table: HistoryTable, keptMs: number): Promise<number> {
    const { store, clock, logger, now = () => clock.now() } = this.#options;
    const partitions = await store.dropPartitionsBefore(table, now() - keptMs);
    if (partitions.length > 0) {
      logger.info({ table, partitions }, 'Dropped what was older than it is to be kept');
    }
    return partitions.length;
  }

  #report(table: HistoryTable, error: unknown): string {
    if (error instanceof StoreError && error.retryable) {
      throw error;
    }
    this.#options.logger.warn({ err: error, table }, 'What is too old could not be dropped');
    return `${table}: ${toError(error).message}`;
  }
}
