import type { Interval } from '@tickwire/protocol';
import type { HistoryTable, Ohlc, StoredCandle } from '../ports/store.ts';

/** A column of decimals, and what a candle has for it. */
interface CandleColumn {
  readonly name: string;
  readonly read: (candle: StoredCandle) => string | null;
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

/** OANDA's names of the widths; `M3` is not among hers and follows their pattern. */
const GRANULARITY_OF: Readonly<Record<Interval, string>> = {
  '1': 'M1',
  '3': 'M3',
  '5': 'M5',
  '15': 'M15',
  '30': 'M30',
  '60': 'H1',
  '120': 'H2',
  '240': 'H4',
  '360': 'H6',
  '720': 'H12',
  D: 'D',
  W: 'W',
  M: 'M',
};

const FX: CandleTable = {
  name: 'oanda_candles',
  width: 'granularity',
  widthOf: (interval) => GRANULARITY_OF[interval],
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

/** Where an instrument's candles are: OANDA's names have a `_`, Bybit's symbols never do. */
export function candleTableOf(instrument: string): CandleTable {
  return instrument.includes('_') ? FX : CRYPTO;
}

function columnsOf(
  suffix: string,
  pricesOf: (candle: StoredCandle) => Ohlc | undefined,
): CandleColumn[] {
  return PRICES.map((price) => ({
    name: `${price}${suffix}`,
    read: (candle) => pricesOf(candle)?.[price] ?? null,
  }));
}
