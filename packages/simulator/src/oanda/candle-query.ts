/**
 * What a request for candles asks for, checked as OANDA checks it.
 * Source: https://developer.oanda.com/rest-live-v20/instrument-ep/
 */
import { GRANULARITIES, type Granularity, isGranularity } from '@tickwire/protocol';
import {
  type Alignment,
  createAlignment,
  DEFAULT_ALIGNMENT,
  WEEKDAYS,
} from './candle-alignment.ts';
import type { Span } from '../market/market.ts';
import { invalidValue, OandaError, tooManyCandles } from './oanda-errors.ts';
import { parseTime } from '../venue-time.ts';

const DEFAULT_COUNT = 500;
const MAX_COUNT = 5_000;
/** Over 5000 days, with four in a year; each makes a candle more or less at most. */
const MAX_CLOCK_CHANGES = 60;
/**
 * Zero values of clients (year 1 in Go, .NET and Python) mean this: earlier than anything. Calendar
 * arithmetic takes a year below 100 for one of the 20th century, so none must get that far.
 */
const EARLIEST_MS = 0;

/** Which sides of a candle are in the answer. */
export interface PriceSides {
  readonly hasBid: boolean;
  readonly hasMid: boolean;
  readonly hasAsk: boolean;
}

export interface CandleQuery {
  readonly granularity: Granularity;
  readonly sides: PriceSides;
  readonly alignment: Alignment;
  /** At most this many candles, counted without the empty ones. */
  readonly count: number;
  /** Candles that begin before this time; no later than the venue's now. */
  readonly toMs: number;
  /** Candles from the one that covers this time on; without it the newest ones. */
  readonly fromMs: number | undefined;
  /** Whether the candle that covers `fromMs` is in the answer. */
  readonly includeFirst: boolean;
  /** Whether each candle opens at the close of the one before. */
  readonly isSmooth: boolean;
}

const defaultAlignment = createAlignment(DEFAULT_ALIGNMENT);

/** Throws an {@link OandaError} for what OANDA refuses. `nowMs` is the venue's. */
export function parseCandleQuery(query: URLSearchParams, nowMs: number): CandleQuery {
  const granularity = parseGranularity(query.get('granularity') ?? 'S5');
  const sides = parseSides(query.get('price') ?? 'M');
  const fromMs = parseInstant(query, 'from', nowMs);
  const toMs = parseInstant(query, 'to', nowMs);
  const count = parseCount(query);
  const alignment = parseAlignment(query);
  const includeFirst = parseBoolean(query, 'includeFirst', true);
  if (fromMs !== undefined && toMs !== undefined) {
    if (count !== undefined) {
      throw new OandaError(
        400,
        `'count' cannot be specified when 'to' and 'from' parameters are set`,
      );
    }
    if (toMs < fromMs) {
      throw invalidValue('to', `. Time is before 'from'`);
    }
    const { startMs, endMs } = alignment.spanAt(granularity, fromMs);
    requireAtMostMaxCount(alignment, granularity, {
      startMs: includeFirst ? startMs : endMs,
      endMs: toMs,
    });
  }
  return {
    granularity,
    sides,
    alignment,
    count: count ?? (fromMs !== undefined && toMs !== undefined ? MAX_COUNT : DEFAULT_COUNT),
    toMs: toMs ?? nowMs + 1,
    fromMs,
    includeFirst,
    isSmooth: parseBoolean(query, 'smooth', false),
  };
}

/** One entry of `candleSpecifications`, `EUR_USD:S10:BM`; the instrument is still unchecked. */
export interface CandleSpecification {
  readonly instrument: string;
  readonly granularity: Granularity;
  readonly sides: PriceSides;
}

/** Throws an {@link OandaError} for what is not a list of specifications. */
export function parseCandleSpecifications(text: string): readonly CandleSpecification[] {
  return text.split(',').map((entry) => {
    const [instrument = '', granularity = '', price = 'M', ...rest] = entry.split(':');
    if (instrument === '' || !isGranularity(granularity) || rest.length > 0) {
      throw invalidValue('candleSpecifications');
    }
    return { instrument, granularity, sides: parseSides(price, 'candleSpecifications') };
  });
}

