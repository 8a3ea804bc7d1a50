/**
 * What a venue's server needs of a market, whether it is generated or was recorded. Times are
 * epoch milliseconds on the venue's clock; prices are decimal strings.
 */
import type { Granularity } from '@tickwire/protocol';

/** What is traded, as OANDA's instrument list describes it. */
export interface SimulatedInstrument {
  readonly name: string;
  readonly type: 'CURRENCY' | 'CFD' | 'METAL';
  readonly displayName: string;
  /** A pip is 10 to this power. */
  readonly pipLocation: number;
  /** Decimals of a price. */
  readonly displayPrecision: number;
}

/** One level of one side of a book. */
export interface PriceLevel {
  readonly price: string;
  readonly liquidity: number;
}

/** One change of an instrument's price. */
export interface Tick {
  readonly instrument: string;
  readonly timeMs: number;
  /** RFC 3339 with nine fractional digits, as the venue writes it; its milliseconds are `timeMs`. */
  readonly time: string;
  readonly bids: readonly PriceLevel[];
  readonly asks: readonly PriceLevel[];
  readonly closeoutBid: string;
  readonly closeoutAsk: string;
  readonly tradeable: boolean;
}

/** Open, high, low and close of one side. */
export interface Ohlc {
  readonly o: string;
  readonly h: string;
  readonly l: string;
  readonly c: string;
}

/** The ticks of a span of time, summed up. */
export interface MarketCandle {
  readonly startMs: number;
  readonly bid: Ohlc;
  readonly ask: Ohlc;
  readonly mid: Ohlc;
  /** How many ticks there were. */
  readonly volume: number;
}

/** A half-open span of time: `startMs <= t < endMs`. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Market {
  readonly instruments: readonly SimulatedInstrument[];
  /**
   * The newest tick at or before a time, with `tradeable` as it is at that time: not yet after a
   * pause of the market, before the first tick that follows it.
   */
  lastTick(instrument: string, timeMs: number): Tick | undefined;
  /** The ticks with `afterMs < t <= untilMs`, oldest first. */
  ticksBetween(instrument: string, afterMs: number, untilMs: number): readonly Tick[];
  /**
   * The candle of each span from the ticks in it that are not later than `nowMs`; undefined for a
   * span without ticks. Equal to summing up `ticksBetween`, at a fraction of its cost.
   */
  candles(
    instrument: string,
    granularity: Granularity,
    spans: readonly Span[],
    nowMs: number,
  ): readonly (MarketCandle | undefined)[];
  /** Whether the instrument trades at a time. */
  isOpen(instrument: string, timeMs: number): boolean;
  /**
   * The newest time before another, or the oldest at or after it, at which there is something that
   * candles of a granularity are made of. A market with an end or with holes of years has it, so
   * that a search for candles need not walk through them.
   */
  readonly nearest?: (
    instrument: string,
    granularity: Granularity,
    where: 'before' | 'from',
    timeMs: number,
  ) => number | undefined;
}
