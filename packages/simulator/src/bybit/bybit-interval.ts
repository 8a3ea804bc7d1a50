/** When Bybit's candles begin: at 00:00 UTC, weeks on Mondays, months on the first. */
import type { Interval } from '@tickwire/protocol';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05, the first Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** The start of the candle that holds a time. */
export function intervalStart(interval: Interval, timeMs: number): number {
  if (interval === 'M') {
    const date = new Date(timeMs);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  }
  if (interval === 'W') {
    return Math.floor((timeMs - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS + FIRST_MONDAY_MS;
  }
  const lengthMs = fixedLength(interval);
  return Math.floor(timeMs / lengthMs) * lengthMs;
}

/** The start of the candle after the one that begins at a time. */
export function nextIntervalStart(interval: Interval, startMs: number): number {
  if (interval === 'M') {
    const date = new Date(startMs);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  }
  return startMs + (interval === 'W' ? WEEK_MS : fixedLength(interval));
}

function fixedLength(interval: Exclude<Interval, 'W' | 'M'>): number {
  return interval === 'D' ? DAY_MS : Number(interval) * MINUTE_MS;
}
