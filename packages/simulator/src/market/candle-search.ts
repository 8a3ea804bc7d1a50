/**
 * Finds open, high, low and close of a span of ticks without looking at them all. How far the path
 * can stray within a cell is known, so a cell that cannot hold a new extreme is passed over, and
 * what remains is halved until so few ticks are left that each is looked at. The answer is exact:
 * bounds only decide where not to look.
 */
import { CandleExtremes } from './candle-extremes.ts';
import { HOUR_MS, PATH_DEPTH } from './hour-path.ts';
import type { MarketCandle, Span } from './market.ts';
import type { PairHour, PairMarket } from './pair-market.ts';
import { END_SLOT, NO_SLOT } from './tick-times.ts';

/** A cell of about this many ticks is no longer halved. */
const TICKS_PER_LEAF = 2;

/** The candle of the ticks in a span; undefined if there are none. */
export function findCandle(pair: PairMarket, span: Span): MarketCandle | undefined {
  const pieces = piecesOf(pair, span);
  const [first] = pieces;
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) {
    return undefined;
  }
  const open = pair.pricesAt(first.hour, first.firstSlot);
  const close = pair.pricesAt(last.hour, last.lastSlot);
  const extremes = new CandleExtremes(open);
  extremes.include(close);
  let volume = 0;
  for (const piece of pieces) {
    volume += piece.hour.ticks.rankOf(piece.lastSlot) + 1;
    volume -= piece.hour.ticks.rankOf(piece.firstSlot);
  }
  searchAll(pair, pieces, extremes);
  return extremes.toCandle({
    startMs: span.startMs,
    open,
    close,
    volume,
    digits: pair.instrument.displayPrecision,
  });
}

/** What a span has of one hour: at least one tick. */
interface Piece {
  readonly hour: PairHour;
  /** Milliseconds since the hour's start, half open. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly firstSlot: number;
  readonly lastSlot: number;
}

function piecesOf(pair: PairMarket, { startMs, endMs }: Span): readonly Piece[] {
  const pieces: Piece[] = [];
  const endHour = Math.ceil(endMs / HOUR_MS);
  for (let number = Math.floor(startMs / HOUR_MS); number < endHour; number += 1) {
    const hour = pair.hourAt(number);
    const fromMs = Math.max(0, Math.ceil(startMs - hour.startMs));
    const toMs = Math.min(HOUR_MS, Math.ceil(endMs - hour.startMs));
    const firstSlot = hour.ticks.slotFrom(fromMs);
    const lastSlot = hour.ticks.slotBefore(hour.ticks.slotFrom(toMs));
    if (firstSlot !== END_SLOT && lastSlot !== NO_SLOT && firstSlot <= lastSlot) {
      pieces.push({ hour, fromMs, toMs, firstSlot, lastSlot });
    }
  }
  return pieces;
}

/** The piece that most likely holds the extreme goes first, so that most others are passed over. */
function searchAll(pair: PairMarket, pieces: readonly Piece[], extremes: CandleExtremes): void {
  for (const direction of [1, -1] as const) {
    const promising = pieces.reduce((best, piece) =>
      farEnd(piece, direction) > farEnd(best, direction) ? piece : best,
    );
    searchPiece(pair, promising, direction, extremes);
    for (const piece of pieces) {
      if (piece !== promising) {
        searchPiece(pair, piece, direction, extremes);
      }
    }
  }
}

type Direction = 1 | -1;

function farEnd({ hour }: Piece, direction: Direction): number {
  return Math.max(direction * hour.path.startValue, direction * hour.path.endValue);
}

function searchPiece(
  pair: PairMarket,
  piece: Piece,
  direction: Direction,
  extremes: CandleExtremes,
): void {
  const { path, ticks, spread } = piece.hour;
  const leafCount = ticks.count / TICKS_PER_LEAF;
  extremes.expect(spread);

  function searchCell(level: number, node: number, startValue: number, endValue: number): void {
    const cellCount = 1 << level;
    const cell = node - cellCount;
    const fromMs = (cell * HOUR_MS) / cellCount;
    const toMs = ((cell + 1) * HOUR_MS) / cellCount;
    if (toMs <= piece.fromMs || fromMs >= piece.toMs) {
      return;
    }
    const reach = path.reachAt(level);
    if (
      direction === 1
        ? !extremes.canRiseTo(Math.max(startValue, endValue) + reach)
        : !extremes.canFallTo(Math.min(startValue, endValue) - reach)
    ) {
      return;
    }
    if (cellCount >= leafCount || level === PATH_DEPTH) {
      const untilMs = Math.min(toMs, piece.toMs);
      let slot = ticks.slotFrom(Math.max(fromMs, piece.fromMs));
      while (slot !== END_SLOT) {
        const timeMs = ticks.timeOf(slot);
        if (timeMs >= untilMs) {
          break;
        }
        const fraction = (timeMs / HOUR_MS) * cellCount - cell;
        const value = path.valueWithin(level, node, startValue, endValue, fraction);
        extremes.include(pair.pricesOf(value, ticks.keyOf(slot), spread));
        slot = ticks.slotAfter(slot);
      }
      return;
    }
    const middle = path.middleOf(level, node, startValue, endValue);
    if (direction * startValue > direction * endValue) {
      searchCell(level + 1, 2 * node, startValue, middle);
      searchCell(level + 1, 2 * node + 1, middle, endValue);
    } else {
      searchCell(level + 1, 2 * node + 1, middle, endValue);
      searchCell(level + 1, 2 * node, startValue, middle);
    }
  }

  searchCell(0, 1, path.startValue, path.endValue);
}
