const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The candle widths of the FX family, in OANDA's spelling, with their nominal length in
 * milliseconds: `M1` is a minute, `M` a month, whose length the calendar decides.
 */
export const GRANULARITIES = {
  S5: 5 * SECOND,
  S10: 10 * SECOND,
  S15: 15 * SECOND,
  S30: 30 * SECOND,
  M1: MINUTE,
  M2: 2 * MINUTE,
  M4: 4 * MINUTE,
  M5: 5 * MINUTE,
  M10: 10 * MINUTE,
  M15: 15 * MINUTE,
  M30: 30 * MINUTE,
  H1: HOUR,
  H2: 2 * HOUR,
  H3: 3 * HOUR,
  H4: 4 * HOUR,
  H6: 6 * HOUR,
  H8: 8 * HOUR,
  H12: 12 * HOUR,
  D: DAY,
  W: 7 * DAY,
  M: 30 * DAY,
} as const;

/** A candle width of the FX family: `M5`, `H1`, `D`. */
export type Granularity = keyof typeof GRANULARITIES;

/** Tells whether a text is a candle width of the FX family, in its exact spelling. */
export function isGranularity(text: string): text is Granularity {
  return Object.hasOwn(GRANULARITIES, text);
}

/** The candle widths of the crypto family, in minutes or as `D`, `W`, `M`. */
export const INTERVALS = [
  '1', '3', '5', '15', '30', '60', '120', '240', '360', '720', 'D', 'W', 'M',
] as const; // prettier-ignore

/** A candle width of the crypto family, the one that channels are named by: `1`, `60`, `D`. */
export type Interval = (typeof INTERVALS)[number];

/** Tells whether a text is a candle width of the crypto family. */
export function isInterval(text: string): text is Interval {
  return (INTERVALS as readonly string[]).includes(text);
}

/** How the FX family spells the widths of the crypto family; `M3` is ours, OANDA has none. */
const GRANULARITY_OF = {
  '1': 'M1',
  '3': 'M3',
  '5': 'M5',
  '15': 'M15',
  '30': 'M30',
  '60': 'H1',
  '120': 'H2',
  '240': 'H4',
  '360': 'H6',
  '720': 'H12',
  D: 'D',
  W: 'W',
  M: 'M',
} as const satisfies Record<Interval, string>;

/** A candle width of the crypto family in the spelling of the FX family: `60` is `H1`. */
export function granularityOf(interval: Interval): string {
  return GRANULARITY_OF[interval];
}

/**
 * The candle width of the crypto family that a text means in either family's exact spelling: `H1`
 * and `60` are `60`; undefined where that family has none.
 */
export function intervalOf(text: string): Interval | undefined {
  return INTERVALS.find((interval) => text === interval || text === GRANULARITY_OF[interval]);
}

/** 1970-01-05, the first Monday. */
const FIRST_MONDAY = 4 * DAY;
const WEEK = 7 * DAY;

/**
 * The start of the candle that holds a time, in epoch milliseconds: days begin at 00:00 UTC, weeks
 * on Mondays, months on the first.
 */
export function intervalStart(interval: Interval, time: number): number {
  if (interval === 'M') {
    const date = new Date(time);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  }
  if (interval === 'W') {
    return Math.floor((time - FIRST_MONDAY) / WEEK) * WEEK + FIRST_MONDAY;
  }
  const length = lengthOf(interval);
  return Math.floor(time / length) * length;
}

/** The start of the candle after the one that begins at a time, in epoch milliseconds. */
export function nextIntervalStart(interval: Interval, start: number): number {
  if (interval === 'M') {
    const date = new Date(start);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  }
  return start + (interval === 'W' ? WEEK : lengthOf(interval));
}

function lengthOf(interval: Exclude<Interval, 'W' | 'M'>): number {
  return interval === 'D' ? DAY : Number(interval) * MINUTE;
}
