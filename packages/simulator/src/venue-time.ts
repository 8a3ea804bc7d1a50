/**
 * The two spellings of a time on OANDA's wire, chosen by `Accept-Datetime-Format`: RFC 3339 with
 * nine fractional digits, and UNIX, a string of seconds with nine fractional digits.
 */

export type TimeFormat = 'RFC3339' | 'UNIX';

/** A time in a spelling of the wire, from epoch milliseconds and the nanoseconds below them. */
export function formatTime(timeMs: number, format: TimeFormat, nanos = 0): string {
  const wholeMs = Math.floor(timeMs);
  return toTimeFormat(`${rfc3339Ms(wholeMs)}${String(nanos).padStart(6, '0')}Z`, format);
}

/** An RFC 3339 time in a spelling of the wire, with all its fractional digits. */
export function toTimeFormat(rfc3339: string, format: TimeFormat): string {
  if (format === 'RFC3339') {
    return rfc3339;
  }
  const fraction = /\.(\d+)/.exec(rfc3339)?.[1] ?? '';
  const seconds = Math.floor(Date.parse(rfc3339) / 1_000);
  return `${seconds}.${fraction.slice(0, 9).padEnd(9, '0')}`;
}

const RFC3339_PATTERN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i;
const UNIX_PATTERN = /^(\d{1,12})(?:\.(\d{1,9}))?$/;

/**
 * Reads a time in either spelling, whatever the header asks for the answer: epoch milliseconds
 * with a fraction for what is finer. Undefined for anything else.
 */
export function parseTime(text: string): number | undefined {
  const [, seconds, unixFraction = ''] = UNIX_PATTERN.exec(text) ?? [];
  if (seconds !== undefined) {
    return Number(seconds) * 1_000 + fractionMs(unixFraction);
  }
  const [, dateAndTime, fraction = '', zone] = RFC3339_PATTERN.exec(text) ?? [];
  if (dateAndTime === undefined || zone === undefined) {
    return undefined;
  }
  const wholeMs = Date.parse(`${dateAndTime}${zone}`);
  return Number.isNaN(wholeMs) ? undefined : wholeMs + fractionMs(fraction);
}

/**
 * The same for both spellings, so that a time equals itself in the other one, and to the
 * microsecond: a nanosecond is too fine for a number, which would be rounded into the next ms.
 */
function fractionMs(digits: string): number {
  return Number(`0.${digits.slice(0, 6) || '0'}e3`);
}

/** Tells which spelling an `Accept-Datetime-Format` header asks for. */
export function timeFormatOf(header: string | undefined): TimeFormat {
  return header?.trim().toUpperCase() === 'UNIX' ? 'UNIX' : 'RFC3339';
}

function rfc3339Ms(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, -1);
}
