/** What requests may ask for: read, checked and described in the OpenAPI document. */
import {
  INTERVALS,
  PAIR_CATEGORIES,
  SEVERITIES,
  granularityOf,
  intervalOf,
  parseInstrument,
} from '@tickwire/protocol';
import { z } from 'zod';
import { parseRequestTime } from './request-time.ts';

/** Candles in one answer, at most and unless the client says otherwise. */
const MAX_CANDLES = 5_000;
const DEFAULT_CANDLES = 24;
/** Alerts in one answer. */
const MAX_ALERTS = 1_000;
const DEFAULT_ALERTS = 100;

const NAME_EXPECTED = 'expected the name of an instrument, such as EUR_USD or BTCUSDT';
const TIME_EXPECTED =
  'expected a time such as 2025-11-18T12:00:00Z, 2025-11-18, 1763467200 or 1763467200000';

/** A text that `parse` understands. */
function parsed<T>(parse: (text: string) => T | undefined, expected: string) {
  return z.string({ error: expected }).transform((text, context): T => {
    const value = parse(text);
    if (value === undefined) {
      context.issues.push({ code: 'custom', message: expected, input: text });
      return z.NEVER;
    }
    return value;
  });
}

const instrument = (description: string) =>
  parsed(parseInstrument, NAME_EXPECTED).meta({ description, examples: ['EUR_USD'] });

const time = (description: string) =>
  parsed(parseRequestTime, TIME_EXPECTED).meta({
    description: `${description} ISO 8601, UTC unless it has a zone, or seconds or milliseconds since 1970.`,
    examples: ['2025-11-18T12:00:00Z', '2025-11-18', '1763467200'],
  });

function limit(max: number, fallback: number) {
  const expected = `expected a whole number from 1 to ${max}`;
  return z.coerce
    .number({ error: expected })
    .int(expected)
    .min(1, expected)
    .max(max, expected)
    .default(fallback)
    .meta({ description: 'How many there are to be in the answer, at most.' });
}

function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, { error: `expected one of ${names.join(', ')}` });
}

const universe = oneOf(['fx', 'crypto', 'all'])
  .default('fx')
  .meta({ description: 'The tracked pairs, the configured crypto symbols, or both.' });

const GRANULARITIES = INTERVALS.map((interval) => granularityOf(interval));

const granularity = z
  .enum([...GRANULARITIES, ...INTERVALS], {
    error: `expected one of ${GRANULARITIES.join(', ')}`,
  })
  .default('H1')
  .transform((name) => intervalOf(name) ?? '60')
  .meta({ description: 'The width of the candles, as either family of clients spells it.' });

/** Where the candles of the next answer are: from a time on, or before it. */
export interface CandleCursor {
  readonly direction: 'after' | 'before';
  /** Epoch milliseconds. */
  readonly time: number;
}

export function formatCandleCursor({ direction, time: at }: CandleCursor): string {
  return `${direction.charAt(0)}${at}`;
}

const CURSOR_EXPECTED = 'expected the next_cursor of an earlier answer';

const candleCursor = parsed((text): CandleCursor | undefined => {
  const [, direction, at] = /^([ab])(\d{1,14})$/.exec(text) ?? [];
  return direction === undefined
    ? undefined
    : { direction: direction === 'a' ? 'after' : 'before', time: Number(at) };
}, CURSOR_EXPECTED).meta({ description: 'Goes on where an earlier answer ended.' });

/** Where the alerts of the next answer begin: `told` of that time have been told already. */
export interface AlertCursor {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly told: number;
}

export function formatAlertCursor({ time: at, told }: AlertCursor): string {
  return `${at}.${told}`;
}

const alertCursor = parsed((text): AlertCursor | undefined => {
  const [, at, told] = /^(\d{1,14})\.(\d{1,4})$/.exec(text) ?? [];
  return at === undefined ? undefined : { time: Number(at), told: Number(told) };
}, CURSOR_EXPECTED).meta({ description: 'Goes on where an earlier answer ended.' });

export const PRICE_QUERY = z.object({ instrument: instrument('A tracked pair, in any case.') });

export const INSTRUMENT_PARAMS = z.object({
  instrument: instrument('A tracked pair or a crypto symbol, in any case.'),
});

export const CANDLES_QUERY = z.object({
  granularity,
  limit: limit(MAX_CANDLES, DEFAULT_CANDLES),
  start_time: time('Candles that begin at this time or later, the first of them.').optional(),
  end_time: time('Candles that begin before this time.').optional(),
  cursor: candleCursor.optional(),
  decimals: oneOf(['number', 'string'])
    .default('number')
    .meta({ description: 'Whether prices are JSON numbers, with all digits, or texts.' }),
  format: oneOf(['json', 'csv'])
    .optional()
    .meta({ description: 'In the place of the header Accept.' }),
});

export const UNIVERSE_QUERY = z.object({ universe });

export const PAIR_QUERY = z.object({
  pair1: instrument('One of the two, in any case.'),
  pair2: instrument('The other, in any case.'),
});

export const BEST_PAIRS_QUERY = z.object({
  universe,
  category: oneOf(PAIR_CATEGORIES)
    .optional()
    .meta({ description: 'Only pairs that are good for this.' }),
});

export const ALERTS_QUERY = z.object({
  since: time('Alerts of this time or later, the first of them; the newest without it.').optional(),
  instrument: instrument('Only alerts that tell of this instrument.').optional(),
  severity: oneOf(SEVERITIES).optional().meta({ description: 'Only alerts that are so loud.' }),
  limit: limit(MAX_ALERTS, DEFAULT_ALERTS),
  cursor: alertCursor.optional(),
});
