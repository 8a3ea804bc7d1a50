import { type Interval, type Trade, nextIntervalStart } from '@tickwire/protocol';
import { FeedError, InvalidMessageError } from '../../domain/errors.ts';
import { RATE_WINDOW_MS } from './config.ts';
import {
  type Fields,
  decimal,
  isObject,
  objectOf,
  parseObject,
  rowsOf,
  shown,
  timestamp,
} from './fields.ts';
import type { BybitCandle, BybitResult } from './messages.ts';
import { readCandle, readTrade } from './values.ts';

/** Error codes of REST by what to do next. Source: …/docs/v5/error. */
const TOO_MANY_VISITS = 10_006;
const SERVER_ERROR = 10_016;

/**
 * Opens the envelope of a REST answer; throws an {@link InvalidMessageError} for what is none, and
 * a {@link FeedError} for the error that it may hold in spite of status 200.
 */
export function parseResult(body: string): BybitResult {
  const { retCode, retMsg, result, time } = parseObject(body);
  if (typeof retCode !== 'number') {
    throw new InvalidMessageError(`Expected a number as retCode, got ${shown(retCode)}`);
  }
  if (retCode !== 0) {
    const words = typeof retMsg === 'string' ? retMsg : shown(retMsg);
    const message = `Bybit answered ${retCode}: ${words}`;
    if (retCode === TOO_MANY_VISITS) {
      throw new FeedError('FEED_RATE_LIMITED', message, { retryAfterMs: RATE_WINDOW_MS });
    }
    throw new FeedError(retCode === SERVER_ERROR ? 'FEED_UNAVAILABLE' : 'FEED_REFUSED', message);
  }
  return { result: objectOf(result), time: timestamp('time', time) };
}

/**
 * The candles in an answer of `/v5/market/kline`, oldest first; the venue's are newest first and do
 * not say whether they are over: those that ended before `closedBefore` are.
 */
export function parseKlines(
  { list }: Fields,
  interval: Interval,
  closedBefore: number,
): readonly BybitCandle[] {
  return rowsOf(list)
    .map((row) => {
      const [startText, open, high, low, close, volume, turnover] = rowsOf(row);
      const start = timestamp('start', Number(decimal('start', startText)));
      const next = nextIntervalStart(interval, start);
      const fields = { start, end: next - 1, open, high, low, close, volume, turnover };
      return readCandle(interval, fields, next <= closedBefore);
    })
    .toSorted((a, b) => a.start - b.start);
}

/** One page of `/v5/market/instruments-info`: its symbols, and where the next one begins. */
export function parseInstruments({ list, nextPageCursor }: Fields): {
  readonly symbols: readonly string[];
  readonly cursor: string;
} {
  const symbols = rowsOf(list).map((row) => {
    const symbol = isObject(row) ? row['symbol'] : undefined;
    if (typeof symbol !== 'string') {
      throw new InvalidMessageError(`Expected instruments with a symbol, got ${shown(symbol)}`);
    }
    return symbol;
  });
  return { symbols, cursor: typeof nextPageCursor === 'string' ? nextPageCursor : '' };
}

/** The trades in an answer of `/v5/market/recent-trade`, oldest first. */
export function parseRecentTrades({ list }: Fields): readonly Trade[] {
  return rowsOf(list)
    .map((row) => {
      const { execId, price, size, side, time } = objectOf(row);
      const at = Number(decimal('time', time));
      return readTrade({ i: execId, p: price, v: size, S: side, T: at });
    })
    .toReversed();
}
