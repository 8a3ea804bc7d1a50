/**
 * How busy an hour is: the working days of three centres, laid over each other. London and New
 * York overlap in the busiest hours; between New York's close and Tokyo's open little happens.
 */
import {
  isTradingMinute,
  londonOffsetHours,
  newYorkMinuteOfWeek,
  newYorkOffsetHours,
} from './fx-calendar.ts';
import type { SessionWeights } from './market-factors.ts';

/** Whether the market trades on through the weekend or keeps FX's hours. */
export type WeekendMode = 'open' | 'closed';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const TOKYO_OFFSET_HOURS = 9;
/** Variance of an hour in which no centre works, beside some 2.5 where London and New York meet. */
const QUIET_VARIANCE = 0.12;
/** Relative variance of a closed hour: little, though the week does open with a gap. */
const CLOSED_VARIANCE = 0.03;
/** Hours of a week by those in which FX trades, so that a year's variance stays what it is. */
const WEEKLY_CONCENTRATION = 168 / 120;

/** Variance by local hour: the open and the data releases stand out, lunch sags. */
const TOKYO_DAY = dayShape(8, [0.6, 1.2, 1, 0.7, 0.5, 0.6, 0.6, 0.7, 0.6, 0.3]);
const LONDON_DAY = dayShape(7, [0.7, 1.3, 1.1, 0.9, 0.8, 0.7, 0.8, 1, 1, 0.9, 0.4]);
const NEW_YORK_DAY = dayShape(7, [0.5, 1.3, 1.2, 1.2, 0.9, 0.6, 0.5, 0.5, 0.4, 0.2]);

/**
 * The variance of one hour relative to the average hour of the year. `hour` counts hours since
 * 1970-01-01T00Z.
 */
export function hourlyActivity(
  sessions: SessionWeights,
  hour: number,
  weekend: WeekendMode,
): number {
  const timeMs = hour * HOUR_MS;
  if (weekend === 'closed' && !hasTrading(timeMs)) {
    return CLOSED_VARIANCE;
  }
  const variance =
    QUIET_VARIANCE +
    sessions.tokyo * localShare(TOKYO_DAY, hour + TOKYO_OFFSET_HOURS) +
    sessions.london * localShare(LONDON_DAY, hour + londonOffsetHours(timeMs)) +
    sessions.newYork * localShare(NEW_YORK_DAY, hour + newYorkOffsetHours(timeMs));
  const average =
    QUIET_VARIANCE +
    sessions.tokyo * TOKYO_DAY.average +
    sessions.london * LONDON_DAY.average +
    sessions.newYork * NEW_YORK_DAY.average;
  return (variance / average) * (weekend === 'closed' ? WEEKLY_CONCENTRATION : 1);
}

interface DayShape {
  readonly hours: Float64Array;
  readonly average: number;
}

function dayShape(firstHour: number, shares: readonly number[]): DayShape {
  const hours = new Float64Array(DAY_HOURS);
  hours.set(shares, firstHour);
  return { hours, average: shares.reduce((sum, share) => sum + share, 0) / DAY_HOURS };
}

function localShare(shape: DayShape, localHour: number): number {
  const hourOfDay = localHour - Math.floor(localHour / DAY_HOURS) * DAY_HOURS;
  return shape.hours[hourOfDay] ?? 0;
}

/** The week opens five minutes into an hour, so the hour's last minute counts as well. */
function hasTrading(hourStartMs: number): boolean {
  const minuteOfWeek = newYorkMinuteOfWeek(hourStartMs);
  return (
    isTradingMinute('CURRENCY', minuteOfWeek) || isTradingMinute('CURRENCY', minuteOfWeek + 59)
  );
}
