/** Sums trades up, exactly: prices in ticks, volumes in lots, turnovers in whole units. */
import type { CryptoHour } from './crypto-hour.ts';

/** So many products of a price and a size add up without leaving the exact integers. */
const EXACT_TRADES = 512;

/** What a span of at least one trade comes to. */
export interface TradeSum {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: bigint;
  readonly turnover: bigint;
}

/** The turnover of one trade in whole units, from its ticks and lots; below 2^44. */
export type TurnoverOf = (ticks: number, lots: number) => number;

/** The trades of an hour from one index to before another; undefined if there are none. */
export function sumTrades(
  { prices, sizes }: CryptoHour,
  from: number,
  to: number,
  turnoverOf: TurnoverOf,
): TradeSum | undefined {
  if (from >= to) {
    return undefined;
  }
  const open = prices[from] ?? 0;
  let [high, low] = [open, open];
  let [volume, turnover] = [0n, 0n];
  for (let first = from; first < to; first += EXACT_TRADES) {
    const end = Math.min(to, first + EXACT_TRADES);
    let [lots, units] = [0, 0];
    for (let index = first; index < end; index += 1) {
      const price = prices[index] ?? 0;
      const size = sizes[index] ?? 0;
      if (price > high) {
        high = price;
      } else if (price < low) {
        low = price;
      }
      lots += size;
      units += turnoverOf(price, size);
    }
    volume += BigInt(lots);
    turnover += BigInt(units);
  }
  return { open, high, low, close: prices[to - 1] ?? 0, volume, turnover };
}

/** Two spans that follow each other as one. */
export function joinSums(
  before: TradeSum | undefined,
  after: TradeSum | undefined,
): TradeSum | undefined {
  if (before === undefined || after === undefined) {
    return before ?? after;
  }
  return {
    open: before.open,
    high: Math.max(before.high, after.high),
    low: Math.min(before.low, after.low),
    close: after.close,
    volume: before.volume + after.volume,
    turnover: before.turnover + after.turnover,
  };
}
