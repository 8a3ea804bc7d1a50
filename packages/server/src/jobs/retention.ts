import { StoreError } from '../domain/errors.ts';
import { untilOpened } from '../domain/until-opened.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { HistoryTable, Store } from '../ports/store.ts';

export interface RetentionOptions {
  readonly store: Pick<Store, 'dropPartitionsBefore'>;
  /** Resolves when the store can be used; nothing is asked of it before. */
  readonly opened: Promise<void>;
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
/** A start has more urgent things to do. */
const FIRST_DELAY_MS = 60_000;
const SWEEP_EVERY_MS = 3_600_000;

/** Drops once an hour what is older than it is to be kept. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#closing === undefined) {
      this.#running ??= this.#run(this.#stop.signal);
    }
  }

  /** Lets what is being dropped be dropped, and resolves when nothing is left; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, opened } = this.#options;
    await untilOpened(opened, signal);
    await clock.sleep(FIRST_DELAY_MS, signal);
    while (!signal.aborted) {
      await this.#sweep(signal);
      await clock.sleep(SWEEP_EVERY_MS, signal);
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { retentionMs, quoteRetentionMs } = this.#options;
    const plan = [
      ...HISTORY_TABLES.map((table) => ({ table, keptMs: retentionMs })),
      ...QUOTE_TABLES.map((table) => ({ table, keptMs: quoteRetentionMs })),
    ];
    for (const { table, keptMs } of plan) {
      if (keptMs !== undefined && !signal.aborted && !(await this.#drop(table, keptMs))) {
        return;
      }
    }
  }

  /** Resolves with whether it is worth while to go on with the next table. */
  async #drop(table: HistoryTable, keptMs: number): Promise<boolean> {
    const { store, clock, logger, now = () => clock.now() } = this.#options;
    try {
      const partitions = await store.dropPartitionsBefore(table, now() - keptMs);
      if (partitions.length > 0) {
        logger.info({ table, partitions }, 'Dropped what was older than it is to be kept');
      }
      return true;
    } catch (error) {
      logger.warn({ err: error, table }, 'What is too old could not be dropped');
      return !(error instanceof StoreError && error.retryable);
    }
  }
}