/** The alignment that a request asks for, 17:00 New York and Friday unless it says otherwise. */
export function parseAlignment(query: URLSearchParams): Alignment {
  const hour = query.get('dailyAlignment');
  const timeZone = query.get('alignmentTimezone');
  const weekday = query.get('weeklyAlignment');
  if (hour === null && timeZone === null && weekday === null) {
    return defaultAlignment;
  }
  if (hour !== null && !/^(?:1?\d|2[0-3])$/.test(hour)) {
    throw invalidValue('dailyAlignment');
  }
  const weeklyAlignment = WEEKDAYS.find((name) => name === weekday);
  if (weekday !== null && weeklyAlignment === undefined) {
    throw invalidValue('weeklyAlignment');
  }
  try {
    return createAlignment({
      dailyAlignment: hour === null ? DEFAULT_ALIGNMENT.dailyAlignment : Number(hour),
      timeZone: timeZone ?? DEFAULT_ALIGNMENT.timeZone,
      weeklyAlignment: weeklyAlignment ?? DEFAULT_ALIGNMENT.weeklyAlignment,
    });
  } catch (error) {
    if (error instanceof RangeError) {
      throw invalidValue('alignmentTimezone');
    }
    throw error;
  }
}

/** A parameter that is `true` or `false`; Python's clients write `True` and `False`. */
export function parseBoolean(query: URLSearchParams, name: string, otherwise: boolean): boolean {
  const text = query.get(name)?.toLowerCase();
  if (text === undefined) {
    return otherwise;
  }
  if (text !== 'true' && text !== 'false') {
    throw invalidValue(name);
  }
  return text === 'true';
}

/** Throws if a range, which begins where a candle does, has more of them than an answer may. */
function requireAtMostMaxCount(alignment: Alignment, granularity: Granularity, range: Span): void {
  const widths = (range.endMs - range.startMs) / GRANULARITIES[granularity];
  const isNear = Math.abs(widths - MAX_COUNT) < MAX_CLOCK_CHANGES;
  if ((isNear ? countSpans(alignment, granularity, range) : widths) > MAX_COUNT) {
    throw tooManyCandles();
  }
}

/** A day on which the clocks change may have more than others: only a walk through them tells. */
function countSpans(alignment: Alignment, granularity: Granularity, range: Span): number {
  let count = 0;
  for (let atMs = range.startMs; atMs < range.endMs; count += 1) {
    atMs = alignment.spanAt(granularity, atMs).endMs;
  }
  return count;
}

function parseGranularity(text: string): Granularity {
  if (!isGranularity(text)) {
    throw invalidValue('granularity');
  }
  return text;
}

function parseSides(text: string, parameter = 'price'): PriceSides {
  if (!/^[MBA]{1,3}$/.test(text)) {
    throw invalidValue(parameter);
  }
  return {
    hasBid: text.includes('B'),
    hasMid: text.includes('M'),
    hasAsk: text.includes('A'),
  };
}

function parseInstant(query: URLSearchParams, name: string, nowMs: number): number | undefined {
  const text = query.get(name);
  if (text === null) {
    return undefined;
  }
  const timeMs = parseTime(text);
  if (timeMs === undefined) {
    throw invalidValue(name);
  }
  // The venue's clock counts whole milliseconds, so a finer time may belong to this one.
  if (timeMs >= nowMs + 1) {
    throw invalidValue(name, '. Time is in the future');
  }
  return Math.max(timeMs, EARLIEST_MS);
}

function parseCount(query: URLSearchParams): number | undefined {
  const text = query.get('count');
  if (text === null) {
    return undefined;
  }
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) {
    throw invalidValue('count');
  }
  if (Number(text) > MAX_COUNT) {
    throw tooManyCandles();
  }
  return Number(text);
}
