import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MARKET_SESSIONS,
  type MarketSession,
  sessionStateAt,
} from '../../src/domain/market-sessions.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEARS = { min: Date.UTC(2007, 0), max: Date.UTC(2037, 0) };

/** What each city's business hours are, said a second time and read off its own clock. */
const HOURS: Readonly<Record<string, readonly [zone: string, opens: number, closes: number]>> = {
  Tokyo: ['Asia/Tokyo', 9, 18],
  London: ['Europe/London', 8, 17],
  'New York': ['America/New_York', 8, 17],
  Sydney: ['Australia/Sydney', 9, 18],
};

const clocks = new Map(
  Object.entries(HOURS).map(([name, [zone]]) => [
    name,
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      hourCycle: 'h23',
    }),
  ]),
);

function isOpenByClock({ name }: MarketSession, time: number): boolean {
  const [, opens, closes] = HOURS[name]!;
  const parts = clocks.get(name)!.formatToParts(time);
  const weekday = parts.find(({ type }) => type === 'weekday')!.value;
  const hour = Number(parts.find(({ type }) => type === 'hour')!.value);
  return !['Sat', 'Sun'].includes(weekday) && hour >= opens && hour < closes;
}

function stateOf(name: string, time: string): { isOpen: boolean; nextChange: string } {
  const session = MARKET_SESSIONS.find((one) => one.name === name)!;
  const { isOpen, nextChange } = sessionStateAt(session, Date.parse(time));
  return { isOpen, nextChange: new Date(nextChange).toISOString() };
}

describe('market sessions', () => {
  test('have the origin’s nominal times and labels', () => {
    expect(
      MARKET_SESSIONS.map(({ name, startTime, endTime, timezone, description }) =>
        [name, startTime, endTime, timezone, description].join(' '),
      ),
    ).toEqual([
      'Tokyo 00:00 09:00 JST Asian session',
      'London 08:00 17:00 GMT European session',
      'New York 13:00 22:00 EST American session',
      'Sydney 22:00 07:00 AEDT Pacific session',
    ]);
  });

  test.each([
    // London is an hour ahead of UTC in summer, and not in winter.
    ['London', '2025-07-01T07:00:00Z', true, '2025-07-01T16:00:00.000Z'],
    ['London', '2025-01-07T07:00:00Z', false, '2025-01-07T08:00:00.000Z'],
    // Over the Sundays on which New York's clocks change.
    ['New York', '2026-03-06T22:00:00Z', false, '2026-03-09T12:00:00.000Z'],
    ['New York', '2025-10-31T21:00:00Z', false, '2025-11-03T13:00:00.000Z'],
    // Sydney's Monday begins on the world's Sunday, and its summer is the north's winter.
    ['Sydney', '2026-01-04T22:00:00Z', true, '2026-01-05T07:00:00.000Z'],
    ['Sydney', '2026-07-05T22:00:00Z', false, '2026-07-05T23:00:00.000Z'],
    // Tokyo's clocks never change.
    ['Tokyo', '2025-07-01T00:00:00Z', true, '2025-07-01T09:00:00.000Z'],
    ['Tokyo', '2025-07-04T09:00:00Z', false, '2025-07-07T00:00:00.000Z'],
  ])('%s at %s', (name, time, isOpen, nextChange) => {
    expect(stateOf(name, time)).toEqual({ isOpen, nextChange });
  });

  test.each(MARKET_SESSIONS)('$name is open when its city’s clock says so', (session) => {
    fc.assert(
      fc.property(fc.integer(YEARS), (time) => {
        const { isOpen, nextChange } = sessionStateAt(session, time);
        expect(isOpen).toBe(isOpenByClock(session, time));
        expect(nextChange).toBeGreaterThan(time);
        expect(isOpenByClock(session, nextChange - 1)).toBe(isOpen);
        expect(isOpenByClock(session, nextChange)).toBe(!isOpen);
        for (let between = time; between < nextChange; between += HOUR_MS) {
          expect(isOpenByClock(session, between)).toBe(isOpen);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each(MARKET_SESSIONS)('$name opens once every working day of thirty years', (session) => {
    let [openings, workingDays] = [0, 0];
    for (let day = YEARS.min; day < YEARS.max; day += DAY_MS) {
      workingDays += [0, 6].includes(new Date(day).getUTCDay()) ? 0 : 1;
    }
    for (let time = YEARS.min; time < YEARS.max;) {
      const { isOpen, nextChange } = sessionStateAt(session, time);
      openings += isOpen ? 0 : 1;
      time = nextChange;
    }
    // The first and the last day are cut where the city's day is not UTC's.
    expect(Math.abs(openings - workingDays)).toBeLessThanOrEqual(1);
  });
});
