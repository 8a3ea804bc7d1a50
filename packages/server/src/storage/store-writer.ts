import { StoreError } from '../domain/errors.ts';
import type { SqlClient, SqlSession } from '../ports/sql.ts';
import type { HistoryOrigin, HistoryTable, HistoryVenue } from '../ports/store.ts';
import { claimOrigins, refuseIfForeign } from './origins.ts';
import { Partitions } from './partitions.ts';

/** PostgreSQL's `check_violation`, which is also "no partition found for row". */
const NO_PARTITION = '23514';

/** How everything is written: into partitions that are there, and into our own world's history. */
export class StoreWriter {
  readonly #client: SqlClient;
  readonly #partitions: Partitions;
  /** What this program has claimed: another may claim it for another world. */
  readonly #claimed = new Map<HistoryVenue, HistoryOrigin>();

  constructor(client: SqlClient) {
    this.#client = client;
    this.#partitions = new Partitions(client);
  }

  /** Does what `Store.claim` promises. */
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

  /** Runs `work` in a transaction, once the partitions that rows of the given times go to exist. */
  async save<T>(
    times: ReadonlyMap<HistoryTable, readonly number[]>,
    work: (session: SqlSession) => Promise<T>,
  ): Promise<T> {
    await this.#ensurePartitions(times);
    try {
      return await this.write(work);
    } catch (error) {
      if (!(error instanceof StoreError) || error.sqlState !== NO_PARTITION) {
        throw error;
      }
      // Another program may have dropped a partition since we looked.
      this.#partitions.forget();
      await this.#ensurePartitions(times);
      return this.write(work);
    }
  }

  /** Runs `work` in a transaction, unless it would write into another world's history. */
  async write<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#client.transaction(async (session) => {
      await refuseIfForeign(session, this.#claimed);
      return work(session);
    });
  }

  /** Drops partitions, `save` first in the same transaction; see `Partitions.dropBefore`. */
  async dropBefore(
    table: HistoryTable,
    time: number,
    save: (session: SqlSession, partition: string) => Promise<void>,
  ): Promise<readonly string[]> {
    return this.#partitions.dropBefore(table, time, async (session, partition) => {
      await refuseIfForeign(session, this.#claimed);
      await save(session, partition);
    });
  }

  async #ensurePartitions(times: ReadonlyMap<HistoryTable, readonly number[]>): Promise<void> {
    for (const [table, of] of times) {
      await this.#partitions.ensure(table, of);
    }
  }
}
