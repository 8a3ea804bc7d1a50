/** Serves a market whose prices are all computed: nothing is played. */
import type { Market, Tick } from '../market/market.ts';
import { parseTime, toTimeFormat, type TimeFormat } from '../venue-time.ts';
import { type PriceText, toInstrumentRecord, type Venue } from './venue.ts';

/** The venue of a market. Its instruments are the market's; `origin` says which market that is. */
export function createMarketVenue(market: Market, origin: string): Venue {
  const records = new Map(
    market.instruments.map((instrument) => [instrument.name, toInstrumentRecord(instrument)]),
  );
  function price(name: string, nowMs: number, format: TimeFormat): PriceText | undefined {
    const tick = market.lastTick(name, nowMs);
    return tick === undefined ? undefined : priceTextOf(tick, format);
  }
  return {
    origin,
    market,
    instrumentRecord: (name) => records.get(name) ?? {},
    price,
    snapshot: price,
  };
}

/** A tick as the PRICE object of the wire. */
export function priceTextOf(tick: Tick, format: TimeFormat): PriceText {
  const json = JSON.stringify({
    type: 'PRICE',
    time: toTimeFormat(tick.time, format),
    bids: tick.bids,
    asks: tick.asks,
    closeoutBid: tick.closeoutBid,
    closeoutAsk: tick.closeoutAsk,
    status: tick.tradeable ? 'tradeable' : 'non-tradeable',
    tradeable: tick.tradeable,
    instrument: tick.instrument,
  });
  return { json, timeMs: parseTime(tick.time) ?? tick.timeMs };
}
