import type { Channel } from '@tickwire/protocol';
import { CRYPTO_NAME } from '../../domain/instrument-family.ts';
import type { BybitCategory } from './config.ts';

/** What Bybit brings: candles, trades, tickers and books of an instrument. */
export type BybitChannel =
  | Extract<Channel, { readonly kind: 'candles' }>
  | { readonly kind: 'trades' | 'ticker' | 'orderbook'; readonly instrument: string };

/** Names of instruments on one category's socket. */
export interface Naming {
  readonly instrumentPrefix: string;
  readonly bookDepth: number;
}

/** Tells whether a channel is one of those that Bybit can bring. */
export function isBybitChannel(channel: Channel): channel is BybitChannel {
  return ['candles', 'trades', 'ticker', 'orderbook'].includes(channel.kind);
}

/** The topic under which Bybit sends a channel. Source: …/docs/v5/websocket/public. */
export function topicOf(channel: BybitChannel, { instrumentPrefix, bookDepth }: Naming): string {
  const symbol = channel.instrument.slice(instrumentPrefix.length);
  switch (channel.kind) {
    case 'candles':
      return `kline.${channel.interval}.${symbol}`;
    case 'trades':
      return `publicTrade.${symbol}`;
    case 'ticker':
      return `tickers.${symbol}`;
    default:
      return `orderbook.${bookDepth}.${symbol}`;
  }
}

/** An instrument with the market that has it. */
export interface BybitInstrument {
  /** Under which its events are published: with a prefix where it is not of the usual category. */
  readonly instrument: string;
  readonly category: BybitCategory;
}

/**
 * Reads the name of an instrument: `BTCUSDT` is of the usual category, `SPOT_BTCUSDT`,
 * `INVERSE_BTCUSD` and `LINEAR_BTCUSDT` say theirs. Where it is the usual one it is left out.
 */
export function resolveInstrument(name: string, usual: BybitCategory): BybitInstrument {
  const [, prefix, symbol] = CRYPTO_NAME.exec(name) ?? [];
  const category = (prefix?.toLowerCase() as BybitCategory | undefined) ?? usual;
  return category === usual
    ? { instrument: symbol ?? name, category }
    : { instrument: name, category };
}

/** What the instruments of a category have before Bybit's symbol. */
export function instrumentPrefix(category: BybitCategory, usual: BybitCategory): string {
  return category === usual ? '' : `${category.toUpperCase()}_`;
}
