import type { Quote } from '@tickwire/protocol';
import type { SqlSession } from '../ports/sql.ts';
import { textOf } from './sql-values.ts';

/** The table of quotes. */
export const QUOTES = 'real_time_prices_audit';

const INSERT = `
  INSERT INTO ${QUOTES} (instrument, bid, ask, mid, "timestamp", venue_time)
  SELECT * FROM unnest(
    $1::text[], $2::numeric[], $3::numeric[], $4::numeric[], $5::timestamptz[], $6::text[])
  ON CONFLICT DO NOTHING`;

/** The newest of each instrument that are too old for the table of quotes. */
const LAST = 'tickwire_last_prices';

/**
 * Goes from name to name along the primary key, and from each to its newest row: the whole table,
 * or one partition of it, may hold millions.
 */
const newestOf = (table: string): string => `
  WITH RECURSIVE names AS (
    (SELECT instrument FROM ${table} ORDER BY instrument LIMIT 1)
    UNION ALL
    SELECT (SELECT later.instrument FROM ${table} AS later
             WHERE later.instrument > names.instrument ORDER BY later.instrument LIMIT 1)
      FROM names WHERE names.instrument IS NOT NULL
  )
  SELECT newest.* FROM names CROSS JOIN LATERAL (
    SELECT instrument, bid, ask, mid, "timestamp", venue_time FROM ${table}
     WHERE instrument = names.instrument ORDER BY "timestamp" DESC LIMIT 1
  ) AS newest`;

/** Keeps quotes whose partitions are there. */
export async function insertQuotes(session: SqlSession, quotes: readonly Quote[]): Promise<void> {
  await session.query(INSERT, [
    quotes.map(({ instrument }) => instrument),
    quotes.map(({ bid }) => bid),
    quotes.map(({ ask }) => ask),
    quotes.map(({ mid }) => mid),
    quotes.map(({ time }) => toMicroseconds(time)),
    quotes.map(({ time }) => time),
  ]);
}

/** The newest quote of each instrument. */
export async function selectLastQuotes(session: SqlSession): Promise<readonly Quote[]> {
  const rows = await session.query(
    `SELECT DISTINCT ON (instrument) instrument, bid, ask, mid, venue_time
       FROM (SELECT * FROM (${newestOf(QUOTES)}) AS kept UNION ALL SELECT * FROM ${LAST}) AS known
      ORDER BY instrument, "timestamp" DESC`,
  );
  return rows.map((row) => ({
    type: 'quote',
    instrument: textOf(row, 'instrument'),
    bid: textOf(row, 'bid'),
    ask: textOf(row, 'ask'),
    mid: textOf(row, 'mid'),
    time: textOf(row, 'venue_time'),
  }));
}

/** Keeps the newest quote of each instrument of a partition that is about to be dropped. */
export async function keepLastQuotes(session: SqlSession, partition: string): Promise<void> {
  await session.query(
    `INSERT INTO ${LAST} AS known (instrument, bid, ask, mid, "timestamp", venue_time)
     SELECT * FROM (${newestOf(partition)}) AS dropped
     ON CONFLICT (instrument) DO UPDATE
       SET bid = excluded.bid, ask = excluded.ask, mid = excluded.mid,
           "timestamp" = excluded."timestamp", venue_time = excluded.venue_time
     WHERE excluded."timestamp" > known."timestamp"`,
  );
}

/**
 * Cuts what a `timestamptz` cannot hold. PostgreSQL would round, and the last nanosecond of a day
 * would be of the next, whose partition may not be there.
 */
function toMicroseconds(time: string): string {
  return time.replace(/(\.\d{6})\d+/, '$1');
}
