/** Reads what was recorded of Bybit: frames line by line, REST's candles and lists, tables. */
import { INTERVALS, type Interval, isDecimal } from '@tickwire/protocol';
import { BYBIT_CATEGORIES, type BybitCategory, isBybitCategory } from './bybit-category.ts';
import { type BybitInstrument, type BybitKline, splitTopic } from './bybit-venue.ts';
import { formatUnits, parseUnits } from '../market/unit-decimal.ts';

/** One frame of a topic, byte for byte. */
export interface RecordedFrame {
  readonly category: BybitCategory;
  readonly topic: string;
  /** When the venue sent it. */
  readonly timeMs: number;
  readonly text: string;
  readonly isDelta: boolean;
}

/** What one file holds. */
export type BybitPart =
  | { readonly kind: 'frames'; readonly frames: readonly RecordedFrame[] }
  | {
      readonly kind: 'instruments';
      readonly category: BybitCategory;
      readonly records: readonly BybitInstrument[];
    }
  | {
      readonly kind: 'klines';
      readonly category: BybitCategory;
      readonly symbol: string;
      readonly interval: Interval;
      /** Oldest first. */
      readonly klines: readonly BybitKline[];
    };

/** At least three letters in a row, so that dates and times are none. */
const SYMBOL_IN_NAME = /(?<![A-Z0-9])(?=\d*[A-Z]{3})([A-Z0-9]{5,20})(?![A-Z0-9])/;
const TABLE_HEAD = 'start_ms,open,high,low,close,volume';
/** Digits of products of a price and a volume, more than both have together. */
const PRICE_DIGITS = 10;
const VOLUME_DIGITS = 10;
const MINUTE_MS = 60_000;
const WIDE_INTERVALS: readonly (readonly [Interval, number])[] = [
  ['M', 28 * 1_440],
  ['W', 7 * 1_440],
  ['D', 1_440],
];

/** Reads a file by what is in it; undefined if it is nothing of Bybit's that is known. */
export function readBybitFile(text: string, fileName: string): BybitPart | undefined {
  if (text.startsWith(TABLE_HEAD)) {
    return readTable(text, fileName);
  }
  const named = categoryInName(fileName);
  const frames = text.split('\n').flatMap((line) => readFrame(line.trim(), named) ?? []);
  if (frames.length > 0) {
    return { kind: 'frames', frames };
  }
  const { category, symbol, list } = toFields(toFields(parseJson(text))['result']);
  if (!isBybitCategory(category) || !Array.isArray(list)) {
    return undefined;
  }
  const records = list.filter(isRecord);
  if (records.length > 0) {
    return { kind: 'instruments', category, records };
  }
  return typeof symbol === 'string' ? toKlines(category, symbol, list.map(toKline)) : undefined;
}

/** The fields of a frame's `data`, as texts. */
export function frameData({ text }: RecordedFrame): Readonly<Record<string, string>> {
  const data = toFields(toFields(parseJson(text))['data']);
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, String(value)]));
}

/** The product of a price and a volume: what a candle without a turnover is taken to have had. */
function productOf(price: string, volume: string): string {
  const units = parseUnits(price, PRICE_DIGITS) * parseUnits(volume, VOLUME_DIGITS);
  return formatUnits(units, PRICE_DIGITS + VOLUME_DIGITS);
}

/** A file is of the one category that its name holds as a word; else the symbol decides. */
function categoryInName(fileName: string): BybitCategory | undefined {
  const words = fileName.toLowerCase().split(/[^a-z]+/);
  const named = BYBIT_CATEGORIES.filter((category) => words.includes(category));
  return named.length === 1 ? named[0] : undefined;
}

/** Contracts that end on `USD` are inverse; what else has no category is taken for linear. */
function categoryOfSymbol(symbol: string): BybitCategory {
  return /USD(?:[FGHJKMNQUVXZ]\d{2})?$/.test(symbol) ? 'inverse' : 'linear';
}

function readFrame(line: string, named: BybitCategory | undefined): RecordedFrame | undefined {
  if (!line.startsWith('{') || !line.includes('"topic"')) {
    return undefined;
  }
  const { topic, ts, type } = toFields(parseJson(line));
  if (typeof topic !== 'string' || typeof ts !== 'number') {
    return undefined;
  }
  const category = named ?? categoryOfSymbol(splitTopic(topic).symbol);
  return { category, topic, timeMs: ts, text: line, isDelta: type === 'delta' };
}

function readTable(text: string, fileName: string): BybitPart | undefined {
  const [, symbol] = SYMBOL_IN_NAME.exec(fileName) ?? [];
  if (symbol === undefined) {
    return undefined;
  }
  const rows = text.split(/\r?\n/).slice(1);
  return toKlines(
    categoryInName(fileName) ?? categoryOfSymbol(symbol),
    symbol,
    rows.map((row) => toKline(row.split(','))),
  );
}

function toKlines(
  category: BybitCategory,
  symbol: string,
  found: readonly (BybitKline | undefined)[],
): BybitPart | undefined {
  const klines = found.filter((kline) => kline !== undefined).sort((a, b) => a.startMs - b.startMs);
  return klines.length === 0
    ? undefined
    : { kind: 'klines', category, symbol, interval: intervalOf(klines), klines };
}

/** The shortest step between candles is their width; one alone is taken for a minute. */
function intervalOf(klines: readonly BybitKline[]): Interval {
  let stepMs = Infinity;
  let beforeMs = -Infinity;
  for (const { startMs } of klines) {
    stepMs = Math.min(stepMs, startMs - beforeMs);
    beforeMs = startMs;
  }
  const minutes = stepMs / MINUTE_MS;
  const wide = WIDE_INTERVALS.find(([, length]) => minutes >= length && minutes < Infinity);
  return wide?.[0] ?? INTERVALS.find((interval) => Number(interval) === minutes) ?? '1';
}

function toKline(row: unknown): BybitKline | undefined {
  if (!Array.isArray(row)) {
    return undefined;
  }
  const [start = '', open = '', high = '', low = '', close = '', volume = '', turnover] =
    row.map(String);
  const isKnown = /^\d+$/.test(start) && [open, high, low, close, volume].every(isDecimal);
  return isKnown
    ? {
        startMs: Number(start),
        open,
        high,
        low,
        close,
        volume,
        turnover: turnover ?? productOf(close, volume),
      }
    : undefined;
}

function isRecord(row: unknown): row is BybitInstrument {
  const { symbol, priceFilter } = toFields(row);
  return typeof symbol === 'string' && priceFilter !== undefined;
}

function toFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no data of Bybit's; the caller says so in the log.
    return undefined;
  }
}
