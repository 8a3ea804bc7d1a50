/** Sums candles up into a wider one; prices stay the strings they are. */
import type { MarketCandle, Ohlc } from '../market/market.ts';
import { type RecordedTick, roundedMid } from './recorded-data.ts';

/** One candle of several that follow each other; undefined of none. */
export function sumCandles(
  startMs: number,
  candles: readonly MarketCandle[],
): MarketCandle | undefined {
  const [first] = candles;
  if (first === undefined) {
    return undefined;
  }
  return {
    startMs,
    bid: sumSide(
      candles.map(({ bid }) => bid),
      first.bid,
    ),
    ask: sumSide(
      candles.map(({ ask }) => ask),
      first.ask,
    ),
    mid: sumSide(
      candles.map(({ mid }) => mid),
      first.mid,
    ),
    volume: candles.reduce((sum, { volume }) => sum + volume, 0),
  };
}

/** The candle of ticks that follow each other; undefined of none. */
export function sumTicks(
  startMs: number,
  ticks: readonly RecordedTick[],
): MarketCandle | undefined {
  const [first] = ticks;
  const last = ticks.at(-1);
  if (first === undefined || last === undefined) {
    return undefined;
  }
  return {
    startMs,
    bid: sumPrices(
      ticks,
      first,
      last,
      ({ bid }) => bid,
      ({ bid }) => Number(bid),
    ),
    ask: sumPrices(
      ticks,
      first,
      last,
      ({ ask }) => ask,
      ({ ask }) => Number(ask),
    ),
    mid: sumPrices(ticks, first, last, midOf, ({ bid, ask }) => Number(bid) + Number(ask)),
    volume: ticks.length,
  };
}

function midOf({ bid, ask }: RecordedTick): string {
  return roundedMid(bid, ask);
}

/** Compares numbers and writes only four prices, because a day has a hundred thousand ticks. */
function sumPrices(
  ticks: readonly RecordedTick[],
  first: RecordedTick,
  last: RecordedTick,
  priceOf: (tick: RecordedTick) => string,
  valueOf: (tick: RecordedTick) => number,
): Ohlc {
  let [highest, lowest] = [first, first];
  let [high, low] = [valueOf(first), valueOf(first)];
  for (const tick of ticks) {
    const value = valueOf(tick);
    if (value > high) {
      high = value;
      highest = tick;
    } else if (value < low) {
      low = value;
      lowest = tick;
    }
  }
  return { o: priceOf(first), h: priceOf(highest), l: priceOf(lowest), c: priceOf(last) };
}

function sumSide(sides: readonly Ohlc[], first: Ohlc): Ohlc {
  let { h, l, c } = first;
  let [high, low] = [Number(h), Number(l)];
  for (const side of sides) {
    if (Number(side.h) > high) {
      h = side.h;
      high = Number(h);
    }
    if (Number(side.l) < low) {
      l = side.l;
      low = Number(l);
    }
    c = side.c;
  }
  return { o: first.o, h, l, c };
}
