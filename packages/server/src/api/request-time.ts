/** Whole days or times to the second or finer, with a zone or, without one, in UTC. */
const ISO_PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+ -]\d{2}:?\d{2})?)?$/i;
/** Seconds have ten digits until 2286, milliseconds had twelve already in 1973. */
const EPOCH_SECONDS_PATTERN = /^\d{1,10}(?:\.\d{1,9})?$/;
const EPOCH_MS_PATTERN = /^\d{11,14}$/;

/**
 * Reads a time as clients write it, in epoch milliseconds: ISO 8601 with or without a zone (UTC), a
 * day alone, or seconds or milliseconds since 1970; undefined for what is none. A `+` that nobody
 * encoded has become a space on its way here, and is taken for what it was. What is before 1970 is
 * 1970: there is nothing as old.
 */
export function parseRequestTime(text: string): number | undefined {
  if (EPOCH_SECONDS_PATTERN.test(text)) {
    return Math.round(Number(text) * 1_000);
  }
  if (EPOCH_MS_PATTERN.test(text)) {
    return Number(text);
  }
  const [, year = '', month = '', day = '', time = '00:00', zone = 'Z'] =
    ISO_PATTERN.exec(text) ?? [];
  const date = `${year}-${month}-${day}`;
  const midnight = Date.parse(`${date}T00:00Z`);
  // JavaScript takes a 30th of February for a day in March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) {
    return undefined;
  }
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${toSign(zone)}${withColon(zone.slice(1))}`;
  const milliseconds = time.replace(/(\.\d{3})\d+$/, '$1');
  const parsed = Date.parse(`${date}T${milliseconds}${offset}`);
  return Number.isNaN(parsed) ? undefined : Math.max(0, parsed);
}

function toSign(zone: string): string {
  return zone.startsWith('-') ? '-' : '+';
}

function withColon(offset: string): string {
  return offset.includes(':') ? offset : `${offset.slice(0, 2)}:${offset.slice(2)}`;
}
