/**
 * What Bybit's server needs of a market, whether it is generated or was recorded. Times are epoch
 * milliseconds on the venue's clock; numbers of the wire are the strings that they are there.
 */
import type { Interval } from '@tickwire/protocol';
import type { BybitCategory } from './bybit-category.ts';

/** One row of `/v5/market/instruments-info`. */
export type BybitInstrument = Readonly<Record<string, unknown>> & { readonly symbol: string };

/** One candle, as the wire writes its numbers. */
export interface BybitKline {
  readonly startMs: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly turnover: string;
}

/** One trade, as the wire writes its numbers. */
export interface BybitTrade {
  readonly id: string;
  readonly timeMs: number;
  readonly price: string;
  readonly size: string;
  readonly side: 'Buy' | 'Sell';
  /** How the price moved, seen from the trade before and from the last other price. */
  readonly direction: TickDirection;
  /** Cross sequence: the same for all that happened in one millisecond. */
  readonly sequence: number;
}

export type TickDirection = 'PlusTick' | 'ZeroPlusTick' | 'MinusTick' | 'ZeroMinusTick';

/** Price and size; in a delta, size `0` deletes the price. */
export type BybitLevel = readonly [price: string, size: string];

/** A book, best levels first. */
export interface BybitBook {
  readonly bids: readonly BybitLevel[];
  readonly asks: readonly BybitLevel[];
}

/** The values of a ticker by their name on the wire, in the wire's order. */
export type BybitTicker = Readonly<Record<string, string>>;

/** What is known of one symbol at each time. */
export interface BybitSymbol {
  readonly record: BybitInstrument;
  /**
   * The candles that begin in a span of time, newest first and at most so many. Rejects once
   * `signal` is aborted, if that is before it is done.
   */
  klines(
    interval: Interval,
    span: KlineSpan,
    nowMs: number,
    signal?: AbortSignal,
  ): Promise<readonly BybitKline[]>;
  /** The ticker as REST answers it, bid and ask included; undefined if there is none. */
  ticker(nowMs: number): BybitTicker | undefined;
  /** The newest trades, newest first. */
  newestTrades(nowMs: number, count: number): readonly BybitTrade[];
  readonly book: (nowMs: number, depth: number) => BybitBook;
}

/** Both ends count: `fromMs <= start <= toMs`; of more than `limit`, the newest. */
export interface KlineSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

/** The frames of one topic. */
export interface TopicSource {
  /** Calls back with each frame until the function that it returns is called. */
  join(onFrame: (frame: TopicFrame) => void): () => void;
}

/** One message of a topic. */
export interface TopicFrame {
  readonly text: string;
  /** Whether it changes what an earlier frame of its topic said. */
  readonly isDelta: boolean;
}

/** A market behind Bybit's server. */
export interface BybitVenue {
  /** Which market this is, so that the prices of two are never taken for one's. */
  readonly origin: string;
  symbols(category: BybitCategory): readonly BybitSymbol[];
  find(category: BybitCategory, symbol: string): BybitSymbol | undefined;
  /** The frames of a topic such as `kline.1.BTCUSDT`; undefined if there is no such topic. */
  topic(category: BybitCategory, name: string): TopicSource | undefined;
  close(): void;
}

/** The parts of a topic's name: `orderbook.50.BTCUSDT` is `orderbook.50` of `BTCUSDT`. */
export function splitTopic(name: string): { readonly kind: string; readonly symbol: string } {
  const point = name.lastIndexOf('.');
  return { kind: name.slice(0, Math.max(0, point)), symbol: name.slice(point + 1) };
}
