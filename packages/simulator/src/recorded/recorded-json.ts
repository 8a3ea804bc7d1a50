/** Reads the JSON that is recorded of a venue: streams line by line, pricing, candles, lists. */
import { type Granularity, isDecimal, isGranularity } from '@tickwire/protocol';
import type { MarketCandle, Ohlc } from '../market/market.ts';
import {
  type InstrumentRecord,
  instrumentOfFile,
  type RecordedPart,
  type RecordedPrice,
  roundedMid,
  toInstrumentName,
} from './recorded-data.ts';
import { parseTime } from '../venue-time.ts';

/** Reads a file of JSON; undefined if it is none that is known. */
export function readJson(text: string, fileName: string): RecordedPart | undefined {
  const body = parseObject(text);
  if (body === undefined) {
    const prices = readStream(text);
    return prices.length === 0 ? undefined : { kind: 'stream', prices };
  }
  const { prices, instruments, candles } = body;
  if (Array.isArray(candles)) {
    return readCandles(body, candles, fileName);
  }
  if (Array.isArray(instruments)) {
    const records = instruments.filter(isInstrumentRecord);
    return records.length === 0 ? undefined : { kind: 'instruments', records };
  }
  if (Array.isArray(prices)) {
    const read = prices.flatMap((price) => toPrice(JSON.stringify(price), undefined) ?? []);
    return read.length === 0 ? undefined : { kind: 'pricing', prices: read };
  }
  const single = readStream(text);
  return single.length === 0 ? undefined : { kind: 'stream', prices: single };
}

/** Lines that are no prices (heartbeats, broken ones) are passed over. */
function readStream(text: string): RecordedPrice[] {
  return text.split('\n').flatMap((line) => {
    const body = parseObject(line);
    if (body === undefined) {
      return [];
    }
    if (typeof body['send_ms'] !== 'number') {
      return toPrice(line.trim(), undefined) ?? [];
    }
    const wrapped = body['line'];
    const json = typeof wrapped === 'string' ? wrapped : wrappedText(line, wrapped);
    return toPrice(json, body['send_ms']) ?? [];
  });
}

/** Cuts the inner object out of its envelope, because writing it anew could change its bytes. */
function wrappedText(line: string, wrapped: unknown): string {
  const rewritten = JSON.stringify(wrapped);
  const [, cut = ''] =
    /^\s*\{\s*"send_ms"\s*:\s*[\d.]+\s*,\s*"line"\s*:\s*(.*)\}\s*$/.exec(line) ?? [];
  return JSON.stringify(parseObject(cut)) === rewritten ? cut.trim() : rewritten;
}

function toPrice(json: string, sentMs: number | undefined): RecordedPrice | undefined {
  const body = parseObject(json);
  const { type = 'PRICE', instrument, time } = body ?? {};
  if (type !== 'PRICE' || typeof instrument !== 'string' || typeof time !== 'string') {
    return undefined;
  }
  const atMs = sentMs ?? parseTime(time);
  return atMs === undefined
    ? undefined
    : { instrument: toInstrumentName(instrument), atMs, json, time };
}

function readCandles(
  body: Readonly<Record<string, unknown>>,
  rows: readonly unknown[],
  fileName: string,
): RecordedPart | undefined {
  const { instrument: named, granularity: written } = body;
  const instrument =
    typeof named === 'string' ? toInstrumentName(named) : instrumentOfFile(fileName);
  const granularity =
    typeof written === 'string' && isGranularity(written) ? written : granularityOfFile(fileName);
  const candles = rows.flatMap((row) => toCandle(row) ?? []);
  if (instrument === undefined || granularity === undefined || candles.length === 0) {
    return undefined;
  }
  const isTwoSided = rows.every(
    (row) => isRecord(row) && isRecord(row['bid']) && isRecord(row['ask']),
  );
  return { kind: 'candles', instrument, granularity, isTwoSided, candles };
}

/** A candle that was not over when it was recorded is left out: how it ended is not known. */
function toCandle(row: unknown): MarketCandle | undefined {
  if (!isRecord(row) || typeof row['time'] !== 'string' || row['complete'] === false) {
    return undefined;
  }
  const startMs = parseTime(row['time']);
  const [bidSide, askSide, midSide] = [toOhlc(row['bid']), toOhlc(row['ask']), toOhlc(row['mid'])];
  const bid = bidSide ?? midSide ?? askSide;
  const ask = askSide ?? midSide ?? bidSide;
  if (startMs === undefined || bid === undefined || ask === undefined) {
    return undefined;
  }
  // Some write it as a string; a candle has at least one tick.
  const volume = Math.max(1, Math.trunc(Number(row['volume'])) || 1);
  return { startMs, bid, ask, mid: midSide ?? midOhlc(bid, ask), volume };
}

/** The mid of two sides, price by price. */
export function midOhlc(bid: Ohlc, ask: Ohlc): Ohlc {
  return {
    o: roundedMid(bid.o, ask.o),
    h: roundedMid(bid.h, ask.h),
    l: roundedMid(bid.l, ask.l),
    c: roundedMid(bid.c, ask.c),
  };
}

function toOhlc(side: unknown): Ohlc | undefined {
  if (!isRecord(side)) {
    return undefined;
  }
  const { o, h, l, c } = side;
  return isPrice(o) && isPrice(h) && isPrice(l) && isPrice(c) ? { o, h, l, c } : undefined;
}

function isPrice(value: unknown): value is string {
  return typeof value === 'string' && isDecimal(value);
}

function granularityOfFile(fileName: string): Granularity | undefined {
  return fileName.split(/[^A-Z0-9]+/).find(isGranularity);
}

function isInstrumentRecord(value: unknown): value is InstrumentRecord {
  return isRecord(value) && typeof value['name'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    // Not JSON as a whole: perhaps one object per line, or another format altogether.
    return undefined;
  }
}
