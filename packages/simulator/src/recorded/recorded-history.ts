/**
 * Recorded history put in order: one series of candles per instrument and width, the ticks, and by
 * how much all of it is moved so that it ends now.
 */
import type { Granularity } from '@tickwire/protocol';
import type { MarketCandle } from '../market/market.ts';
import type { RecordedPart, RecordedTick } from './recorded-data.ts';

/** Everything recorded of one instrument, oldest first, in the venue's time. */
export interface InstrumentHistory {
  readonly candles: ReadonlyMap<Granularity, readonly MarketCandle[]>;
  readonly ticks: readonly RecordedTick[];
}

type CandlePart = Extract<RecordedPart, { kind: 'candles' }>;

const WEEK_MS = 7 * 86_400_000;

/** The history of each instrument. With `weeks` it ends at `nowMs` or less than a week before. */
export function collectHistory(
  parts: readonly RecordedPart[],
  shift: 'weeks' | 'none',
  nowMs: number,
): ReadonlyMap<string, InstrumentHistory> {
  const histories = new Map<string, InstrumentHistory>();
  for (const part of parts) {
    if ((part.kind === 'candles' || part.kind === 'ticks') && !histories.has(part.instrument)) {
      histories.set(part.instrument, historyOf(part.instrument, parts));
    }
  }
  return shift === 'none' ? histories : shiftToEndAt(nowMs, histories);
}

function historyOf(instrument: string, parts: readonly RecordedPart[]): InstrumentHistory {
  const candles = new Map<Granularity, Map<number, MarketCandle>>();
  const own = parts
    .filter((part): part is CandlePart => part.kind === 'candles')
    .filter((part) => part.instrument === instrument);
  // The later one of a time replaces the earlier, and both sides say more than one.
  for (const part of own.sort((a, b) => Number(a.isTwoSided) - Number(b.isTwoSided))) {
    const series = candles.get(part.granularity) ?? new Map<number, MarketCandle>();
    candles.set(part.granularity, series);
    for (const candle of part.candles) {
      series.set(candle.startMs, candle);
    }
  }
  const ticks: RecordedTick[] = parts.flatMap((part) =>
    part.kind === 'ticks' && part.instrument === instrument ? part.ticks : [],
  );
  const sorted = [...candles].map(([granularity, series]) => {
    const rows = [...series.values()].sort((a, b) => a.startMs - b.startMs);
    return [granularity, rows] as const;
  });
  return { candles: new Map(sorted), ticks: ticks.sort((a, b) => a.timeMs - b.timeMs) };
}

/**
 * Instruments that end within a week of each other were recorded together and move together, or
 * what they did at the same time would come apart; those of another year move by their own weeks.
 */
function shiftToEndAt(
  nowMs: number,
  histories: ReadonlyMap<string, InstrumentHistory>,
): ReadonlyMap<string, InstrumentHistory> {
  const byEnd = [...histories].sort((a, b) => endOf(b[1]) - endOf(a[1]));
  const shifted = new Map<string, InstrumentHistory>();
  let groupEndMs = Infinity;
  for (const [instrument, history] of byEnd) {
    if (groupEndMs - endOf(history) > WEEK_MS) {
      groupEndMs = endOf(history);
    }
    const byMs = weeksUntil(groupEndMs, nowMs);
    shifted.set(instrument, shiftHistory(history, byMs));
  }
  return shifted;
}

/** The most whole weeks that a time can be moved without passing another one. */
export function weeksUntil(timeMs: number, untilMs: number): number {
  return Math.floor((untilMs - timeMs) / WEEK_MS) * WEEK_MS;
}

/** The start of the last candle or the time of the last tick. */
function endOf({ candles, ticks }: InstrumentHistory): number {
  const ends = [...candles.values()].map((series) => series.at(-1)?.startMs ?? -Infinity);
  return Math.max(...ends, ticks.at(-1)?.timeMs ?? -Infinity);
}

function shiftHistory({ candles, ticks }: InstrumentHistory, byMs: number): InstrumentHistory {
  return {
    candles: new Map(
      [...candles].map(([granularity, series]) => [
        granularity,
        series.map((candle) => ({ ...candle, startMs: candle.startMs + byMs })),
      ]),
    ),
    ticks: ticks.map((tick) => ({ ...tick, timeMs: tick.timeMs + byMs })),
  };
}
