import { CRYPTO_NAME } from '../domain/instrument-family.ts';
import { StoreError } from '../domain/errors.ts';
import type { SqlSession } from '../ports/sql.ts';
import type { HistoryOrigin, HistoryVenue } from '../ports/store.ts';
import { textOf } from './sql-values.ts';

/** Keeps two programs from claiming one database at the same time. */
const CLAIM_LOCK = 0x636c61;

/** What holds nothing but one venue's history. */
const TABLES: Readonly<Record<HistoryVenue, readonly string[]>> = {
  oanda: ['oanda_candles', 'real_time_prices_audit', 'tickwire_last_prices'],
  bybit: ['crypto_candles', 'crypto_trades'],
};

/** What holds both, with the columns that name an instrument. */
const SHARED_TABLES: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ['candle_absences', ['instrument']],
  ['volatility_metrics', ['instrument']],
  ['correlation_matrix', ['pair1', 'pair2']],
  ['best_pairs_tracker', ['pair1', 'pair2']],
  ['alert_events', ['instrument', 'other_instrument']],
];

/** Does what `Store.claim` promises; MUST run in a transaction. */
export async function claimOrigins(
  session: SqlSession,
  origins: readonly HistoryOrigin[],
  mayReplace: boolean,
): Promise<readonly HistoryVenue[]> {
  await session.query('SELECT pg_advisory_xact_lock($1)', [CLAIM_LOCK]);
  // Before any table: who writes has these rows first as well, so that neither waits for the other.
  const known = await selectOrigins(session, 'FOR UPDATE');
  const dropped: HistoryVenue[] = [];
  for (const { venue, origin, isSimulated } of origins) {
    const before = known.get(venue);
    if (before?.origin === origin && before.isSimulated === isSimulated) {
      continue;
    }
    if (before !== undefined) {
      if (!before.isSimulated || !mayReplace) {
        throw foreign(venue, origin, before.origin);
      }
      await dropHistory(session, venue);
      dropped.push(venue);
    }
    await session.query(
      `INSERT INTO tickwire_origins (venue, origin, is_simulated) VALUES ($1, $2, $3)
       ON CONFLICT (venue) DO UPDATE
         SET origin = excluded.origin, is_simulated = excluded.is_simulated`,
      [venue, origin, isSimulated],
    );
  }
  return dropped;
}

/**
 * Rejects where a venue that was claimed for one world is claimed for another by now, and keeps
 * that from happening until the transaction ends; MUST come before anything is written in it.
 */
export async function refuseIfForeign(
  session: SqlSession,
  claimed: ReadonlyMap<HistoryVenue, HistoryOrigin>,
): Promise<void> {
  if (claimed.size === 0) {
    return;
  }
  const known = await selectOrigins(session, 'FOR SHARE');
  for (const { venue, origin, isSimulated } of claimed.values()) {
    const now = known.get(venue);
    if (now !== undefined && (now.origin !== origin || now.isSimulated !== isSimulated)) {
      throw new StoreError(
        'STORE_FOREIGN',
        `Expected a database with the history of ${venue} ${origin}, but it was claimed for ` +
          `${venue} ${now.origin} by another program: stop one of them, or choose another ` +
          'DATA_DIR or database',
      );
    }
  }
}

/** By venue, locked in one order for everybody. */
async function selectOrigins(
  session: SqlSession,
  lock: 'FOR SHARE' | 'FOR UPDATE',
): Promise<ReadonlyMap<string, Omit<HistoryOrigin, 'venue'>>> {
  const rows = await session.query(
    `SELECT venue, origin, is_simulated FROM tickwire_origins ORDER BY venue ${lock}`,
  );
  return new Map(
    rows.map((row) => [
      textOf(row, 'venue'),
      { origin: textOf(row, 'origin'), isSimulated: row['is_simulated'] === true },
    ]),
  );
}

/** The partitions stay, empty: other programs know of them and go on writing. */
async function dropHistory(session: SqlSession, venue: HistoryVenue): Promise<void> {
  await session.query(`TRUNCATE ${TABLES[venue].join(', ')}`);
  for (const [table, columns] of SHARED_TABLES) {
    const isVenues = columns.map((column) => `(${column} ~ $1) = $2`).join(' OR ');
    await session.query(`DELETE FROM ${table} WHERE ${isVenues}`, [
      CRYPTO_NAME.source,
      venue === 'bybit',
    ]);
  }
}

function foreign(venue: HistoryVenue, expected: string, got: string): StoreError {
  return new StoreError(
    'STORE_FOREIGN',
    `Expected a database with the history of ${venue} ${expected}, got one with that of ` +
      `${venue} ${got}: choose another DATA_DIR or database`,
  );
}
