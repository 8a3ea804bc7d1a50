/**
 * All trades of one instrument in one hour. {@link HourPath} gives the price, {@link TickTimes} the
 * moments at which an order meets the book, and hashes its side and what it takes. The path is made
 * to 1.8 seconds and straight in between, so that an hour of ten thousand trades is made in less
 * than a millisecond.
 */
import { exponential } from '../market/exponential.ts';
import { HOUR_MS, type HourPath } from '../market/hour-path.ts';
import { childKey, toUnit } from '../market/integer-hash.ts';
import { END_SLOT, TickTimes } from '../market/tick-times.ts';

const PATH_LEVELS = 11;
const PATH_CELLS = 1 << PATH_LEVELS;
const SIDE_PART = 1;
const FIRST_SIZE_PART = 2;
/** An order takes one to four resting ones: of 16 draws, this many numbers of trades. */
const TRADES_OF_DRAW = [4, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] as const;
const MOST_TRADES = 4;

/** What an hour of trades is made of. */
export interface CryptoHourOptions {
  /** Hours since 1970-01-01T00Z. */
  readonly hour: number;
  readonly key: number;
  readonly path: HourPath;
  /** The price, in ticks, that stands at zero of the path. */
  readonly usualTicks: number;
  readonly usualLots: number;
  readonly ordersPerMinute: number;
}

/** The trades of an hour in columns, oldest first. */
export interface CryptoHour {
  readonly startMs: number;
  readonly count: number;
  /** Milliseconds since the hour's start. */
  readonly times: Uint32Array;
  /** In ticks. */
  readonly prices: Uint32Array;
  /** In lots. */
  readonly sizes: Uint32Array;
  /** 1 where the taker bought. */
  readonly buys: Uint8Array;
}

/**
 * Makes the trades. A buyer pays the tick above the path, a seller gets the one below, so that the
 * best bid and ask at any moment follow from the last trade alone.
 */
export function createCryptoHour(options: CryptoHourOptions): CryptoHour {
  const { hour, key, usualLots, ordersPerMinute } = options;
  const nodes = pricesAlong(options.path, options.usualTicks);
  const orders = new TickTimes({ key, hour, ticksPerMinute: ordersPerMinute, isOpen: () => true });
  const most = orders.count * MOST_TRADES;
  const times = new Uint32Array(most);
  const prices = new Uint32Array(most);
  const sizes = new Uint32Array(most);
  const buys = new Uint8Array(most);
  let count = 0;
  for (let slot = orders.slotFrom(0); slot !== END_SLOT; slot = orders.slotAfter(slot)) {
    const timeMs = orders.timeOf(slot);
    const orderKey = orders.keyOf(slot);
    const draw = childKey(orderKey, SIDE_PART);
    const buy = draw & 1;
    const price = Math.max(1, Math.floor(priceAt(nodes, timeMs))) + buy;
    const trades = TRADES_OF_DRAW[(draw >>> 1) & 15] ?? 1;
    for (let trade = 0; trade < trades; trade += 1) {
      times[count] = timeMs;
      prices[count] = price;
      sizes[count] = drawLots(childKey(orderKey, FIRST_SIZE_PART + trade), usualLots);
      buys[count] = buy;
      count += 1;
    }
  }
  return {
    startMs: hour * HOUR_MS,
    count,
    times: times.slice(0, count),
    prices: prices.slice(0, count),
    sizes: sizes.slice(0, count),
    buys: buys.slice(0, count),
  };
}

/** The index of the first trade at or after a time since the hour's start. */
export function firstTradeFrom({ times, count }: CryptoHour, timeMs: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < timeMs) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** The prices, in ticks, at the ends of the path's cells. */
function pricesAlong(path: HourPath, usualTicks: number): Float64Array {
  const values = new Float64Array(PATH_CELLS + 1);
  values[0] = path.startValue;
  values[PATH_CELLS] = path.endValue;
  for (let level = 0; level < PATH_LEVELS; level += 1) {
    const length = PATH_CELLS >>> level;
    const firstNode = 1 << level;
    for (let cell = 0; cell < firstNode; cell += 1) {
      const from = cell * length;
      const [start, end] = [values[from] ?? 0, values[from + length] ?? 0];
      values[from + length / 2] = path.middleOf(level, firstNode + cell, start, end);
    }
  }
  return values.map((value) => usualTicks * exponential(value));
}

function priceAt(nodes: Float64Array, timeMs: number): number {
  const position = (timeMs / HOUR_MS) * PATH_CELLS;
  const cell = Math.floor(position);
  const from = nodes[cell] ?? 0;
  return from + ((nodes[cell + 1] ?? 0) - from) * (position - cell);
}

/** At least one lot; four times the cube of an even draw has mean 1 and a long tail. */
function drawLots(hash: number, usualLots: number): number {
  const unit = toUnit(hash);
  return 1 + Math.floor(unit * unit * unit * 4 * usualLots);
}
