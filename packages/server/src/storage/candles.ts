import { nextIntervalStart } from '@tickwire/protocol';
import type { CandleSource } from '@tickwire/protocol';
import type { Ohlc, SidedCandle } from '../domain/sided-candle.ts';
import type { SqlRow, SqlSession } from '../ports/sql.ts';
import type {
  CandleChange,
  CandleNews,
  CandleSeriesKey,
  StoredCandlesQuery,
} from '../ports/store.ts';
import { CANDLE_TABLES, type CandleTable, candleTableOf } from './candle-tables.ts';
import { integerOf, optionalTextOf, textOf, timeOf, toSqlTime } from './sql-values.ts';
import { upsertOf } from './candle-upsert.ts';

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

/** Candles of one series, oldest first. */
export async function selectCandles(
  session: SqlSession,
  { instrument, interval, from = -Infinity, to = Infinity, limit, pick }: StoredCandlesQuery,
): Promise<readonly SidedCandle[]> {
  const table = candleTableOf(instrument);
  const rows = await session.query(
    `SELECT * FROM ${table.name}
      WHERE instrument = $1 AND ${table.width} = $2 AND time >= $3 AND time < $4
      ORDER BY time ${pick === 'newest' ? 'DESC' : 'ASC'} LIMIT $5`,
    [instrument, table.widthOf(interval), toSqlTime(from), toSqlTime(to), limit],
  );
  const candles = rows.map((row) => toCandle(table, { instrument, interval }, row));
  return pick === 'newest' ? candles.reverse() : candles;
}

/** The newest candle of a series that is confirmed. */
export async function selectLastConfirmed(
  session: SqlSession,
  { instrument, interval }: CandleSeriesKey,
): Promise<SidedCandle | undefined> {
  const table = candleTableOf(instrument);
  const [row] = await session.query(
    `SELECT * FROM ${table.name}
      WHERE instrument = $1 AND ${table.width} = $2 AND is_confirmed
      ORDER BY time DESC LIMIT 1`,
    [instrument, table.widthOf(interval)],
  );
  return row && toCandle(table, { instrument, interval }, row);
}

function toCandle(
  { name, sides }: CandleTable,
  { instrument, interval }: CandleSeriesKey,
  row: SqlRow,
): SidedCandle {
  const isFx = name === 'oanda_candles';
  const start = timeOf(row, 'time');
  const turnover = isFx ? undefined : optionalTextOf(row, 'turnover');
  const hasSides = sides.length > 0 && optionalTextOf(row, 'open_bid') !== undefined;
  return {
    type: 'candle',
    instrument,
    interval,
    start,
    end: nextIntervalStart(interval, start) - 1,
    ...pricesOf(row, isFx ? '_mid' : ''),
    volume: textOf(row, 'volume'),
    ...(turnover === undefined ? {} : { turnover }),
    isConfirmed: row['is_confirmed'] === true,
    revision: integerOf(row, 'revision'),
    source: sourceOf(row),
    ...(hasSides ? { sides: { bid: pricesOf(row, '_bid'), ask: pricesOf(row, '_ask') } } : {}),
  };
}

function pricesOf(row: SqlRow, suffix: '' | '_bid' | '_ask' | '_mid'): Ohlc {
  return {
    open: textOf(row, `open${suffix}`),
    high: textOf(row, `high${suffix}`),
    low: textOf(row, `low${suffix}`),
    close: textOf(row, `close${suffix}`),
  };
}

/** The column allows nothing else. */
function sourceOf(row: SqlRow): CandleSource {
  const source = textOf(row, 'source');
  return source === 'history' || source === 'quotes' ? source : 'stream';
}
