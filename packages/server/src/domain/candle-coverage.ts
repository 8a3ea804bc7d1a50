import type { Candle } from '@tickwire/protocol';
import { type TimeSpan, expectedStarts } from './gaps.ts';

/** How many candles of a span there ought to be, and what became of them. */
export interface CandleCount {
  /** By the hours of the market. */
  readonly expected: number;
  readonly present: number;
  /** Expected, but the venue is known not to have them. */
  readonly absent: number;
}

/**
 * Counts the candles that begin within a span. What is present outside of the market's hours does
 * not count, so that what is neither present nor absent is missing.
 *
 * @param present The starts of the candles that are there, oldest first.
 * @param absences Where the venue is known to have no candles, oldest first.
 */
export function countCandles(
  series: Pick<Candle, 'instrument' | 'interval'>,
  span: TimeSpan,
  present: readonly number[],
  absences: readonly TimeSpan[],
): CandleCount {
  const there = new Set(present);
  const expected = expectedStarts(series, span);
  let [presentCount, absentCount, next] = [0, 0, 0];
  for (const start of expected) {
    while ((absences[next]?.to ?? Infinity) <= start) {
      next += 1;
    }
    if (there.has(start)) {
      presentCount += 1;
    } else if ((absences[next]?.from ?? Infinity) <= start) {
      absentCount += 1;
    }
  }
  return { expected: expected.length, present: presentCount, absent: absentCount };
}
