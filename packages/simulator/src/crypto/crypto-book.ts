/**
 * The book of one instrument at a time: it stands where the last trade left it, and each level
 * changes its size at its own pace. Both sides are functions of the time, so whoever asks, by
 * whichever way, sees the same book.
 */
import type { CryptoSeries } from './crypto-series.ts';
import { childKey, namedKey, toUnit } from '../market/integer-hash.ts';

/** One level: its price in ticks, its size in lots. */
export type BookLevel = readonly [price: number, size: number];

/** Best levels first. */
export interface CryptoBook {
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

const HOLE_PART = 1;
const PACE_PART = 2;
const FIRST_SIZE_PART = 3;
/** One level in this many is empty, if it is not the best. */
const HOLE_EVERY = 4;
/** The quickest levels last for an order's time, or a second; others 2, 4 or 8 times as long. */
const MINUTE_MS = 60_000;
const LEAST_PACE_MS = 1_000;
/** Lots of an average level in those of an average trade. */
const LEVEL_TRADES = 8;

/** The book at a time, at most so many levels a side; undefined before the first trade. */
export function bookAt(
  series: CryptoSeries,
  timeMs: number,
  depth: number,
): CryptoBook | undefined {
  const last = series.lastTrade(timeMs);
  if (last === undefined) {
    return undefined;
  }
  const bestBid = last.isBuy ? last.price - 1 : last.price;
  const key = namedKey(series.key, 'book');
  const mostLots = 2 * LEVEL_TRADES * series.instrument.usualLots;
  const paceMs = Math.max(LEAST_PACE_MS, MINUTE_MS / series.instrument.ordersPerMinute);
  const side = (best: number, direction: 1 | -1): readonly BookLevel[] => {
    const levels: BookLevel[] = [];
    for (let price = best; levels.length < depth && price > 0; price += direction) {
      const levelKey = childKey(childKey(key, price), direction);
      if (price === best || childKey(levelKey, HOLE_PART) >>> 0 >= 2 ** 32 / HOLE_EVERY) {
        levels.push([price, drawSize(levelKey, timeMs, paceMs, mostLots)]);
      }
    }
    return levels;
  };
  return { bids: side(bestBid, -1), asks: side(bestBid + 1, 1) };
}

function drawSize(levelKey: number, timeMs: number, paceMs: number, mostLots: number): number {
  const pace = childKey(levelKey, PACE_PART) >>> 0;
  const lengthMs = paceMs * (1 << (pace & 3));
  const turn = Math.floor((timeMs + (pace >>> 2)) / lengthMs);
  const unit = toUnit(childKey(levelKey, FIRST_SIZE_PART + turn));
  return 1 + Math.floor(unit * unit * 1.5 * mostLots);
}
