import { INTERVALS, intervalOf } from '@tickwire/protocol';
import type { TimeSpan } from '../domain/gaps.ts';
import type { SqlSession } from '../ports/sql.ts';
import type { CandleSeriesKey } from '../ports/store.ts';
import { CANDLE_TABLES, type CandleTable, candleTableOf } from './candle-tables.ts';
import { optionalTextOf, textOf, toSqlTime } from './sql-values.ts';

/**
 * How many starts one answer has: reading them holds up the event loop for a few milliseconds. As
 * one text they cost a fifth of what as many rows do.
 */
const STARTS_PER_ANSWER = 10_000;

/** The starts of the confirmed candles of a series that begin within a span, oldest first. */
export async function selectConfirmedStarts(
  session: SqlSession,
  { instrument, interval }: CandleSeriesKey,
  { from, to }: TimeSpan,
): Promise<readonly number[]> {
  const table = candleTableOf(instrument);
  const starts: number[] = [];
  for (let next = from, isWhole = false; !isWhole;) {
    const [row = {}] = await session.query(
      `SELECT string_agg((extract(epoch FROM time) * 1000)::bigint::text, ',' ORDER BY time) AS starts
         FROM (SELECT time FROM ${table.name}
                WHERE instrument = $1 AND ${table.width} = $2 AND time >= $3 AND time < $4
                  AND is_confirmed
                ORDER BY time LIMIT $5) AS confirmed`,
      [instrument, table.widthOf(interval), toSqlTime(next), toSqlTime(to), STARTS_PER_ANSWER],
    );
    const before = starts.length;
    for (const start of optionalTextOf(row, 'starts')?.split(',') ?? []) {
      starts.push(Number(start));
    }
    isWhole = starts.length - before < STARTS_PER_ANSWER;
    next = (starts.at(-1) ?? next) + 1;
  }
  return starts;
}

/** All series that have a confirmed candle, by instrument and then by width. */
export async function selectSeries(session: SqlSession): Promise<readonly CandleSeriesKey[]> {
  const series: CandleSeriesKey[] = [];
  for (const table of CANDLE_TABLES) {
    for (const row of await session.query(seriesOf(table))) {
      const interval = intervalOf(textOf(row, 'width'));
      if (interval !== undefined) {
        series.push({ instrument: textOf(row, 'instrument'), interval });
      }
    }
  }
  return series.sort(byInstrumentAndWidth);
}

/**
 * Goes from series to series along the primary key, and in each from its newest candle to one that
 * is confirmed, which is the next at most: the whole table may hold millions.
 */
function seriesOf({ name, width }: CandleTable): string {
  return `
    WITH RECURSIVE series AS (
      (SELECT instrument, ${width} AS width FROM ${name} ORDER BY instrument, ${width} LIMIT 1)
      UNION ALL
      SELECT later.* FROM series CROSS JOIN LATERAL (
        SELECT instrument, ${width} AS width FROM ${name}
         WHERE (instrument, ${width}) > (series.instrument, series.width)
         ORDER BY instrument, ${width} LIMIT 1
      ) AS later
    )
    SELECT series.* FROM series CROSS JOIN LATERAL (
      SELECT FROM ${name}
       WHERE instrument = series.instrument AND ${width} = series.width AND is_confirmed
       ORDER BY time DESC LIMIT 1
    ) AS confirmed`;
}

function byInstrumentAndWidth(a: CandleSeriesKey, b: CandleSeriesKey): number {
  if (a.instrument !== b.instrument) {
    return a.instrument < b.instrument ? -1 : 1;
  }
  return INTERVALS.indexOf(a.interval) - INTERVALS.indexOf(b.interval);
}
