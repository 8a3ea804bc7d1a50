/**
 * What Bybit v5's frames and answers say, checked as far as the feed reads them. Unknown keys come
 * and go between releases and are ignored. Source: bybit-exchange.github.io/docs/v5.
 */
import type { BookLevel, Candle, Trade } from '@tickwire/protocol';

/** A candle without the name of its instrument. */
export type BybitCandle = Pick<
  Candle,
  'start' | 'end' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'isConfirmed'
> & { readonly turnover: string };

/** One frame of a public socket. */
export type BybitFrame =
  | { readonly type: 'candles'; readonly topic: string; readonly candles: readonly BybitCandle[] }
  | { readonly type: 'trades'; readonly topic: string; readonly trades: readonly Trade[] }
  | BybitTickerFrame
  | BybitBookFrame
  | BybitAnswer
  | { readonly type: 'pong' }
  /** Something that Bybit added since. */
  | { readonly type: 'unknown' };

/** What of a ticker is read: our name and Bybit's are the same. */
export const TICKER_FIELDS = [
  'lastPrice',
  'prevPrice24h',
  'price24hPcnt',
  'highPrice24h',
  'lowPrice24h',
  'volume24h',
  'turnover24h',
] as const;

/** Decimals; an empty text: there is no value. */
export type BybitTickerFields = Readonly<Partial<Record<(typeof TICKER_FIELDS)[number], string>>>;

export interface BybitTickerFrame {
  readonly type: 'ticker';
  readonly topic: string;
  readonly isSnapshot: boolean;
  /**
   * Grows from frame to frame; shared by all symbols, so that its gaps mean nothing. Undefined
   * where the frame has none.
   */
  readonly sequence: number | undefined;
  /** All that there is, or what has changed. */
  readonly fields: BybitTickerFields;
}

export interface BybitBookFrame {
  readonly type: 'book';
  readonly topic: string;
  readonly isSnapshot: boolean;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  readonly updateId: number;
}

/** The answer to one frame of ours; it names no topic unless it refuses. */
export interface BybitAnswer {
  readonly type: 'answer';
  readonly requestId: string;
  readonly isSuccess: boolean;
  readonly message: string;
}

/** What a REST answer holds, besides the moment at which the venue gave it. */
export interface BybitResult {
  readonly result: Record<string, unknown>;
  /** Epoch milliseconds. */
  readonly time: number;
}
