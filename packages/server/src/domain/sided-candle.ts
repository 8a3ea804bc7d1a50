import type { Candle } from '@tickwire/protocol';

/** Open, high, low and close as decimal strings. */
export interface Ohlc {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
}

/** A candle that may have two sides beside its own prices, which are then those of the mids. */
export interface SidedCandle extends Candle {
  /** Those of FX whose venue told both sides have both. */
  readonly sides?: { readonly bid: Ohlc; readonly ask: Ohlc };
}
