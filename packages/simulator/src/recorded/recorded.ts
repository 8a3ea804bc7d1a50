/**
 * Serves recorded data in the place of the generated market. What an instrument's stream is made
 * of: the recording of a stream if there is one; else its ticks, which are played like a recording
 * if they all lie in the past, and come at their own times if the venue's clock runs over them;
 * else nothing but the last price.
 */
import { createMarketVenue, priceTextOf } from '../oanda/market-venue.ts';
import type { RecordedPart, RecordedPrice } from './recorded-data.ts';
import { readRecordedFiles } from './recorded-files.ts';
import { collectHistory, type InstrumentHistory, weeksUntil } from './recorded-history.ts';
import { collectInstruments, collectRecords } from './recorded-instruments.ts';
import { createRecordedMarket, toTick } from './recorded-market.ts';
import { movedPrice, toPriceText } from './recorded-price.ts';
import { type RecordedSeries, recordedOrigin } from '../origin.ts';
import { createRecordingPlayer, type Track } from './recording-player.ts';
import type { VenueClock } from '../venue-clock.ts';
import { parseTime, type TimeFormat } from '../venue-time.ts';
import type { PriceText, Venue } from '../oanda/venue.ts';

export interface RecordedVenueOptions {
  /** Files and folders; folders are searched with all that is in them. */
  readonly paths: readonly string[];
  readonly shift: 'weeks' | 'none';
  /** Pace at which recordings of streams are played. */
  readonly speed: number;
  readonly clock: VenueClock;
  /** The real time, epoch milliseconds. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** Rejects if a path does not exist, or if nothing in the paths is recorded data that is known. */
export async function loadRecordedVenue(options: RecordedVenueOptions): Promise<Venue> {
  const { paths, shift, speed, clock, now, log } = options;
  const parts = await readRecordedFiles(paths, log);
  const histories = collectHistory(parts, shift, now());
  const market = createRecordedMarket(collectInstruments(parts), histories);
  const marketVenue = createMarketVenue(market, recordedOrigin(seriesOf(parts, histories)));
  const lists = collectRecords(parts);
  const pricing = collectPricing(parts);
  const isRestamped = shift === 'weeks';
  const player = createRecordingPlayer({
    tracks: collectTracks(parts, histories, clock.now()),
    speed,
    isRestamped,
    clock,
    now,
  });

  function quietPrice(name: string, nowMs: number, format: TimeFormat): PriceText | undefined {
    const recorded = pricing.get(name);
    const known = marketVenue.price(name, nowMs, format);
    if (known !== undefined || recorded === undefined) {
      return known;
    }
    const timeMs = parseTime(recorded.time) ?? recorded.atMs;
    return toPriceText(movedPrice(recorded, isRestamped ? weeksUntil(timeMs, nowMs) : 0), format);
  }

  return {
    origin: marketVenue.origin,
    market,
    player,
    instrumentRecord: (name) => lists.get(name) ?? marketVenue.instrumentRecord(name),
    price: (name, nowMs, format) =>
      player.plays(name)
        ? (player.lastPlayed(name, format) ?? player.first(name, format))
        : quietPrice(name, nowMs, format),
    snapshot: (name, nowMs, format) =>
      player.plays(name) ? player.lastPlayed(name, format) : quietPrice(name, nowMs, format),
  };
}

function seriesOf(
  parts: readonly RecordedPart[],
  histories: ReadonlyMap<string, InstrumentHistory>,
): readonly RecordedSeries[] {
  const history = [...histories].flatMap(([name, { candles, ticks }]) => [
    ...[...candles].map(([granularity, rows]) => ({
      name: `${name} ${granularity}`,
      times: rows.map(({ startMs }) => startMs),
    })),
    { name: `${name} ticks`, times: ticks.map(({ timeMs }) => timeMs) },
  ]);
  const prices = parts.flatMap((part) =>
    part.kind === 'stream' || part.kind === 'pricing'
      ? [{ name: part.kind, times: part.prices.map(({ atMs }) => atMs) }]
      : [],
  );
  return [...history, ...prices];
}

function collectPricing(parts: readonly RecordedPart[]): ReadonlyMap<string, RecordedPrice> {
  return new Map(
    parts.flatMap((part) =>
      part.kind === 'pricing' ? part.prices.map((price) => [price.instrument, price] as const) : [],
    ),
  );
}

function collectTracks(
  parts: readonly RecordedPart[],
  histories: ReadonlyMap<string, InstrumentHistory>,
  nowMs: number,
): readonly Track[] {
  const streams = parts.flatMap((part) =>
    part.kind === 'stream' ? [streamTrack(part.prices)] : [],
  );
  const streamed = new Set(streams.flatMap(({ instruments }) => [...instruments]));
  const ticks = [...histories]
    .filter(([name, { ticks }]) => !streamed.has(name) && (ticks.at(-1)?.timeMs ?? nowMs) < nowMs)
    .map(([name, history]) => tickTrack(name, history));
  return [...streams, ...ticks];
}

function streamTrack(prices: readonly RecordedPrice[]): Track {
  return {
    length: prices.length,
    priceAt: (index) => expectPrice(prices[index]),
    isThrottled: false,
    instruments: new Set(prices.map(({ instrument }) => instrument)),
  };
}

function tickTrack(name: string, { ticks }: InstrumentHistory): Track {
  return {
    length: ticks.length,
    priceAt(index) {
      const { timeMs, bid, ask } = expectPrice(ticks[index]);
      const tick = toTick(name, { timeMs, bid, ask }, true);
      const { json } = priceTextOf(tick, 'RFC3339');
      return { instrument: name, atMs: timeMs, json, time: tick.time };
    },
    isThrottled: true,
    instruments: new Set([name]),
  };
}

function expectPrice<T>(price: T | undefined): T {
  if (price === undefined) {
    throw new RangeError('Expected a recording to be played within its length');
  }
  return price;
}
