import type { SidedCandle } from '../domain/sided-candle.ts';
import type { SqlSession } from '../ports/sql.ts';
import type { CandleChange, CandleNews } from '../ports/store.ts';
import { CANDLE_TABLES, type CandleTable } from './candle-tables.ts';
import { upsertOf } from './candle-upsert.ts';
import { integerOf, textOf, timeOf, toSqlTime } from './sql-values.ts';

/** What the numbers of the column `last_change` mean. */
const CHANGES: readonly CandleChange[] = [
  'inserted',
  'updated',
  'confirmed',
  'corrected',
  'completed',
];

const UPSERTS = new Map(CANDLE_TABLES.map((table) => [table, upsertOf(table)]));

/**
 * Keeps candles of one table, each of another instrument, interval or start, whose partitions are
 * there; resolves with those that were news.
 */
export async function upsertCandles(
  session: SqlSession,
  table: CandleTable,
  candles: readonly SidedCandle[],
): Promise<readonly CandleNews[]> {
  const rows = await session.query(UPSERTS.get(table) ?? upsertOf(table), [
    candles.map(({ instrument }) => instrument),
    candles.map(({ interval }) => table.widthOf(interval)),
    candles.map(({ start }) => toSqlTime(start)),
    ...[...table.values, ...table.sides].map(({ read }) => candles.map(read)),
    candles.map(({ isConfirmed }) => isConfirmed),
    candles.map(({ revision }) => revision),
    candles.map(({ source }) => source),
  ]);
  const byKey = new Map(
    candles.map((candle) => [
      `${candle.instrument} ${table.widthOf(candle.interval)} ${candle.start}`,
      candle,
    ]),
  );
  return rows.flatMap((row): CandleNews[] => {
    const key = `${textOf(row, 'instrument')} ${textOf(row, 'width')} ${timeOf(row, 'time')}`;
    const candle = byKey.get(key);
    const change = CHANGES[integerOf(row, 'last_change')];
    return candle === undefined || change === undefined
      ? []
      : [{ change, candle: { ...candle, revision: integerOf(row, 'revision') } }];
  });
}
