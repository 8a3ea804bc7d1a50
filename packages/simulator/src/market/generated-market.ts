/**
 * A market that never runs out: the price of every instrument at every time is a function of the
 * seed. Nothing is played back or remembered, so history that is asked for today equals what
 * yesterday's ticks made, on every machine; and since each currency has one value, all pairs agree.
 *
 * {@link FactorPath} draws what moves currencies, {@link HourPath} what that makes of a pair,
 * {@link TickTimes} when it ticks, and {@link findCandle} sums ticks up without visiting them.
 */
import { findCandle } from './candle-search.ts';
import { FactorPath } from './factor-path.ts';
import { FX_INSTRUMENTS, factorWeights, type GeneratedInstrument } from './fx-instruments.ts';
import { HOUR_MS, type WeightedPath } from './hour-path.ts';
import { mixInteger, namedKey } from './integer-hash.ts';
import { MARKET_FACTORS } from './market-factors.ts';
import type { Market, Tick } from './market.ts';
import { PairMarket, type PairHour } from './pair-market.ts';
import type { WeekendMode } from './session-activity.ts';
import { createTick } from './tick-book.ts';
import { END_SLOT, NO_SLOT } from './tick-times.ts';

/** More than a weekend: no instrument is silent for so long. */
const MAX_SILENT_HOURS = 96;

export interface GeneratedMarketOptions {
  /** Any integer; another seed is another market. */
  readonly seed: number;
  /** Whether the market trades around the clock, or keeps FX's hours. */
  readonly weekend: WeekendMode;
}

/**
 * Builds a market whose prices are a function of seed, instrument and time. All of its functions
 * throw a RangeError on an instrument that is not one of `instruments`.
 */
export function createGeneratedMarket({ seed, weekend }: GeneratedMarketOptions): Market {
  const rootKey = mixInteger(seed);
  const sharedClusters = namedKey(rootKey, 'clusters');
  const paths = new Map(
    MARKET_FACTORS.map((factor) => {
      const own = namedKey(namedKey(rootKey, 'factor'), factor.name);
      return [factor.name, new FactorPath(factor, { own, sharedClusters }, weekend)];
    }),
  );
  const pairs = new Map(
    FX_INSTRUMENTS.map((instrument) => {
      const key = namedKey(namedKey(rootKey, 'ticks'), instrument.name);
      const weighted = weightedPaths(instrument, paths);
      return [instrument.name, new PairMarket({ instrument, paths: weighted, key, weekend })];
    }),
  );
  const pairOf = (name: string): PairMarket => {
    const pair = pairs.get(name);
    if (pair === undefined) {
      throw new RangeError(`Expected an instrument of the generated market, got '${name}'`);
    }
    return pair;
  };
  return {
    instruments: FX_INSTRUMENTS.map(toSimulatedInstrument),
    lastTick: (instrument, timeMs) => lastTick(pairOf(instrument), timeMs),
    ticksBetween: (instrument, afterMs, untilMs) =>
      ticksBetween(pairOf(instrument), afterMs, untilMs),
    candles(instrument, _granularity, spans, nowMs) {
      const pair = pairOf(instrument);
      const nextMs = Math.floor(nowMs) + 1;
      return spans.map(({ startMs, endMs }) =>
        findCandle(pair, { startMs, endMs: Math.min(endMs, nextMs) }),
      );
    },
    isOpen: (instrument, timeMs) => pairOf(instrument).isOpen(timeMs),
    nearest: (instrument, _granularity, where, timeMs) =>
      where === 'before'
        ? lastTickTime(pairOf(instrument), Math.ceil(timeMs) - 1)
        : firstTickTime(pairOf(instrument), Math.ceil(timeMs)),
  };
}

/** Where a tick is found. */
interface TickPlace {
  readonly hour: PairHour;
  readonly slot: number;
}

function lastTick(pair: PairMarket, timeMs: number): Tick | undefined {
  const place = lastPlace(pair, Math.floor(timeMs));
  return place === undefined
    ? undefined
    : toTick(pair, place, pair.isOpenSince(timeOf(place), timeMs));
}

function lastTickTime(pair: PairMarket, untilMs: number): number | undefined {
  const place = lastPlace(pair, untilMs);
  return place === undefined ? undefined : timeOf(place);
}

function firstTickTime(pair: PairMarket, fromMs: number): number | undefined {
  const firstHour = Math.floor(fromMs / HOUR_MS);
  for (let number = firstHour; number < firstHour + MAX_SILENT_HOURS; number += 1) {
    const hour = pair.hourAt(number);
    const slot = hour.ticks.slotFrom(fromMs - hour.startMs);
    if (slot !== END_SLOT) {
      return timeOf({ hour, slot });
    }
  }
  return undefined;
}

function lastPlace(pair: PairMarket, untilMs: number): TickPlace | undefined {
  const lastHour = Math.floor(untilMs / HOUR_MS);
  for (let number = lastHour; number > lastHour - MAX_SILENT_HOURS; number -= 1) {
    const hour = pair.hourAt(number);
    const slot = hour.ticks.slotBefore(hour.ticks.slotFrom(untilMs + 1 - hour.startMs));
    if (slot !== NO_SLOT) {
      return { hour, slot };
    }
  }
  return undefined;
}

function ticksBetween(pair: PairMarket, afterMs: number, untilMs: number): readonly Tick[] {
  const found: Tick[] = [];
  const firstMs = Math.floor(afterMs) + 1;
  const lastMs = Math.floor(untilMs);
  const lastHour = Math.floor(lastMs / HOUR_MS);
  for (let number = Math.floor(firstMs / HOUR_MS); number <= lastHour; number += 1) {
    const hour = pair.hourAt(number);
    const { ticks, startMs } = hour;
    let slot = ticks.slotFrom(firstMs - startMs);
    while (slot !== END_SLOT && ticks.timeOf(slot) <= lastMs - startMs) {
      found.push(toTick(pair, { hour, slot }, true));
      slot = ticks.slotAfter(slot);
    }
  }
  return found;
}

function toTick(pair: PairMarket, place: TickPlace, tradeable: boolean): Tick {
  const { hour, slot } = place;
  return createTick(pair.instrument, pair.pricesAt(hour, slot), {
    timeMs: timeOf(place),
    tickKey: hour.ticks.keyOf(slot),
    tradeable,
  });
}

function timeOf({ hour, slot }: TickPlace): number {
  return hour.startMs + hour.ticks.timeOf(slot);
}

/** The factors that move an instrument, always in the same order: sums of floats depend on it. */
function weightedPaths(
  instrument: GeneratedInstrument,
  paths: ReadonlyMap<string, FactorPath>,
): readonly WeightedPath[] {
  const weights = factorWeights(instrument);
  return [...paths.values()].flatMap((path) => {
    const weight = weights.get(path.factor.name);
    return weight === undefined ? [] : [{ path, weight }];
  });
}

function toSimulatedInstrument(instrument: GeneratedInstrument): Market['instruments'][number] {
  const { name, type, displayName, pipLocation, displayPrecision } = instrument;
  return { name, type, displayName, pipLocation, displayPrecision };
}
