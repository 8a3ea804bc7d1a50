import {
  type Quote,
  compareDecimals,
  isPositiveDecimal,
  midOf,
  parseInstrument,
} from '@tickwire/protocol';
import { InvalidMessageError } from '../../domain/errors.ts';
import type { Ohlc } from '../../domain/sided-candle.ts';
import type {
  OandaAccounts,
  OandaCandle,
  OandaCandles,
  OandaInstruments,
  OandaPrice,
  OandaPriceLevel,
} from './messages.ts';

/** What one line of a pricing stream says. */
export type OandaStreamLine =
  | { readonly type: 'price'; readonly quote: Quote; readonly tradeable: boolean }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'unknown' }
  /** The venue ends the stream with a reason. */
  | { readonly type: 'error'; readonly message: string };

const MAX_SHOWN_LENGTH = 60;
const TIME_PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/**
 * Reads one line of a pricing stream; throws {@link InvalidMessageError} for what is not JSON or
 * not a possible price. Kinds of lines that are not known are not an error: OANDA may add some.
 */
export function parseStreamLine(line: string): OandaStreamLine {
  const message = parseObject(line);
  if (message['type'] === 'PRICE') {
    const price = toPrice(message);
    return { type: 'price', quote: toQuote(price), tradeable: isTradeable(price) };
  }
  if (message['type'] === 'HEARTBEAT') {
    return { type: 'heartbeat' };
  }
  if (message['type'] === undefined) {
    return { type: 'error', message: describeError(message) ?? `an object without type` };
  }
  return { type: 'unknown' };
}

/** The ids in an answer of `/v3/accounts`. */
export function parseAccounts(body: string): readonly string[] {
  const { accounts } = parseObject(body) as Partial<OandaAccounts>;
  if (!Array.isArray(accounts)) {
    throw new InvalidMessageError('Expected a list `accounts` in the answer of /v3/accounts');
  }
  return (accounts as OandaAccounts['accounts']).map(({ id }) => id);
}

/** The names in an answer of `/v3/accounts/{id}/instruments`. */
export function parseInstrumentNames(body: string): ReadonlySet<string> {
  const { instruments } = parseObject(body) as Partial<OandaInstruments>;
  if (!Array.isArray(instruments)) {
    throw new InvalidMessageError('Expected a list `instruments` in the answer of …/instruments');
  }
  return new Set((instruments as OandaInstruments['instruments']).map(({ name }) => name));
}

/** The candles in an answer of `/v3/instruments/{instrument}/candles`, oldest first. */
export function parseCandles(body: string): readonly OandaCandle[] {
  const { candles } = parseObject(body) as Partial<OandaCandles>;
  if (!Array.isArray(candles)) {
    throw new InvalidMessageError('Expected a list `candles` in the answer of …/candles');
  }
  const parsed = (candles as OandaCandles['candles']).map(toCandle);
  if (parsed.some(({ start }, index) => start <= (parsed[index - 1]?.start ?? -Infinity))) {
    throw new InvalidMessageError('Expected candles in the order of their times');
  }
  return parsed;
}

/** The reason that OANDA gives in the body of an error, if it is one. */
export function parseErrorMessage(body: string): string | undefined {
  try {
    return describeError(parseObject(body));
  } catch {
    // Maintenance pages are HTML; the status says enough.
    return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidMessageError('Expected JSON', { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidMessageError('Expected a JSON object');
  }
  return value as Record<string, unknown>;
}

function describeError(message: Record<string, unknown>): string | undefined {
  if (typeof message['errorMessage'] === 'string') {
    return message['errorMessage'];
  }
  const disconnect = message['disconnect'] as { message?: unknown } | undefined;
  return typeof disconnect?.message === 'string' ? disconnect.message : undefined;
}

/** An RFC 3339 time that the calendar has. */
function isTime(text: string): boolean {
  return TIME_PATTERN.test(text) && !Number.isNaN(Date.parse(text));
}

function toPrice(message: Record<string, unknown>): OandaPrice {
  const { instrument, time, bids, asks, closeoutBid, closeoutAsk, status, tradeable } = message;
  if (typeof instrument !== 'string') {
    throw new InvalidMessageError('Expected a price with an instrument');
  }
  if (typeof time !== 'string' || !isTime(time)) {
    throw new InvalidMessageError('Expected a price with an RFC 3339 time');
  }
  if (!Array.isArray(bids) || !Array.isArray(asks)) {
    throw new InvalidMessageError('Expected a price with lists of bids and asks');
  }
  return { instrument, time, bids, asks, closeoutBid, closeoutAsk, status, tradeable };
}

function toCandle(value: unknown): OandaCandle {
  const { time, mid, bid, ask, volume, complete } = (value ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (typeof time !== 'string' || !isTime(time)) {
    throw new InvalidMessageError('Expected a candle with an RFC 3339 time');
  }
  if (typeof complete !== 'boolean') {
    throw new InvalidMessageError(`Expected a candle that says whether it is complete (${time})`);
  }
  if (
    !(typeof volume === 'number' || typeof volume === 'string') ||
    !/^\d{1,15}$/.test(`${volume}`)
  ) {
    throw new InvalidMessageError(`Expected a candle with a count of prices (${time})`);
  }
  const hasSides = bid !== undefined && ask !== undefined;
  return {
    start: Date.parse(time),
    ...toOhlc(mid),
    sides: hasSides ? { bid: toOhlc(bid), ask: toOhlc(ask) } : undefined,
    volume: String(Number(volume)),
    isComplete: complete,
  };
}

function toOhlc(value: unknown): Ohlc {
  const { o, h, l, c } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { open: decimalOf(o), high: decimalOf(h), low: decimalOf(l), close: decimalOf(c) };
}

function toQuote(price: OandaPrice): Quote {
  const instrument = parseInstrument(price.instrument);
  if (instrument === undefined) {
    throw new InvalidMessageError('Expected a price with the name of an instrument');
  }
  const bid = best(price.bids, 1) ?? decimalOf(price.closeoutBid);
  const ask = best(price.asks, -1) ?? decimalOf(price.closeoutAsk);
  return { type: 'quote', instrument, bid, ask, mid: midOf(bid, ask), time: price.time };
}

/**
 * The highest (`direction` 1) or lowest (-1) price of a side. It is not always the first: a frame
 * of 2017-09-24 has bids 1.19195 / 10M, then 1.19197 / 500k.
 */
function best(levels: readonly unknown[], direction: 1 | -1): string | undefined {
  let found: string | undefined;
  for (const level of levels) {
    const price = decimalOf((level as OandaPriceLevel | null | undefined)?.price);
    if (found === undefined || compareDecimals(price, found) * direction > 0) {
      found = price;
    }
  }
  return found;
}

function decimalOf(price: unknown): string {
  if (typeof price !== 'string' || !isPositiveDecimal(price)) {
    const shown =
      typeof price === 'string' ? `'${price.slice(0, MAX_SHOWN_LENGTH)}'` : typeof price;
    throw new InvalidMessageError(`Expected a price above zero, got ${shown}`);
  }
  return price;
}

function isTradeable(price: OandaPrice): boolean {
  return typeof price.tradeable === 'boolean' ? price.tradeable : price.status !== 'non-tradeable';
}
