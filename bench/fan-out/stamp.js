/**
 * The stamp that a price carries in its `time`: ISO 8601 with microseconds, as a venue would send
 * it, made to be read from bytes without parsing a date.
 */

const HOUR_US = 3_600_000_000;
const MINUTE_TENS = 14;
const SECOND_TENS = 17;
const FRACTION = 20;
const FRACTION_DIGITS = 6;
const ZERO = 48;

/**
 * Writes microseconds since 1970 as a price's `time`: `2026-11-21T02:07:02.123456Z`.
 * @param {number} timeUs
 */
export function formatStamp(timeUs) {
  const wholeUs = Math.floor(timeUs);
  const milliseconds = new Date(Math.floor(wholeUs / 1_000)).toISOString().slice(0, -1);
  return `${milliseconds}${String(wholeUs % 1_000).padStart(3, '0')}Z`;
}

/**
 * The place within its hour of the stamp that begins at `at`, in microseconds.
 * @param {Uint8Array} bytes
 * @param {number} at
 */
export function readStamp(bytes, at) {
  let fraction = 0;
  for (let index = FRACTION; index < FRACTION + FRACTION_DIGITS; index += 1) {
    fraction = fraction * 10 + digitAt(bytes, at + index);
  }
  const minute = twoDigitsAt(bytes, at + MINUTE_TENS);
  const second = twoDigitsAt(bytes, at + SECOND_TENS);
  return (minute * 60 + second) * 1_000_000 + fraction;
}

/**
 * Microseconds from a stamp, as {@link readStamp} read it, until `nowUs`. A wait must be shorter
 * than half an hour; what seems to come from the future counts 0.
 * @param {number} stampUs
 * @param {number} nowUs Since 1970, by the clock that made the stamp.
 */
export function microsSince(stampUs, nowUs) {
  const elapsedUs = (nowUs - stampUs) % HOUR_US;
  return elapsedUs > HOUR_US / 2 ? 0 : elapsedUs;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function twoDigitsAt(bytes, at) {
  return digitAt(bytes, at) * 10 + digitAt(bytes, at + 1);
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function digitAt(bytes, at) {
  return (bytes[at] ?? ZERO) - ZERO;
}
