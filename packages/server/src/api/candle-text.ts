/**
 * Candles as text, written here because JSON's numbers are decimals but JavaScript's are not: the
 * digits of a price go out as they came, `1.10` too, and no float ever stands between.
 */
import type { Ohlc, SidedCandle } from '../domain/sided-candle.ts';

export interface CandlesToWrite {
  readonly instrument: string;
  readonly granularity: string;
  readonly candles: readonly SidedCandle[];
  readonly nextCursor: string | undefined;
  /** Of epoch milliseconds. */
  readonly formatTime: (time: number) => string;
}

/** As the contract has them, the decimals as numbers or as texts. */
export function formatCandlesAsJson(
  { instrument, granularity, candles, nextCursor, formatTime }: CandlesToWrite,
  decimals: 'number' | 'string',
): string {
  const decimal = (text: string): string => (decimals === 'string' ? `"${text}"` : text);
  const ohlc = ({ open, high, low, close }: Ohlc): string =>
    `{"o":${decimal(open)},"h":${decimal(high)},"l":${decimal(low)},"c":${decimal(close)}}`;
  const width = JSON.stringify(granularity);
  const texts = candles.map((candle) => {
    const { start, sides, volume, turnover } = candle;
    const told = sides === undefined ? '' : `"bid":${ohlc(sides.bid)},"ask":${ohlc(sides.ask)},`;
    const worth = turnover === undefined ? '' : `,"turnover":${decimal(turnover)}`;
    return (
      `{"time":"${formatTime(start)}","granularity":${width},${told}"mid":${ohlc(candle)},` +
      `"volume":${decimal(volume)}${worth}}`
    );
  });
  const next = nextCursor === undefined ? '' : `,"next_cursor":${JSON.stringify(nextCursor)}`;
  return (
    `{"instrument":${JSON.stringify(instrument)},"granularity":${width},` +
    `"count":${candles.length},"candles":[${texts.join(',')}]${next}}`
  );
}

const PRICES = ['o', 'h', 'l', 'c'] as const;
const CSV_HEAD = [
  'instrument',
  'granularity',
  'time',
  ...['bid', 'ask', 'mid'].flatMap((side) => PRICES.map((price) => `${side}_${price}`)),
  'volume',
].join(',');

/** A line of names and a line for each candle, ended by CRLF (RFC 4180); what is not known is empty. */
export function formatCandlesAsCsv({
  instrument,
  granularity,
  candles,
  formatTime,
}: CandlesToWrite): string {
  const cells = (prices: Ohlc | undefined): string =>
    prices === undefined ? ',,,' : `${prices.open},${prices.high},${prices.low},${prices.close}`;
  const lines = candles.map((candle) => {
    const { start, sides, volume } = candle;
    const sided = `${cells(sides?.bid)},${cells(sides?.ask)},${cells(candle)}`;
    return `${instrument},${granularity},${formatTime(start)},${sided},${volume}`;
  });
  return [CSV_HEAD, ...lines, ''].join('\r\n');
}
