import type { WeekendMode } from './session-activity.ts';

/** The narrowest and the widest spread of an hour's ticks, in units of the price's last digit. */
export interface SpreadRange {
  readonly least: number;
  readonly most: number;
}

const DAY_MINUTES = 1_440;
const ROLLOVER_HOUR = 17;
/** Spreads are widest when the week opens and banks' books change dates at 17:00 New York. */
const WEEK_OPEN_WIDENING = 4;
const ROLLOVER_WIDENING = 2.5;
/** Until Tokyo is at work, few quote. */
const EVENING_WIDENING = 1.3;
const EVENING_END_HOUR = 20;
/** Spreads widen with volatility once the variance is this much above the average. */
const CALM_BUSYNESS = 2;
const MAX_STRESS_WIDENING = 3;
const VARIATION = 0.15;
/** Keeps the price at least one point from either side, however it was rounded. */
const MIN_SPREAD = 2;

/** What the spreads of an hour depend on. */
export interface SpreadConditions {
  /** The instrument's usual spread. */
  readonly usualPoints: number;
  /** Minutes from Sunday 00:00 to the start of the hour, in New York. */
  readonly minuteOfWeek: number;
  /** The hour's variance relative to the average. */
  readonly busyness: number;
  readonly weekend: WeekendMode;
}

/** The spreads of one hour of an instrument. */
export function spreadRange(conditions: SpreadConditions): SpreadRange {
  const { usualPoints, minuteOfWeek, busyness, weekend } = conditions;
  const stress = Math.max(1, Math.sqrt(busyness / CALM_BUSYNESS));
  const factor = widening(minuteOfWeek, weekend) * Math.min(stress, MAX_STRESS_WIDENING);
  const least = Math.max(MIN_SPREAD, Math.round(usualPoints * factor));
  return { least, most: least + Math.max(1, Math.floor(least * VARIATION)) };
}

function widening(minuteOfWeek: number, weekend: WeekendMode): number {
  const hourOfDay = Math.floor((minuteOfWeek % DAY_MINUTES) / 60);
  if (hourOfDay === ROLLOVER_HOUR) {
    const isWeekOpen = weekend === 'closed' && minuteOfWeek < DAY_MINUTES;
    return isWeekOpen ? WEEK_OPEN_WIDENING : ROLLOVER_WIDENING;
  }
  return hourOfDay > ROLLOVER_HOUR && hourOfDay < EVENING_END_HOUR ? EVENING_WIDENING : 1;
}
