/**
 * A market made of recorded history. A width that was recorded is answered from its own candles,
 * a coarser one by summing up finer ones or ticks; a finer one than was recorded has no candles.
 */
import { GRANULARITIES, type Granularity } from '@tickwire/protocol';
import { createAlignment, DEFAULT_ALIGNMENT } from '../oanda/candle-alignment.ts';
import { sumCandles, sumTicks } from './candle-sum.ts';
import type { Market, MarketCandle, SimulatedInstrument, Span, Tick } from '../market/market.ts';
import type { RecordedTick } from './recorded-data.ts';
import type { InstrumentHistory } from './recorded-history.ts';
import { formatTime } from '../venue-time.ts';

/** A market that says no price for this long is closed. */
const MAX_QUIET_MS = 3_600_000;
/**
 * Candles wider than an hour begin by the clocks of New York. What was recorded in summer and is
 * moved into winter begins an hour before its span, and must not fall into the span before.
 */
const CLOCK_CHANGE_MS = 3_600_000;
/** Recorded ticks say nothing of how much could be traded at their prices. */
const LIQUIDITY = 10_000_000;
const NO_HISTORY: InstrumentHistory = { candles: new Map(), ticks: [] };
const alignment = createAlignment(DEFAULT_ALIGNMENT);

/** What of a history can answer for a width, from the coarsest to the finest. */
type Source =
  | {
      readonly kind: 'candles';
      readonly rows: readonly MarketCandle[];
      /** How much before its span a candle may begin. */
      readonly earlyMs: number;
    }
  | { readonly kind: 'ticks'; readonly ticks: readonly RecordedTick[] };

/**
 * Has a history for some or all of its instruments. One without ticks is never open, because
 * candles do not tell when within them it could be traded; its prices come from them all the same.
 */
export function createRecordedMarket(
  instruments: readonly SimulatedInstrument[],
  histories: ReadonlyMap<string, InstrumentHistory>,
): Required<Market> {
  const historyOf = (name: string): InstrumentHistory => histories.get(name) ?? NO_HISTORY;

  function lastTick(name: string, timeMs: number): Tick | undefined {
    const { ticks, candles } = historyOf(name);
    const tick = ticks[countUntil(ticks, timeOfTick, timeMs) - 1];
    const known = [...candles].flatMap(([granularity, rows]) => {
      const row = rows[countUntil(rows, startOf, timeMs) - 1];
      return row === undefined ? [] : [knownPrice(row, granularity, timeMs)];
    });
    const newest = [...(tick === undefined ? [] : [tick]), ...known].sort(
      (a, b) => b.timeMs - a.timeMs,
    )[0];
    return newest === undefined ? undefined : toTick(name, newest, isOpen(name, timeMs));
  }

  function isOpen(name: string, timeMs: number): boolean {
    const { ticks } = historyOf(name);
    const tick = ticks[countUntil(ticks, timeOfTick, timeMs) - 1];
    return tick !== undefined && timeMs - tick.timeMs < MAX_QUIET_MS;
  }

  return {
    instruments,
    lastTick,
    isOpen,
    ticksBetween(name, afterMs, untilMs) {
      const { ticks } = historyOf(name);
      const from = countUntil(ticks, timeOfTick, afterMs);
      const until = countUntil(ticks, timeOfTick, untilMs);
      return ticks.slice(from, until).map((tick) => toTick(name, tick, true));
    },
    candles(name, granularity, spans, nowMs) {
      const sources = sourcesOf(historyOf(name), granularity);
      // A coarse candle that has yet to end already knows its end; finer ones know only the past.
      const finestFirst = [...sources].reverse();
      return spans.map((span) => {
        const ordered = span.endMs > nowMs ? finestFirst : sources;
        for (const source of ordered) {
          const candle = candleOf(source, span, nowMs);
          if (candle !== undefined) {
            return candle;
          }
        }
        return undefined;
      });
    },
    nearest(name, granularity, where, timeMs) {
      const times = sourcesOf(historyOf(name), granularity).flatMap((source) =>
        source.kind === 'candles'
          ? (neighbour(source.rows, startOf, where, timeMs) ?? [])
          : (neighbour(source.ticks, timeOfTick, where, timeMs) ?? []),
      );
      if (times.length === 0) {
        return undefined;
      }
      return where === 'before' ? Math.max(...times) : Math.min(...times);
    },
  };
}

