/**
 * Where candles begin. Up to an hour they align to the hour; `H2` to `D` to an hour of the day in
 * a time zone (17:00 New York unless asked otherwise), `W` to that hour on a weekday, and `M` to
 * the daily candle in which the first of the month begins in that zone.
 * Source: https://developer.oanda.com/rest-live-v20/instrument-df/#CandlestickGranularity
 */
import { GRANULARITIES, type Granularity } from '@tickwire/protocol';
import type { Span } from '../market/market.ts';

export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface AlignmentOptions {
  /** Hour of the day, 0 to 23. */
  readonly dailyAlignment: number;
  /** IANA name of a time zone. */
  readonly timeZone: string;
  readonly weeklyAlignment: Weekday;
}

/** What OANDA aligns by when it is not asked for anything else. */
export const DEFAULT_ALIGNMENT: AlignmentOptions = {
  dailyAlignment: 17,
  timeZone: 'America/New_York',
  weeklyAlignment: 'Friday',
};

/** Finds the span of the candle that covers a time; the spans of a granularity leave no hole. */
export interface Alignment {
  spanAt(granularity: Granularity, timeMs: number): Span;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MAX_KNOWN_DAYS = 20_000;

/** Throws a RangeError if there is no such time zone. */
export function createAlignment(options: AlignmentOptions): Alignment {
  const { dailyAlignment, timeZone, weeklyAlignment } = options;
  const offsetAt = createZoneOffset(timeZone);
  const dayStarts = new Map<number, number>();

  /** When the clocks of the zone show the alignment's hour on a calendar day (days since 1970). */
  function startOfDay(day: number): number {
    const known = dayStarts.get(day);
    if (known !== undefined) {
      return known;
    }
    const localMs = day * DAY_MS + dailyAlignment * HOUR_MS;
    const guess = localMs - offsetAt(localMs);
    const start = localMs - offsetAt(guess);
    if (dayStarts.size >= MAX_KNOWN_DAYS) {
      dayStarts.clear();
    }
    dayStarts.set(day, start);
    return start;
  }

  /** The calendar day at whose alignment hour the daily candle that covers a time begins. */
  function dayCovering(timeMs: number): number {
    let day = Math.floor(timeMs / DAY_MS) + 1;
    while (startOfDay(day) > timeMs) {
      day -= 1;
    }
    return day;
  }

  function hoursSpan(widthMs: number, timeMs: number): Span {
    const day = dayCovering(timeMs);
    const dayStart = startOfDay(day);
    const startMs = dayStart + Math.floor((timeMs - dayStart) / widthMs) * widthMs;
    return { startMs, endMs: Math.min(startMs + widthMs, startOfDay(day + 1)) };
  }

  function weekSpan(timeMs: number): Span {
    const day = dayCovering(timeMs);
    // Day 0 was a Thursday.
    const weekday = (((day + 4) % 7) + 7) % 7;
    const first = day - ((weekday - WEEKDAYS.indexOf(weeklyAlignment) + 7) % 7);
    return { startMs: startOfDay(first), endMs: startOfDay(first + 7) };
  }

  function startOfMonth(year: number, month: number): number {
    const localMidnightMs = Date.UTC(year, month, 1);
    return startOfDay(dayCovering(localMidnightMs - offsetAt(localMidnightMs)));
  }

  function monthSpan(timeMs: number): Span {
    const date = new Date(timeMs + offsetAt(timeMs));
    let [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
    while (startOfMonth(year, month) > timeMs) {
      [year, month] = month === 0 ? [year - 1, 11] : [year, month - 1];
    }
    return { startMs: startOfMonth(year, month), endMs: startOfMonth(year, month + 1) };
  }

  return {
    spanAt(granularity, timeMs) {
      const widthMs = GRANULARITIES[granularity];
      if (granularity === 'M') {
        return monthSpan(timeMs);
      }
      if (granularity === 'W') {
        return weekSpan(timeMs);
      }
      if (granularity === 'D') {
        // A day has 23 or 25 hours when the clocks change.
        const day = dayCovering(timeMs);
        return { startMs: startOfDay(day), endMs: startOfDay(day + 1) };
      }
      if (widthMs > HOUR_MS) {
        return hoursSpan(widthMs, timeMs);
      }
      const startMs = Math.floor(timeMs / widthMs) * widthMs;
      return { startMs, endMs: startMs + widthMs };
    },
  };
}

/** How far a zone's clocks are ahead of UTC at a time. */
function createZoneOffset(timeZone: string): (timeMs: number) => number {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (timeMs) => {
    const parts = new Map(
      clock.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]),
    );
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    const localMs = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
    );
    return localMs - Math.floor(timeMs / 60_000) * 60_000;
  };
}
