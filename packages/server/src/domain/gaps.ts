import { type Candle, type Interval, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import { tradingSessions } from './market-hours.ts';

/** From a time until another, which is not part of it: epoch milliseconds. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** Candles that are missing one after another, from the start of the first to the last one's end. */
export interface Gap extends TimeSpan {
  /** How many; while the market is closed none is missing. */
  readonly count: number;
}

type Series = Pick<Candle, 'instrument' | 'interval'>;

/**
 * The starts of the candles that begin within a span and during which the market of the instrument
 * is open at some moment, oldest first.
 */
export function expectedStarts(series: Series, span: TimeSpan): readonly number[] {
  const { instrument, interval } = series;
  const next = stepOf(interval);
  const starts: number[] = [];
  // The market may open during the last candle that begins within the span, but after the span.
  const seen = { from: span.from, to: firstStart(interval, span.to) };
  let start = firstStart(interval, span.from);
  for (const session of tradingSessions(instrument, seen)) {
    start = Math.max(start, intervalStart(interval, session.from));
    for (; start < session.to && start < span.to; start = next(start)) {
      starts.push(start);
    }
  }
  return starts;
}

/**
 * The candles of a span that are expected but neither present nor known to be absent: runs, oldest
 * first, that one which is present or absent ends, and a time without trading does not.
 *
 * @param present The starts of the candles that are there, oldest first.
 * @param absences Where the venue is known to have no candles, oldest first.
 */
export function findGaps(
  series: Series,
  span: TimeSpan,
  present: readonly number[],
  absences: readonly TimeSpan[],
): readonly Gap[] {
  const next = stepOf(series.interval);
  const gaps: Gap[] = [];
  let run: { from: number; last: number; count: number } | undefined;
  const endRun = (): void => {
    if (run !== undefined) {
      gaps.push({ from: run.from, to: next(run.last), count: run.count });
      run = undefined;
    }
  };
  let [presentAt, absenceAt] = [0, 0];
  for (const start of expectedStarts(series, span)) {
    while ((present[presentAt] ?? Infinity) < start) {
      presentAt += 1;
    }
    while ((absences[absenceAt]?.to ?? Infinity) <= start) {
      absenceAt += 1;
    }
    if (present[presentAt] === start || (absences[absenceAt]?.from ?? Infinity) <= start) {
      endRun();
    } else {
      run ??= { from: start, last: start, count: 0 };
      run.last = start;
      run.count += 1;
    }
  }
  endRun();
  return gaps;
}

/** The start of the first candle that begins at or after a time. */
function firstStart(interval: Interval, time: number): number {
  const start = intervalStart(interval, time);
  return start < time ? nextIntervalStart(interval, start) : start;
}

/** The way from a candle's start to the next one's, quick for those that there are many of. */
function stepOf(interval: Interval): (start: number) => number {
  if (interval === 'M') {
    return (start) => nextIntervalStart(interval, start);
  }
  const length = nextIntervalStart(interval, 0);
  return (start) => start + length;
}
