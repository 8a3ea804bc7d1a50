import type { TimeSpan } from '../domain/gaps.ts';
import type { SqlSession } from '../ports/sql.ts';
import type { CandleSeriesKey } from '../ports/store.ts';
import { timeOf, toSqlTime } from './sql-values.ts';

/** Keeps two programs from merging the same spans at the same time. */
const ABSENCES_LOCK = 0x616273;

/**
 * The rows that a span overlaps or touches, oldest first. They are apart from each other, so that
 * of those that begin before the span only the last can reach it.
 */
const TOUCHING = `
  SELECT from_time, to_time FROM candle_absences
   WHERE instrument = $1 AND "interval" = $2 AND from_time <= $4 AND to_time >= $3
     AND from_time >= coalesce(
       (SELECT max(from_time) FROM candle_absences
         WHERE instrument = $1 AND "interval" = $2 AND from_time <= $3), '-infinity')
   ORDER BY from_time`;

const DELETE = `
  DELETE FROM candle_absences
   WHERE instrument = $1 AND "interval" = $2 AND from_time = ANY($3::timestamptz[])`;

const INSERT = `
  INSERT INTO candle_absences (instrument, "interval", from_time, to_time)
  SELECT $1, $2, * FROM unnest($3::timestamptz[], $4::timestamptz[])
  ON CONFLICT (instrument, "interval", from_time) DO UPDATE SET to_time = excluded.to_time`;

/** Adds spans to those of a series; MUST run in a transaction. */
export async function mergeAbsences(
  session: SqlSession,
  series: CandleSeriesKey,
  spans: readonly TimeSpan[],
): Promise<void> {
  const given = merge(spans);
  const [first] = given;
  const last = given.at(-1);
  if (first === undefined || last === undefined) {
    return;
  }
  await session.query('SELECT pg_advisory_xact_lock($1)', [ABSENCES_LOCK]);
  const known = await selectAbsences(session, series, { from: first.from, to: last.to });
  const merged = merge([...known, ...given]);
  const endOf = new Map(known.map(({ from, to }) => [from, to]));
  const added = merged.filter(({ from, to }) => endOf.get(from) !== to);
  const begins = new Set(merged.map(({ from }) => from));
  const swallowed = known.filter(({ from }) => !begins.has(from));
  const { instrument, interval } = series;
  if (swallowed.length > 0) {
    const starts = swallowed.map(({ from }) => toSqlTime(from));
    await session.query(DELETE, [instrument, interval, starts]);
  }
  if (added.length > 0) {
    await session.query(INSERT, [
      instrument,
      interval,
      added.map(({ from }) => toSqlTime(from)),
      added.map(({ to }) => toSqlTime(to)),
    ]);
  }
}

/** Those of a series that a span overlaps or touches, whole, oldest first. */
export async function selectAbsences(
  session: SqlSession,
  { instrument, interval }: CandleSeriesKey,
  { from, to }: TimeSpan,
): Promise<readonly TimeSpan[]> {
  const rows = await session.query(TOUCHING, [
    instrument,
    interval,
    toSqlTime(from),
    toSqlTime(to),
  ]);
  return rows.map((row) => ({ from: timeOf(row, 'from_time'), to: timeOf(row, 'to_time') }));
}

/** The same times in as few spans as can be, oldest first; those without any time are left out. */
function merge(spans: readonly TimeSpan[]): TimeSpan[] {
  const merged: TimeSpan[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    } else if (span.from < span.to) {
      merged.push(span);
    }
  }
  return merged;
}
