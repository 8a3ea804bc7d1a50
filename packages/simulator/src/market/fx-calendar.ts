/**
 * When FX trades, and what the clocks show in the cities that make its sessions. Computed by
 * arithmetic, not by the machine's time zone data, because the generated market must be the same
 * everywhere.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
/** 1970-01-01 was a Thursday, the fourth day of a week that starts on Sunday. */
const EPOCH_WEEKDAY = 4;

const SUNDAY_OPEN_MINUTE = 17 * 60 + 5;
const FRIDAY_CLOSE_MINUTE = 5 * DAY_MINUTES + 16 * 60 + 59;
const METAL_BREAK_START_MINUTE = 16 * 60 + 59;
const METAL_BREAK_END_MINUTE = 18 * 60 + 4;

interface DaylightTime {
  readonly startMs: number;
  readonly endMs: number;
}

const newYorkYears = new Map<number, DaylightTime>();
const londonYears = new Map<number, DaylightTime>();

/**
 * Hours from UTC to New York's local time: -4 from the second Sunday of March, 02:00, to the first
 * Sunday of November, 02:00 local, else -5 (the rule since 2007).
 */
export function newYorkOffsetHours(timeMs: number): number {
  return isDaylightTime(newYorkYears, newYorkDaylightTime, timeMs) ? -4 : -5;
}

/** Hours from UTC to London's local time: 1 between the last Sundays of March and October. */
export function londonOffsetHours(timeMs: number): number {
  return isDaylightTime(londonYears, londonDaylightTime, timeMs) ? 1 : 0;
}

/** Minutes since Sunday 00:00 on New York's clocks. */
export function newYorkMinuteOfWeek(timeMs: number): number {
  const minute = Math.floor(timeMs / MINUTE_MS) + newYorkOffsetHours(timeMs) * 60;
  return floorModulo(minute + EPOCH_WEEKDAY * DAY_MINUTES, WEEK_MINUTES);
}

/**
 * Whether a minute of New York's week lies within OANDA's hours: Sunday 17:05 to Friday 16:59.
 * Metals pause from 16:59 to 18:04 every day as well.
 */
export function isTradingMinute(type: 'CURRENCY' | 'CFD' | 'METAL', minuteOfWeek: number): boolean {
  if (minuteOfWeek < SUNDAY_OPEN_MINUTE || minuteOfWeek >= FRIDAY_CLOSE_MINUTE) {
    return false;
  }
  const minuteOfDay = minuteOfWeek % DAY_MINUTES;
  return (
    type === 'CURRENCY' ||
    minuteOfDay < METAL_BREAK_START_MINUTE ||
    minuteOfDay >= METAL_BREAK_END_MINUTE
  );
}

/**
 * For how many minutes an instrument has been trading without a pause, in a minute in which it
 * does. Clocks change while FX is closed, so that this is also the time that has passed.
 */
export function minutesOpen(type: 'CURRENCY' | 'CFD' | 'METAL', minuteOfWeek: number): number {
  if (type === 'CURRENCY') {
    return minuteOfWeek - SUNDAY_OPEN_MINUTE;
  }
  return floorModulo(minuteOfWeek - METAL_BREAK_END_MINUTE, DAY_MINUTES);
}

function isDaylightTime(
  years: Map<number, DaylightTime>,
  compute: (year: number) => DaylightTime,
  timeMs: number,
): boolean {
  const year = new Date(timeMs).getUTCFullYear();
  let daylightTime = years.get(year);
  if (daylightTime === undefined) {
    daylightTime = compute(year);
    years.set(year, daylightTime);
  }
  return timeMs >= daylightTime.startMs && timeMs < daylightTime.endMs;
}

function newYorkDaylightTime(year: number): DaylightTime {
  return {
    startMs: firstSundayMs(year, 2) + 7 * DAY_MS + 7 * HOUR_MS,
    endMs: firstSundayMs(year, 10) + 6 * HOUR_MS,
  };
}

function londonDaylightTime(year: number): DaylightTime {
  return {
    startMs: firstSundayMs(year, 3) - 7 * DAY_MS + HOUR_MS,
    endMs: firstSundayMs(year, 10) - 7 * DAY_MS + HOUR_MS,
  };
}

function firstSundayMs(year: number, monthIndex: number): number {
  const firstMs = Date.UTC(year, monthIndex, 1);
  const weekday = floorModulo(firstMs / DAY_MS + EPOCH_WEEKDAY, 7);
  return firstMs + floorModulo(-weekday, 7) * DAY_MS;
}

function floorModulo(value: number, modulus: number): number {
  return value - Math.floor(value / modulus) * modulus;
}
