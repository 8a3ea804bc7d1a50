import type { Ohlc, SidedCandle } from '../../domain/sided-candle.ts';

/**
 * OANDA v20's raw shapes, as far as the feed reads them. Unknown keys come and go between
 * releases and are ignored. Source: github.com/oanda/v20-openapi.
 */

/** One level of one side of a book. */
export interface OandaPriceLevel {
  readonly price: unknown;
}

/**
 * A price of an instrument, checked as far as its types say; either side of its book may be empty.
 */
export interface OandaPrice {
  readonly instrument: string;
  /** RFC 3339 with nine fractional digits. */
  readonly time: string;
  readonly bids: readonly unknown[];
  readonly asks: readonly unknown[];
  readonly closeoutBid: unknown;
  readonly closeoutAsk: unknown;
  /** Deprecated by `tradeable`, which recordings before 2017 lack. */
  readonly status: unknown;
  readonly tradeable: unknown;
}

export interface OandaAccounts {
  readonly accounts: readonly { readonly id: string }[];
}

export interface OandaInstruments {
  readonly instruments: readonly { readonly name: string }[];
}

export interface OandaCandles {
  /** Oldest first. */
  readonly candles: readonly unknown[];
}

/** A candle as OANDA tells it, checked. */
export interface OandaCandle extends Ohlc {
  /** Epoch milliseconds. */
  readonly start: number;
  /** Those of bids and asks, where both were told; the candle's own prices are those of mids. */
  readonly sides: SidedCandle['sides'];
  /** How many prices there were. */
  readonly volume: string;
  /** It is over, and will not change; this may come some seconds after its end. */
  readonly isComplete: boolean;
}
