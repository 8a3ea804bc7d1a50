import { type CandleSource, nextIntervalStart } from '@tickwire/protocol';
import type { Ohlc, SidedCandle } from '../domain/sided-candle.ts';
import type { SqlSession } from '../ports/sql.ts';
import type { CandleSeriesKey, StoredCandlesQuery } from '../ports/store.ts';
import { type CandleTable, candleTableOf } from './candle-tables.ts';
import { optionalTextOf, toSqlTime } from './sql-values.ts';

/**
 * How many candles one answer has: reading them holds up the event loop for a few milliseconds. As
 * one text they cost a fifth of what as many rows of values do, in PGlite above all.
 */
const CANDLES_PER_ANSWER = 2_000;

/** Neither is in a decimal, a time, a boolean or the name of a source. */
const BETWEEN_CANDLES = ';';
const BETWEEN_VALUES = ',';

/** Candles of one series, oldest first. */
export async function selectCandles(
  session: SqlSession,
  query: StoredCandlesQuery,
): Promise<readonly SidedCandle[]> {
  const pages: (readonly SidedCandle[])[] = [];
  let { from = -Infinity, to = Infinity } = query;
  for (let rest = query.limit, isWhole = false; rest > 0 && !isWhole;) {
    const limit = Math.min(rest, CANDLES_PER_ANSWER);
    const page = await selectPage(session, { ...query, from, to, limit });
    isWhole = page.length < limit;
    rest -= page.length;
    if (query.pick === 'newest') {
      pages.unshift(page);
      to = page[0]?.start ?? to;
    } else {
      pages.push(page);
      from = (page.at(-1)?.start ?? from) + 1;
    }
  }
  return pages.flat();
}

/** The newest candle of a series that is confirmed. */
export async function selectLastConfirmed(
  session: SqlSession,
  series: CandleSeriesKey,
): Promise<SidedCandle | undefined> {
  const table = candleTableOf(series.instrument);
  const [candle] = await select(session, series, {
    rows: `SELECT * FROM ${table.name}
            WHERE instrument = $1 AND ${table.width} = $2 AND is_confirmed
            ORDER BY time DESC LIMIT 1`,
    parameters: [],
  });
  return candle;
}

async function selectPage(
  session: SqlSession,
  { from = -Infinity, to = Infinity, limit, pick, ...series }: StoredCandlesQuery,
): Promise<readonly SidedCandle[]> {
  const table = candleTableOf(series.instrument);
  return select(session, series, {
    rows: `SELECT * FROM ${table.name}
            WHERE instrument = $1 AND ${table.width} = $2 AND time >= $3 AND time < $4
            ORDER BY time ${pick === 'newest' ? 'DESC' : 'ASC'} LIMIT $5`,
    parameters: [toSqlTime(from), toSqlTime(to), limit],
  });
}

/** Some rows of a series as candles, oldest first; `$1` and `$2` are the instrument and the width. */
async function select(
  session: SqlSession,
  { instrument, interval }: CandleSeriesKey,
  { rows, parameters }: { rows: string; parameters: readonly (string | number)[] },
): Promise<readonly SidedCandle[]> {
  const table = candleTableOf(instrument);
  const values = valuesOf(table).join(`, '${BETWEEN_VALUES}', `);
  const [row = {}] = await session.query(
    `SELECT string_agg(concat(${values}), '${BETWEEN_CANDLES}' ORDER BY time) AS candles
       FROM (${rows}) AS chosen`,
    [instrument, table.widthOf(interval), ...parameters],
  );
  const text = optionalTextOf(row, 'candles');
  return text === undefined
    ? []
    : text
        .split(BETWEEN_CANDLES)
        .map((candle) => toCandle(table, { instrument, interval }, candle));
}

/** What of a row is told, in the order in which {@link toCandle} reads it; null is an empty text. */
function valuesOf({ values, sides }: CandleTable): readonly string[] {
  return [
    '(extract(epoch FROM time) * 1000)::bigint',
    'is_confirmed::int',
    'revision',
    'source',
    ...[...values, ...sides].map(({ name }) => name),
  ];
}

function toCandle(
  { values, sides }: CandleTable,
  { instrument, interval }: CandleSeriesKey,
  text: string,
): SidedCandle {
  const [time, isConfirmed, revision, source = '', ...decimals] = text.split(BETWEEN_VALUES);
  const start = Number(time);
  // Volume follows the prices, and turnover follows it where the table has one.
  const [volume = '', turnover = ''] = decimals.slice(PRICES, values.length);
  const sided = decimals.slice(values.length);
  const hasSides = sides.length > 0 && sided[0] !== '';
  return {
    type: 'candle',
    instrument,
    interval,
    start,
    end: nextIntervalStart(interval, start) - 1,
    ...toOhlc(decimals),
    volume,
    ...(turnover === '' ? {} : { turnover }),
    isConfirmed: isConfirmed === '1',
    revision: Number(revision),
    source: toSource(source),
    ...(hasSides ? { sides: { bid: toOhlc(sided), ask: toOhlc(sided.slice(PRICES)) } } : {}),
  };
}

/** How many prices a candle has. */
const PRICES = 4;

/** The first four, in the order in which the tables have them. */
function toOhlc([open = '', high = '', low = '', close = '']: readonly string[]): Ohlc {
  return { open, high, low, close };
}

/** The column allows nothing else. */
function toSource(source: string): CandleSource {
  return source === 'history' || source === 'quotes' ? source : 'stream';
}
