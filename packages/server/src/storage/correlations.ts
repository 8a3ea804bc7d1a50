import type { CorrelatedPair } from '../domain/best-pairs.ts';
import type { Correlations } from '../ports/analytics-store.ts';
import type { SqlSession } from '../ports/sql.ts';
import { inParts } from './in-parts.ts';
import { integerOf, textOf, timeOf, toSqlTime } from './sql-values.ts';

/** The table of correlations. */
export const CORRELATIONS = 'correlation_matrix';

const INSERT = `
  INSERT INTO ${CORRELATIONS} (time, window_size, pair1, pair2, correlation)
  SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::double precision[])`;

/** Puts correlations in the place of those of their time; MUST run in a transaction. */
export async function replaceCorrelations(
  session: SqlSession,
  { time, windowSize, pairs }: Correlations,
): Promise<void> {
  await session.query(`DELETE FROM ${CORRELATIONS} WHERE time = $1`, [toSqlTime(time)]);
  for (const part of inParts(pairs)) {
    await session.query(INSERT, [
      toSqlTime(time),
      windowSize,
      part.map(({ pair1 }) => pair1),
      part.map(({ pair2 }) => pair2),
      part.map(({ correlation }) => correlation),
    ]);
  }
}

/** The correlations of the newest time, by names, of the given instruments or of all. */
export async function selectNewestCorrelations(
  session: SqlSession,
  instruments?: readonly string[],
): Promise<Correlations | undefined> {
  const rows = await session.query(
    `SELECT time, window_size, pair1, pair2, correlation FROM ${CORRELATIONS}
      WHERE time = (SELECT max(time) FROM ${CORRELATIONS})
        AND ($1::text[] IS NULL OR (pair1 = ANY ($1) AND pair2 = ANY ($1)))
      ORDER BY pair1, pair2`,
    [instruments ?? null],
  );
  const [first] = rows;
  return (
    first && {
      time: timeOf(first, 'time'),
      windowSize: integerOf(first, 'window_size'),
      pairs: rows.map((row): CorrelatedPair => ({
        pair1: textOf(row, 'pair1'),
        pair2: textOf(row, 'pair2'),
        correlation: Number(textOf(row, 'correlation')),
      })),
    }
  );
}
