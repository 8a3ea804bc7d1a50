/**
 * What the two listeners serve, whether it is generated or was recorded. Prices come as the JSON
 * of one PRICE object, because a recorded one must keep its bytes.
 */
import type { Market, SimulatedInstrument } from '../market/market.ts';
import type { TimeFormat } from '../venue-time.ts';

/** The JSON text of one PRICE object, ready for the wire. */
export interface PriceText {
  readonly json: string;
  /** The time in it, epoch milliseconds. */
  readonly timeMs: number;
}

/** A price of a recording at the moment it is played. */
export interface PlayedPrice {
  readonly instrument: string;
  /** Whether a stream may send it only at the end of its 250 ms window, if it is the last of it. */
  readonly isThrottled: boolean;
  toJson(format: TimeFormat): string;
}

/** Plays the recordings of streams. */
export interface Player {
  /** Whether an instrument's live prices come from here instead of from the market. */
  plays(instrument: string): boolean;
  /**
   * Delivers the prices of some instruments from now on. Playing begins with the first stream
   * that joins for a played instrument. Returns what ends the delivery.
   */
  join(instruments: ReadonlySet<string>, listener: (price: PlayedPrice) => void): () => void;
  close(): void;
}

export interface Venue {
  /** Which market this is, so that the prices of two are never taken for one's. */
  readonly origin: string;
  readonly market: Market;
  /** There if some prices are played from a recording. */
  readonly player?: Player;
  /** The instrument's record of the instrument list. */
  instrumentRecord(instrument: string): object;
  /** The newest price there is, for an answer. */
  price(instrument: string, nowMs: number, format: TimeFormat): PriceText | undefined;
  /** The price that a stream begins with; none where the recording has yet to begin. */
  snapshot(instrument: string, nowMs: number, format: TimeFormat): PriceText | undefined;
}

/** An instrument as OANDA's list describes it, with usual values for what a market does not say. */
export function toInstrumentRecord(instrument: SimulatedInstrument): object {
  const { name, type, displayName, pipLocation, displayPrecision } = instrument;
  const pips = (count: number): string => (count * 10 ** pipLocation).toFixed(displayPrecision);
  return {
    name,
    type,
    displayName,
    pipLocation,
    displayPrecision,
    tradeUnitsPrecision: 0,
    minimumTradeSize: '1',
    maximumTrailingStopDistance: pips(10_000),
    minimumTrailingStopDistance: pips(5),
    maximumPositionSize: '0',
    maximumOrderUnits: '100000000',
    marginRate: '0.05',
  };
}
