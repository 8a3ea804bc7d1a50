/** The answers of `/v5/market/…`: one function per endpoint, from a query to a result. */
import { isInterval, intervalStart } from '@tickwire/protocol';
import { invalidParameter } from './bybit-answer.ts';
import { type BybitCategory, isBybitCategory } from './bybit-category.ts';
import { sequenceAt } from './bybit-sequence.ts';
import type { BybitKline, BybitSymbol, BybitVenue } from './bybit-venue.ts';
import type { FaultState } from '../faults/faults.ts';

/** What every endpoint needs. */
export interface BybitRestContext {
  readonly venue: BybitVenue;
  readonly faults: FaultState;
  /** The venue's time. */
  readonly nowMs: number;
  /** Aborted once nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

type Endpoint = (context: BybitRestContext, query: URLSearchParams) => object | Promise<object>;

/** Least, most and default number of rows. */
interface Limits {
  readonly most: number;
  readonly usual: number;
}

const KLINE_LIMITS: Limits = { most: 1_000, usual: 200 };
const INSTRUMENT_LIMITS: Limits = { most: 1_000, usual: 500 };
const TRADE_LIMITS: Limits = { most: 1_000, usual: 500 };
const SPOT_TRADE_LIMITS: Limits = { most: 60, usual: 60 };
const BOOK_LIMITS: Limits = { most: 500, usual: 25 };
const SPOT_BOOK_LIMITS: Limits = { most: 200, usual: 1 };
/** REST's `u` is of the deepest stream's; it only has to grow with the time. */
const UPDATE_MS = 20;

/** The endpoints by the path below `/v5/market/`. */
export const BYBIT_ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['time', serverTime],
  ['kline', listKlines],
  ['instruments-info', listInstruments],
  ['tickers', listTickers],
  ['recent-trade', listTrades],
  ['orderbook', showBook],
]);

function serverTime({ nowMs }: BybitRestContext): object {
  return { timeSecond: String(Math.floor(nowMs / 1_000)), timeNano: `${nowMs}000000` };
}

async function listKlines(context: BybitRestContext, query: URLSearchParams): Promise<object> {
  const { nowMs } = context;
  const category = readCategory(query, 'linear');
  const name = query.get('symbol') ?? '';
  const symbol = findSymbol(context, category, name);
  const interval = query.get('interval') ?? '';
  if (!isInterval(interval)) {
    throw invalidParameter('interval');
  }
  const [start, end] = [readTime(query, 'start'), readTime(query, 'end')];
  const span = {
    fromMs: start === undefined ? -Infinity : intervalStart(interval, start),
    toMs: end ?? nowMs,
    limit: readLimit(query, KLINE_LIMITS),
  };
  const found = await symbol.klines(interval, span, nowMs, context.signal);
  return { category, symbol: name, list: found.map(toRow) };
}

function toRow({ startMs, open, high, low, close, volume, turnover }: BybitKline): string[] {
  return [String(startMs), open, high, low, close, volume, turnover];
}

function listInstruments(context: BybitRestContext, query: URLSearchParams): object {
  const category = readCategory(query);
  const limit = readLimit(query, INSTRUMENT_LIMITS);
  const status = query.get('status') ?? 'Trading';
  const baseCoin = query.get('baseCoin');
  const all = askedSymbols(context, category, query)
    .map(({ record }) => record)
    .filter(
      (record) =>
        (record['status'] ?? 'Trading') === status &&
        (baseCoin === null || record['baseCoin'] === baseCoin),
    )
    .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  if (category === 'spot') {
    return { category, list: all };
  }
  const after = readCursor(query.get('cursor'));
  const rest = after === undefined ? all : all.filter(({ symbol }) => symbol > after);
  const list = rest.slice(0, limit);
  const last = list.at(-1);
  const isMore = last !== undefined && rest.length > list.length;
  return { category, list, nextPageCursor: isMore ? cursorAfter(last.symbol) : '' };
}

/** Bybit's own form, already encoded once: `first%3D…%26last%3D…`. */
function cursorAfter(symbol: string): string {
  return encodeURIComponent(`last=${symbol}`);
}

function readCursor(cursor: string | null): string | undefined {
  if (cursor === null || cursor === '') {
    return undefined;
  }
  const [, last] = /^last(?:=|%3D)([\w-]+)$/.exec(cursor) ?? [];
  if (last === undefined) {
    throw invalidParameter('cursor');
  }
  return last;
}

function listTickers(context: BybitRestContext, query: URLSearchParams): object {
  const category = readCategory(query);
  const list = askedSymbols(context, category, query).flatMap((symbol) => {
    const ticker = symbol.ticker(context.nowMs);
    return ticker === undefined ? [] : [ticker];
  });
  return { category, list };
}

function listTrades(context: BybitRestContext, query: URLSearchParams): object {
  const category = readCategory(query);
  const name = query.get('symbol') ?? '';
  const symbol = findSymbol(context, category, name);
  const count = readLimit(query, category === 'spot' ? SPOT_TRADE_LIMITS : TRADE_LIMITS);
  const list = symbol.newestTrades(context.nowMs, count).map((trade) => ({
    execId: trade.id,
    symbol: name,
    price: trade.price,
    size: trade.size,
    side: trade.side,
    time: String(trade.timeMs),
    isBlockTrade: false,
    isRPITrade: false,
    seq: String(trade.sequence),
  }));
  return { category, list };
}

function showBook(context: BybitRestContext, query: URLSearchParams): object {
  const { nowMs } = context;
  const category = readCategory(query);
  const name = query.get('symbol') ?? '';
  const symbol = findSymbol(context, category, name);
  const depth = readLimit(query, category === 'spot' ? SPOT_BOOK_LIMITS : BOOK_LIMITS);
  const { bids, asks } = symbol.book(nowMs, depth);
  const u = Math.floor(nowMs / UPDATE_MS);
  return { s: name, b: bids, a: asks, ts: nowMs, u, seq: sequenceAt(nowMs), cts: nowMs };
}

/** The symbol that is asked for, or all of the category. */
function askedSymbols(
  context: BybitRestContext,
  category: BybitCategory,
  query: URLSearchParams,
): readonly BybitSymbol[] {
  const name = query.get('symbol');
  return name === null || name === ''
    ? context.venue
        .symbols(category)
        .filter(({ record }) => !context.faults.isUnknown(record.symbol))
    : [findSymbol(context, category, name)];
}

function findSymbol(
  { venue, faults }: BybitRestContext,
  category: BybitCategory,
  name: string,
): BybitSymbol {
  const symbol = venue.find(category, name);
  if (symbol === undefined || faults.takeUnknown([name])) {
    throw invalidParameter('symbol');
  }
  return symbol;
}

function readCategory(query: URLSearchParams, otherwise?: BybitCategory): BybitCategory {
  const category = query.get('category') ?? otherwise;
  if (!isBybitCategory(category)) {
    throw invalidParameter('category');
  }
  return category;
}

/** More than the most is the most; what is no whole number above 0 is refused. */
function readLimit(query: URLSearchParams, { most, usual }: Limits): number {
  const text = query.get('limit') ?? '';
  if (text === '') {
    return usual;
  }
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1) {
    throw invalidParameter('limit');
  }
  return Math.min(limit, most);
}

function readTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') {
    return undefined;
  }
  if (!/^\d{1,15}$/.test(text)) {
    throw invalidParameter(name);
  }
  return Number(text);
}
