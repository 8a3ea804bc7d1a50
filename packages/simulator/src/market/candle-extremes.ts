import type { MarketCandle, Ohlc } from './market.ts';
import type { SpreadRange } from './spread-range.ts';
import type { TickPrices } from './pair-market.ts';
import { formatPoints } from './tick-book.ts';

/** Covers the rounding of bounds that were reached by another order of operations. */
const ROUNDING = 1e-12;

/** What a candle is made of beside its highs and lows. */
export interface CandleFrame {
  readonly startMs: number;
  readonly open: TickPrices;
  readonly close: TickPrices;
  readonly volume: number;
  /** Decimals of a price. */
  readonly digits: number;
}

/**
 * The highs and lows of bid, ask and mid so far, and whether a stretch of the path could still pass
 * one of them. All prices are whole numbers of points, units of a price's last digit.
 */
export class CandleExtremes {
  #bidHigh: number;
  #bidLow: number;
  #askHigh: number;
  #askLow: number;
  #midHigh: number;
  #midLow: number;
  #highest: TickPrices;
  #lowest: TickPrices;
  #spread: SpreadRange = { least: 0, most: Number.MAX_SAFE_INTEGER };
  #riseValue = -Infinity;
  #fallValue = Infinity;

  constructor(first: TickPrices) {
    const mid = midPoints(first);
    this.#bidHigh = first.bid;
    this.#bidLow = first.bid;
    this.#askHigh = first.ask;
    this.#askLow = first.ask;
    this.#midHigh = mid;
    this.#midLow = mid;
    this.#highest = first;
    this.#lowest = first;
  }

  /** Takes in one tick. */
  include(tick: TickPrices): void {
    const { bid, ask } = tick;
    const mid = midPoints(tick);
    if (bid > this.#bidHigh || ask > this.#askHigh || mid > this.#midHigh) {
      this.#bidHigh = Math.max(this.#bidHigh, bid);
      this.#askHigh = Math.max(this.#askHigh, ask);
      this.#midHigh = Math.max(this.#midHigh, mid);
      this.#highest = tick;
      this.#setRiseValue();
    }
    if (bid < this.#bidLow || ask < this.#askLow || mid < this.#midLow) {
      this.#bidLow = Math.min(this.#bidLow, bid);
      this.#askLow = Math.min(this.#askLow, ask);
      this.#midLow = Math.min(this.#midLow, mid);
      this.#lowest = tick;
      this.#setFallValue();
    }
  }

  /** Says what spreads the ticks have that are searched from now on. */
  expect(spread: SpreadRange): void {
    this.#spread = spread;
    this.#setRiseValue();
    this.#setFallValue();
  }

  /** Whether a tick could be a new high somewhere, if the path does not go above a value. */
  canRiseTo(value: number): boolean {
    return value >= this.#riseValue;
  }

  /** Whether a tick could be a new low somewhere, if the path does not go below a value. */
  canFallTo(value: number): boolean {
    return value <= this.#fallValue;
  }

  /** The candle of all that was taken in. */
  toCandle({ startMs, open, close, volume, digits }: CandleFrame): MarketCandle {
    const ohlc = (o: number, h: number, l: number, c: number): Ohlc => ({
      o: formatPoints(o, digits),
      h: formatPoints(h, digits),
      l: formatPoints(l, digits),
      c: formatPoints(c, digits),
    });
    return {
      startMs,
      bid: ohlc(open.bid, this.#bidHigh, this.#bidLow, close.bid),
      ask: ohlc(open.ask, this.#askHigh, this.#askLow, close.ask),
      mid: ohlc(midPoints(open), this.#midHigh, this.#midLow, midPoints(close)),
      volume,
    };
  }

  /**
   * The least price, before it is rounded, that could make a new high with the spread that suits it
   * best, as a value of the path. ln(1 + e) is at least e - e^2 for e above -0.68.
   */
  #setRiseValue(): void {
    const { least, most } = this.#spread;
    const points = Math.min(
      this.#bidHigh + 0.5 + Math.floor(least / 2),
      this.#askHigh + 0.5 - Math.ceil(most / 2),
      this.#midHigh - 0.5,
    );
    const change = points / this.#highest.points - 1;
    this.#riseValue =
      change < -0.5 ? -Infinity : this.#highest.value + change - change * change - ROUNDING;
  }

  /** The same for a new low, where ln(1 + e) is at most e. */
  #setFallValue(): void {
    const { least, most } = this.#spread;
    const points = Math.max(
      this.#bidLow - 0.5 + Math.floor(most / 2),
      this.#askLow - 0.5 - Math.ceil(least / 2),
      this.#midLow - 0.5,
    );
    this.#fallValue = this.#lowest.value + points / this.#lowest.points - 1 + ROUNDING;
  }
}

/** Half the sum of bid and ask, a half rounded up: what OANDA's mid candles show. */
function midPoints({ bid, ask }: TickPrices): number {
  return Math.floor((bid + ask + 1) / 2);
}
