/**
 * The four sessions into which the FX day is divided. Their nominal times are the origin's, which
 * never follow daylight saving; whether a session is open is decided by the business hours of its
 * city, which do.
 */

/** Nominal UTC times under the origin's labels, and the hours of the city. */
export interface MarketSession {
  readonly name: string;
  /** `HH:MM`. */
  readonly startTime: string;
  readonly endTime: string;
  readonly timezone: string;
  readonly description: string;
  /** In the IANA database. */
  readonly zone: string;
  /** Full hours of the city's clock: open from the first until the second, Monday to Friday. */
  readonly opens: number;
  readonly closes: number;
}

/** Whether a session is open, and when that changes next: epoch milliseconds. */
export interface SessionState {
  readonly isOpen: boolean;
  readonly nextChange: number;
}

export const MARKET_SESSIONS: readonly MarketSession[] = [
  {
    name: 'Tokyo',
    startTime: '00:00',
    endTime: '09:00',
    timezone: 'JST',
    description: 'Asian session',
    zone: 'Asia/Tokyo',
    opens: 9,
    closes: 18,
  },
  {
    name: 'London',
    startTime: '08:00',
    endTime: '17:00',
    timezone: 'GMT',
    description: 'European session',
    zone: 'Europe/London',
    opens: 8,
    closes: 17,
  },
  {
    name: 'New York',
    startTime: '13:00',
    endTime: '22:00',
    timezone: 'EST',
    description: 'American session',
    zone: 'America/New_York',
    opens: 8,
    closes: 17,
  },
  {
    name: 'Sydney',
    startTime: '22:00',
    endTime: '07:00',
    timezone: 'AEDT',
    description: 'Pacific session',
    zone: 'Australia/Sydney',
    opens: 9,
    closes: 18,
  },
];

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SUNDAY = 0;
const SATURDAY = 6;
/** After Friday's end come two days of weekend, so that one of so many days has the next change. */
const DAYS_AHEAD = 4;

/** The state of a session at a time in epoch milliseconds. */
export function sessionStateAt(session: MarketSession, time: number): SessionState {
  const today = Math.floor((time + offsetAt(session.zone, time)) / DAY) * DAY;
  for (let day = today; day <= today + DAYS_AHEAD * DAY; day += DAY) {
    if ([SUNDAY, SATURDAY].includes(new Date(day).getUTCDay())) {
      continue;
    }
    const opening = instantOf(session.zone, day + session.opens * HOUR);
    const closing = instantOf(session.zone, day + session.closes * HOUR);
    if (time < opening) {
      return { isOpen: false, nextChange: opening };
    }
    if (time < closing) {
      return { isOpen: true, nextChange: closing };
    }
  }
  throw new Error(`Expected ${session.name} to open within ${DAYS_AHEAD} days`);
}

/**
 * The instant at which a city's clock shows a time, given as if it were UTC. Clocks change at night,
 * so that business hours are shown exactly once; the offset of the day's other half may be another
 * one, which the second look mends.
 */
function instantOf(zone: string, local: number): number {
  const guess = local - offsetAt(zone, local);
  return local - offsetAt(zone, guess);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** How far a city's clock is ahead of UTC, in milliseconds. */
function offsetAt(zone: string, time: number): number {
  const clock = clocks.get(zone) ?? createClock(zone);
  clocks.set(zone, clock);
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of clock.formatToParts(time)) {
    shown[type] = Number(value);
  }
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return local - Math.floor(time / 1_000) * 1_000;
}

function createClock(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}
