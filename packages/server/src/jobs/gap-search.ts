import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Interval, nextIntervalStart } from '@tickwire/protocol';
import { type Gap, type TimeSpan, expectedStarts, findGaps } from '../domain/gaps.ts';
import type { CandleSeriesKey } from '../ports/store.ts';

/** What the store knows of a span of a series. */
export interface Known {
  /** The starts of the candles that are there, oldest first. */
  readonly present: readonly number[];
  /** Where the venue is known to have no candles, oldest first. */
  readonly absences: readonly TimeSpan[];
}

export interface GapSearch {
  readonly series: CandleSeriesKey;
  readonly span: TimeSpan;
  /** Tells what is known of a part of the span. */
  readonly look: (part: TimeSpan) => Promise<Known>;
  readonly candlesPerPart?: number;
}

/** So many are looked at in a millisecond or two. */
const CANDLES_PER_PART = 20_000;

/**
 * The same gaps as `findGaps` finds in the whole span, looked for in parts: ten years of minutes at
 * once would hold up the event loop for longer than a client's heartbeat. Rejects as `look` does.
 */
export async function searchGaps(search: GapSearch): Promise<readonly Gap[]> {
  const { series, span, look, candlesPerPart } = search;
  const gaps: Gap[] = [];
  /** Whether a candle that is missing next would belong to the last gap. */
  let isOpen = false;
  for await (const part of inParts(series.interval, span, candlesPerPart)) {
    const { present, absences } = await look(part);
    const found = findGaps(series, part, present, absences);
    const beforeFirst = { from: part.from, to: found[0]?.from ?? part.to };
    isOpen &&= isEmpty(series, beforeFirst);
    for (const gap of found) {
      const last = isOpen ? gaps.pop() : undefined;
      gaps.push(last === undefined ? gap : join(last, gap));
      isOpen = false;
    }
    const afterLast = { from: found.at(-1)?.to ?? part.to, to: part.to };
    isOpen = found.length === 0 ? isOpen : isEmpty(series, afterLast);
  }
  return gaps;
}

/** A span in parts, oldest first, with a turn of the event loop between them. */
export async function* inParts(
  interval: Interval,
  { from, to }: TimeSpan,
  candlesPerPart = CANDLES_PER_PART,
): AsyncGenerator<TimeSpan> {
  const lengthMs = nextIntervalStart(interval, 0) * candlesPerPart;
  for (let start = from; start < to; start += lengthMs) {
    if (start > from) {
      await nextTurn();
    }
    yield { from: start, to: Math.min(start + lengthMs, to) };
  }
}

/** Whether no candle is expected to begin within a span. */
function isEmpty(series: CandleSeriesKey, span: TimeSpan): boolean {
  return span.from >= span.to || expectedStarts(series, span).length === 0;
}

function join(one: Gap, next: Gap): Gap {
  return { from: one.from, to: next.to, count: one.count + next.count };
}
