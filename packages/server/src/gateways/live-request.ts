import {
  type Channel,
  INTERVALS,
  type LiveSubscription,
  isInterval,
  parseInstrument,
} from '@tickwire/protocol';

const LIVE_PREFIX = '/api/v1/live/ws/';

/** How much of what was asked for is repeated in an error. */
const MAX_SHOWN_LENGTH = 32;

/** The kinds of channels that have an address of their own. */
const LIVE_KINDS = ['candles', 'trades', 'ticker', 'orderbook', 'price'] as const;

/** What those are called on the wire. */
export const SUBSCRIPTIONS = {
  candles: 'candles',
  trades: 'trades',
  ticker: 'ticker',
  orderbook: 'orderbook',
  price: 'prices',
} as const satisfies Record<(typeof LIVE_KINDS)[number], LiveSubscription>;

/** A channel that a plain WebSocket can be connected to. */
export type LiveChannel =
  | Extract<Channel, { kind: 'candles' }>
  | {
      readonly kind: Exclude<(typeof LIVE_KINDS)[number], 'candles'>;
      readonly instrument: string;
    };

/** What the address of a plain WebSocket asks for. */
export type LiveRequest =
  | { readonly channel: LiveChannel; readonly wantsSnapshot: boolean }
  | { readonly refusal: LiveRefusal };

/** Why an address that has the right form cannot be had. */
export interface LiveRefusal {
  readonly code: 'INVALID_SYMBOL' | 'INVALID_TIMEFRAME';
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
}

/** Tells whether a channel is one that a plain WebSocket can be connected to. */
export function isLiveChannel(channel: Channel): channel is LiveChannel {
  return LIVE_KINDS.some((kind) => kind === channel.kind);
}

/**
 * Reads `/api/v1/live/ws/candles/{symbol}/{timeframe}`, `…/{trades|ticker|orderbook|prices}/{symbol}`
 * and `?snapshot=0`, symbol and timeframe in any case; undefined for any other address.
 */
export function parseLiveRequest(address: string): LiveRequest | undefined {
  if (!address.startsWith(LIVE_PREFIX)) {
    return undefined;
  }
  const { pathname, searchParams } = new URL(address, 'http://server');
  // What was normalised away, by two dots in the path, may have been the prefix.
  if (!pathname.startsWith(LIVE_PREFIX)) {
    return undefined;
  }
  const [name, ...parts] = pathname.slice(LIVE_PREFIX.length).split('/').map(decode);
  const kind = LIVE_KINDS.find((each) => SUBSCRIPTIONS[each] === name);
  const [symbol = '', timeframe = ''] = parts;
  if (kind === undefined || parts.length > (kind === 'candles' ? 2 : 1)) {
    return undefined;
  }
  const instrument = parseInstrument(symbol);
  if (instrument === undefined) {
    return { refusal: invalidSymbol(symbol) };
  }
  const wantsSnapshot = searchParams.get('snapshot') !== '0';
  if (kind !== 'candles') {
    return { channel: { kind, instrument }, wantsSnapshot };
  }
  const interval = timeframe.toUpperCase();
  return isInterval(interval)
    ? { channel: { kind, instrument, interval }, wantsSnapshot }
    : { refusal: invalidTimeframe(timeframe) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not an encoding of anything; the name as it is will be refused.
    return text;
  }
}

function invalidSymbol(asked: string): LiveRefusal {
  const symbol = asked.slice(0, MAX_SHOWN_LENGTH);
  return { code: 'INVALID_SYMBOL', message: `Unknown symbol: ${symbol}`, details: { symbol } };
}

function invalidTimeframe(asked: string): LiveRefusal {
  const timeframe = asked.slice(0, MAX_SHOWN_LENGTH);
  return {
    code: 'INVALID_TIMEFRAME',
    message: `Unknown timeframe: ${timeframe}; there are ${INTERVALS.join(', ')}`,
    details: { timeframe },
  };
}
