import { isCryptoInstrument } from './instrument-family.ts';
import type { TimeSpan } from './gaps.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** 1970-01-04, the first Sunday. */
const FIRST_SUNDAY = 3 * DAY;
/** When FX opens on Sunday and closes on Friday, and a metal's break begins: 17:00 New York. */
const TURN_HOUR = 17;
const TRADING_DAYS = 5;
const METAL_BREAK = HOUR;
const METAL_PATTERN = /^(?:XAU|XAG|XPT|XPD)_/;

/** 17:00 New York on any day of any year is 21:00 or 22:00 UTC. */
const LATEST_TURN_HOUR = 22;
const newYorkHour = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hour: '2-digit',
  hourCycle: 'h23',
});

/**
 * When the market of an instrument is open, within a span and oldest first. Crypto never closes. FX
 * trades from Sunday to Friday, 17:00 New York, and metals pause from 17:00 to 18:00 each day as
 * well. Holidays are not known here: they are found as candles that the venue does not have.
 *
 * OANDA's own hours are some minutes shorter and differ from pair to pair, so that a narrow candle
 * beside an open or a close may never come. Source: the hours of OANDA's markets in QuantConnect's
 * LEAN, Data/market-hours/market-hours-database.json, and OANDA's candles of 2018.
 */
export function* tradingSessions(instrument: string, { from, to }: TimeSpan): Generator<TimeSpan> {
  if (isCryptoInstrument(instrument)) {
    yield* within([{ from, to }], { from, to });
    return;
  }
  const isMetal = METAL_PATTERN.test(instrument);
  for (let sunday = sundayBefore(from); sunday < to; sunday += WEEK) {
    yield* within(isMetal ? metalSessions(sunday) : [fxSession(sunday)], { from, to });
  }
}

/** What of sessions lies within a span. */
function* within(sessions: readonly TimeSpan[], span: TimeSpan): Generator<TimeSpan> {
  for (const session of sessions) {
    const [from, to] = [Math.max(session.from, span.from), Math.min(session.to, span.to)];
    if (from < to) {
      yield { from, to };
    }
  }
}

/** The midnight (UTC) of Sunday before which no session that holds a time, or a later one, begins. */
function sundayBefore(time: number): number {
  return Math.floor((time - FIRST_SUNDAY) / WEEK) * WEEK + FIRST_SUNDAY;
}

function fxSession(sunday: number): TimeSpan {
  const open = sundayOpen(sunday);
  return { from: open, to: open + TRADING_DAYS * DAY };
}

function metalSessions(sunday: number): readonly TimeSpan[] {
  const open = sundayOpen(sunday);
  return Array.from({ length: TRADING_DAYS }, (_, day) => ({
    from: open + day * DAY + METAL_BREAK,
    to: open + (day + 1) * DAY,
  }));
}

/**
 * 17:00 New York on a Sunday. New York's clocks change on Sundays at 02:00, so that from then until
 * Friday they stand still against UTC.
 */
function sundayOpen(sunday: number): number {
  const latest = sunday + LATEST_TURN_HOUR * HOUR;
  return latest - (Number(newYorkHour.format(latest)) - TURN_HOUR) * HOUR;
}
