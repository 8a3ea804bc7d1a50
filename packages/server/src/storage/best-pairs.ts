import { PAIR_CATEGORIES, type PairCategory } from '@tickwire/protocol';
import type { BestPair } from '../domain/best-pairs.ts';
import type { BestPairs } from '../ports/analytics-store.ts';
import type { SqlRow, SqlSession } from '../ports/sql.ts';
import { inParts } from './in-parts.ts';
import { integerOf, textOf, timeOf, toSqlTime } from './sql-values.ts';

/** The table of best pairs. */
export const BEST_PAIRS = 'best_pairs_tracker';

const INSERT = `
  INSERT INTO ${BEST_PAIRS} (time, pair1, pair2, correlation, category, reason, rank)
  SELECT $1, * FROM unnest(
    $2::text[], $3::text[], $4::double precision[], $5::text[], $6::text[], $7::integer[])`;

/** Puts ranks in the place of those of their time; MUST run in a transaction. */
export async function replaceBestPairs(
  session: SqlSession,
  { time, pairs }: BestPairs,
): Promise<void> {
  await session.query(`DELETE FROM ${BEST_PAIRS} WHERE time = $1`, [toSqlTime(time)]);
  for (const part of inParts(pairs)) {
    await session.query(INSERT, [
      toSqlTime(time),
      part.map(({ pair1 }) => pair1),
      part.map(({ pair2 }) => pair2),
      part.map(({ correlation }) => correlation),
      part.map(({ category }) => category),
      part.map(({ reason }) => reason),
      part.map(({ rank }) => rank),
    ]);
  }
}

/** The ranks of the newest time, of one category if it is given, by category and rank. */
export async function selectNewestBestPairs(
  session: SqlSession,
  category?: PairCategory,
): Promise<BestPairs | undefined> {
  const [newest] = await session.query(`SELECT time FROM ${BEST_PAIRS} ORDER BY time DESC LIMIT 1`);
  if (newest === undefined) {
    return undefined;
  }
  const time = timeOf(newest, 'time');
  const rows = await session.query(
    `SELECT pair1, pair2, correlation, category, reason, rank FROM ${BEST_PAIRS}
      WHERE time = $1 AND ($2::text IS NULL OR category = $2)
      ORDER BY array_position($3::text[], category), rank, pair1, pair2`,
    [toSqlTime(time), category ?? null, PAIR_CATEGORIES],
  );
  return { time, pairs: rows.map(toBestPair) };
}

function toBestPair(row: SqlRow): BestPair {
  const text = textOf(row, 'category');
  const category = PAIR_CATEGORIES.find((known) => known === text);
  if (category === undefined) {
    throw new TypeError(`Expected a category of pairs, got ${text}`);
  }
  return {
    pair1: textOf(row, 'pair1'),
    pair2: textOf(row, 'pair2'),
    correlation: Number(textOf(row, 'correlation')),
    category,
    reason: textOf(row, 'reason'),
    rank: integerOf(row, 'rank'),
  };
}
