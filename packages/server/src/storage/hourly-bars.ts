import { type Bar, isSound } from '../domain/statistics/bar.ts';
import type { HourlyBarsQuery } from '../ports/analytics-store.ts';
import type { SqlSession } from '../ports/sql.ts';
import { candleTableOf } from './candle-tables.ts';
import { optionalTextOf, toSqlTime } from './sql-values.ts';

/** Neither is in a decimal or a time. */
const BETWEEN_BARS = ';';
const BETWEEN_VALUES = ',';

/**
 * Confirmed hourly bars, oldest first. A third of what a candle is, and as one text: once an hour
 * they are read of every instrument.
 */
export async function selectHourlyBars(
  session: SqlSession,
  { instrument, before, limit }: HourlyBarsQuery,
): Promise<readonly Bar[]> {
  const { name, width, widthOf, values } = candleTableOf(instrument);
  const [, high, low, close] = values.map((column) => column.name);
  const told = ['(extract(epoch FROM time) * 1000)::bigint', high, low, close];
  const [row = {}] = await session.query(
    `SELECT string_agg(concat_ws('${BETWEEN_VALUES}', ${told.join(', ')}), '${BETWEEN_BARS}'
              ORDER BY time) AS bars
       FROM (SELECT * FROM ${name}
              WHERE instrument = $1 AND ${width} = $2 AND time < $3 AND is_confirmed
              ORDER BY time DESC LIMIT $4) AS chosen`,
    [instrument, widthOf('60'), toSqlTime(before), limit],
  );
  const text = optionalTextOf(row, 'bars');
  return text === undefined ? [] : text.split(BETWEEN_BARS).map(toBar).filter(isSound);
}

function toBar(text: string): Bar {
  const [start = NaN, high = NaN, low = NaN, close = NaN] = text.split(BETWEEN_VALUES).map(Number);
  return { start, high, low, close };
}
