/** The answers of the REST host: one function per endpoint, from a query to what JSON becomes. */
import type { PriceSides } from './candle-query.ts';
import {
  parseAlignment,
  parseBoolean,
  parseCandleQuery,
  parseCandleSpecifications,
} from './candle-query.ts';
import {
  type CandleSelection,
  findCandles,
  findNewestCandles,
  type FoundCandle,
} from './oanda-candles.ts';
import type { FaultState } from '../faults/faults.ts';
import { invalidValue, missingData } from './oanda-errors.ts';
import type { VenueClock } from '../venue-clock.ts';
import { formatTime, parseTime, type TimeFormat } from '../venue-time.ts';
import type { Venue } from './venue.ts';

/** What every endpoint needs. */
export interface RestContext {
  readonly venue: Venue;
  readonly clock: VenueClock;
  readonly faults: FaultState;
  readonly accountId: string;
}

/** One request of an endpoint. */
export interface RestRequest {
  readonly query: URLSearchParams;
  readonly format: TimeFormat;
  /** The instrument in the path; empty where the path has none. */
  readonly instrument: string;
}

/** `GET /v3/accounts` */
export function listAccounts({ accountId }: RestContext): string {
  return JSON.stringify({ accounts: [{ id: accountId, tags: [] }] });
}

/** `GET /v3/accounts/{id}/instruments` */
export function listInstruments(context: RestContext, { query }: RestRequest): string {
  const { venue, faults } = context;
  const listed = venue.market.instruments
    .map(({ name }) => name)
    .filter((name) => !faults.isUnknown(name));
  const asked = query.has('instruments') ? readInstruments(context, query) : listed;
  const instruments = listed
    .filter((name) => asked.includes(name))
    .map((name) => venue.instrumentRecord(name));
  return JSON.stringify({ instruments, lastTransactionID: '1' });
}

/** `GET /v3/accounts/{id}/pricing`: the prices keep the bytes they were recorded with. */
export function listPrices(context: RestContext, { query, format }: RestRequest): string {
  const { venue, clock } = context;
  const instruments = readInstruments(context, query);
  parseBoolean(query, 'includeHomeConversions', false);
  const since = query.get('since');
  const sinceMs = since === null ? -Infinity : parseTime(since);
  if (sinceMs === undefined) {
    throw invalidValue('since');
  }
  const nowMs = clock.now();
  const prices = instruments.flatMap((name) => {
    const price = venue.price(name, nowMs, format);
    return price === undefined || price.timeMs <= sinceMs ? [] : [price.json];
  });
  return `{"time":"${formatTime(nowMs, format)}","prices":[${prices.join(',')}]}`;
}

/** `GET /v3/instruments/{instrument}/candles`, and the same below an account. */
export async function listCandles(context: RestContext, request: RestRequest): Promise<string> {
  const { venue, clock } = context;
  const { query, format, instrument } = request;
  if (!isKnown(context, instrument)) {
    throw invalidValue('instrument');
  }
  const nowMs = clock.now();
  const asked = parseCandleQuery(query, nowMs);
  const found = await findCandles(venue.market, instrument, asked, nowMs);
  return JSON.stringify({
    instrument,
    granularity: asked.granularity,
    candles: found.map((candle) => toWireCandle(candle, asked.sides, format, nowMs)),
  });
}

/** `GET /v3/accounts/{id}/candles/latest`: the newest complete candle and the current one. */
export async function listLatestCandles(
  context: RestContext,
  { query, format }: RestRequest,
): Promise<string> {
  const { venue, clock } = context;
  const text = query.get('candleSpecifications');
  if (text === null || text === '') {
    throw missingData();
  }
  const specifications = parseCandleSpecifications(text);
  if (!specifications.every(({ instrument }) => isKnown(context, instrument))) {
    throw invalidValue('instrument');
  }
  const alignment = parseAlignment(query);
  const nowMs = clock.now();
  const latestCandles: object[] = [];
  for (const { instrument, granularity, sides } of specifications) {
    const where: CandleSelection = {
      granularity,
      alignment,
      count: 2,
      toMs: nowMs + 1,
    };
    const found = await findNewestCandles(venue.market, instrument, where, nowMs);
    const newest = found.at(-1);
    const latest = newest !== undefined && newest.endMs > nowMs ? found : found.slice(-1);
    latestCandles.push({
      instrument,
      granularity,
      candles: latest.map((candle) => toWireCandle(candle, sides, format, nowMs)),
    });
  }
  return JSON.stringify({ latestCandles });
}

/**
 * The instruments of a request in the order they are asked for, each once. One that is not in the
 * list spoils the whole request, as it does at OANDA.
 */
export function readInstruments(context: RestContext, query: URLSearchParams): readonly string[] {
  const text = query.get('instruments');
  if (text === null || text === '') {
    throw missingData();
  }
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  if (context.faults.takeUnknown(names) || !names.every((name) => isKnown(context, name))) {
    throw invalidValue('instruments');
  }
  return names;
}

function isKnown({ venue, faults }: RestContext, name: string): boolean {
  return (
    venue.market.instruments.some((instrument) => instrument.name === name) &&
    !faults.takeUnknown([name])
  );
}

function toWireCandle(
  candle: FoundCandle,
  sides: PriceSides,
  format: TimeFormat,
  nowMs: number,
): object {
  return {
    complete: candle.endMs <= nowMs,
    volume: candle.volume,
    time: formatTime(candle.startMs, format),
    ...(sides.hasBid ? { bid: candle.bid } : {}),
    ...(sides.hasMid ? { mid: candle.mid } : {}),
    ...(sides.hasAsk ? { ask: candle.ask } : {}),
  };
}
