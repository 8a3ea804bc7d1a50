import { type Interval, granularityOf } from '@tickwire/protocol';
import { isCryptoInstrument } from '../domain/instrument-family.ts';
import type { Ohlc, SidedCandle } from '../domain/sided-candle.ts';
import type { HistoryTable } from '../ports/store.ts';

/** A column of decimals, and what a candle has for it. */
interface CandleColumn {
  readonly name: string;
  readonly read: (candle: SidedCandle) => string | null;
}

/** How candles of one family are kept. */
export interface CandleTable {
  readonly name: Extract<HistoryTable, 'oanda_candles' | 'crypto_candles'>;
  /** The column of the interval, as SQL. */
  readonly width: string;
  /** What stands in it. */
  readonly widthOf: (interval: Interval) => string;
  /** Those that every candle has. */
  readonly values: readonly CandleColumn[];
  /** Those of bid and ask, which a candle has all or none of. */
  readonly sides: readonly CandleColumn[];
}

const PRICES = ['open', 'high', 'low', 'close'] as const;

const FX: CandleTable = {
  name: 'oanda_candles',
  width: 'granularity',
  widthOf: granularityOf,
  values: [
    ...columnsOf('_mid', (candle) => candle),
    { name: 'volume', read: ({ volume }) => volume },
  ],
  sides: [
    ...columnsOf('_bid', ({ sides }) => sides?.bid),
    ...columnsOf('_ask', ({ sides }) => sides?.ask),
  ],
};

const CRYPTO: CandleTable = {
  name: 'crypto_candles',
  width: '"interval"',
  widthOf: (interval) => interval,
  values: [
    ...columnsOf('', (candle) => candle),
    { name: 'volume', read: ({ volume }) => volume },
    { name: 'turnover', read: ({ turnover }) => turnover ?? null },
  ],
  sides: [],
};

/** Both tables. */
export const CANDLE_TABLES: readonly CandleTable[] = [FX, CRYPTO];

/** Where an instrument's candles are. */
export function candleTableOf(instrument: string): CandleTable {
  return isCryptoInstrument(instrument) ? CRYPTO : FX;
}

function columnsOf(
  suffix: string,
  pricesOf: (candle: SidedCandle) => Ohlc | undefined,
): CandleColumn[] {
  return PRICES.map((price) => ({
    name: `${price}${suffix}`,
    read: (candle) => pricesOf(candle)?.[price] ?? null,
  }));
}