function sourcesOf(history: InstrumentHistory, granularity: Granularity): readonly Source[] {
  const widthMs = GRANULARITIES[granularity];
  const series = [...history.candles]
    .filter(([recorded]) => GRANULARITIES[recorded] <= widthMs)
    .sort(([a], [b]) => GRANULARITIES[b] - GRANULARITIES[a])
    .map(([recorded, rows]) => {
      return { kind: 'candles', rows, earlyMs: earlyMsOf(recorded) } as const;
    });
  return [...series, { kind: 'ticks', ticks: history.ticks }];
}

function earlyMsOf(granularity: Granularity): number {
  return GRANULARITIES[granularity] > CLOCK_CHANGE_MS ? CLOCK_CHANGE_MS : 0;
}

/** The close of a candle that is over; of one that is not, the open, which is all it tells yet. */
function knownPrice(row: MarketCandle, granularity: Granularity, nowMs: number): RecordedTick {
  const endMs = endOf(row, granularity);
  return endMs <= nowMs
    ? { timeMs: endMs, bid: row.bid.c, ask: row.ask.c }
    : { timeMs: row.startMs, bid: row.bid.o, ask: row.ask.o };
}

/**
 * A candle lasts for its width, whatever it is aligned to, and longer where clocks are put back.
 * A month has no width but the calendar's.
 */
function endOf({ startMs }: MarketCandle, granularity: Granularity): number {
  const { endMs } = alignment.spanAt(granularity, startMs + earlyMsOf(granularity));
  return granularity === 'M' ? endMs : Math.max(endMs, startMs + GRANULARITIES[granularity]);
}

function candleOf(source: Source, span: Span, nowMs: number): MarketCandle | undefined {
  const lastMs = Math.min(span.endMs - 1, nowMs);
  if (source.kind === 'ticks') {
    const { ticks } = source;
    const from = countUntil(ticks, timeOfTick, span.startMs - 1);
    const until = countUntil(ticks, timeOfTick, lastMs);
    return sumTicks(span.startMs, ticks.slice(from, until));
  }
  const { rows, earlyMs } = source;
  const from = countUntil(rows, startOf, span.startMs - earlyMs - 1);
  const until = countUntil(rows, startOf, Math.min(lastMs, span.endMs - earlyMs - 1));
  return sumCandles(span.startMs, rows.slice(from, until));
}

/** A recorded tick as a tick of a market; its book has one level on each side. */
export function toTick(instrument: string, tick: RecordedTick, tradeable: boolean): Tick {
  const { timeMs, bid, ask } = tick;
  return {
    instrument,
    timeMs,
    time: formatTime(timeMs, 'RFC3339'),
    bids: [{ price: bid, liquidity: LIQUIDITY }],
    asks: [{ price: ask, liquidity: LIQUIDITY }],
    closeoutBid: bid,
    closeoutAsk: ask,
    tradeable,
  };
}

const startOf = ({ startMs }: MarketCandle): number => startMs;
const timeOfTick = ({ timeMs }: RecordedTick): number => timeMs;

/** How many of a sorted list are at or before a time. */
function countUntil<T>(sorted: readonly T[], timeOf: (item: T) => number, timeMs: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = sorted[middle];
    if (item !== undefined && timeOf(item) <= timeMs) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** The newest time before another, or the oldest at or after it. */
function neighbour<T>(
  sorted: readonly T[],
  timeOf: (item: T) => number,
  where: 'before' | 'from',
  timeMs: number,
): number | undefined {
  const earlier = countUntil(sorted, timeOf, Math.ceil(timeMs) - 1);
  const item = sorted[where === 'before' ? earlier - 1 : earlier];
  return item === undefined ? undefined : timeOf(item);
}
