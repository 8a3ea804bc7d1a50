/**
 * What OANDA shows of a tick: a book of one or two levels a side, the prices at which positions
 * would be closed out, and a time with nine digits.
 */
import { childKey, toUnit } from './integer-hash.ts';
import type { PriceLevel, SimulatedInstrument, Tick } from './market.ts';
import type { TickPrices } from './pair-market.ts';

const BOOK_PART = 2;
const CLOSEOUT_PART = 3;
const NANOSECONDS_PART = 4;
/** One tick in this many shows a second level. */
const SECOND_LEVEL_EVERY = 8;
/** One book of two levels in this many has the worse one first, as OANDA's sometimes do. */
const WORST_FIRST_EVERY = 16;
const TOP_LIQUIDITY = 1_000_000;
const FULL_LIQUIDITY = 10_000_000;

/** Makes the tick that has these prices at this time. */
export function createTick(
  { name, displayPrecision }: SimulatedInstrument,
  { bid, ask }: TickPrices,
  { timeMs, tickKey, tradeable }: { timeMs: number; tickKey: number; tradeable: boolean },
): Tick {
  const draw = childKey(tickKey, BOOK_PART) >>> 0;
  const hasTwoLevels = draw % SECOND_LEVEL_EVERY === 0;
  const isWorstFirst = Math.floor(draw / SECOND_LEVEL_EVERY) % WORST_FIRST_EVERY === 0;
  const secondPoints = 2 + ((draw >>> 16) & 3);
  const closeoutPoints = secondPoints + 1 + (childKey(tickKey, CLOSEOUT_PART) & 7);
  const side = (points: number, worse: number): readonly PriceLevel[] => {
    const best = formatPoints(points, displayPrecision);
    if (!hasTwoLevels) {
      return [{ price: best, liquidity: FULL_LIQUIDITY }];
    }
    const levels: readonly PriceLevel[] = [
      { price: best, liquidity: TOP_LIQUIDITY },
      { price: formatPoints(points + worse, displayPrecision), liquidity: FULL_LIQUIDITY },
    ];
    return isWorstFirst ? levels.toReversed() : levels;
  };
  return {
    instrument: name,
    timeMs,
    time: formatTime(timeMs, tickKey),
    bids: side(bid, -secondPoints),
    asks: side(ask, secondPoints),
    closeoutBid: formatPoints(bid - closeoutPoints, displayPrecision),
    closeoutAsk: formatPoints(ask + closeoutPoints, displayPrecision),
    tradeable,
  };
}

/** A price given in units of its last digit: 109382 with 5 digits is `1.09382`. */
export function formatPoints(points: number, digits: number): string {
  const text = String(points).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function formatTime(timeMs: number, tickKey: number): string {
  const nanoseconds = Math.floor(toUnit(childKey(tickKey, NANOSECONDS_PART)) * 1_000_000);
  const milliseconds = new Date(timeMs).toISOString().slice(0, -1);
  return `${milliseconds}${String(nanoseconds).padStart(6, '0')}Z`;
}
