/**
 * The market of one instrument: its hours, each with the path of the price, the ticks and the
 * usual spread, and the price that each tick shows.
 */
import { exponential } from './exponential.ts';
import { isTradingMinute, minutesOpen, newYorkMinuteOfWeek } from './fx-calendar.ts';
import { usualPrice, type GeneratedInstrument } from './fx-instruments.ts';
import { HOUR_MS, HourPath, type WeightedPath } from './hour-path.ts';
import { childKey, toUnit } from './integer-hash.ts';
import type { WeekendMode } from './session-activity.ts';
import { spreadRange, type SpreadRange } from './spread-range.ts';
import { TickTimes } from './tick-times.ts';

/** A week of hours and more, so that a weekly candle goes through its hours only once. */
const MAX_HOURS = 256;
/** Bounds of an hour's ticks relative to an average hour's. */
const QUIETEST = 0.03;
const BUSIEST = 4;
const YEAR_HOURS = 8_766;
const SPREAD_PART = 1;

/** One hour of one instrument. */
export interface PairHour {
  readonly startMs: number;
  readonly path: HourPath;
  readonly ticks: TickTimes;
  readonly spread: SpreadRange;
}

/** What an instrument's market is made of. */
export interface PairMarketOptions {
  readonly instrument: GeneratedInstrument;
  readonly paths: readonly WeightedPath[];
  readonly key: number;
  readonly weekend: WeekendMode;
}

/** One tick of an instrument, in numbers. */
export interface TickPrices {
  /** The path's value, a logarithm. */
  readonly value: number;
  /** The price that it stands for, in points (units of the price's last digit), not rounded. */
  readonly points: number;
  /** What the tick shows, in whole points. */
  readonly bid: number;
  readonly ask: number;
}

/** One instrument's hours, made when asked for and remembered for a while. */
export class PairMarket {
  readonly instrument: GeneratedInstrument;
  readonly #options: PairMarketOptions;
  readonly #usualPoints: number;
  readonly #averageVariance: number;
  readonly #hours = new Map<number, PairHour>();

  constructor(options: PairMarketOptions) {
    this.instrument = options.instrument;
    this.#options = options;
    const pointsPerUnit = Number(`1e${options.instrument.displayPrecision}`);
    this.#usualPoints = usualPrice(options.instrument) * pointsPerUnit;
    this.#averageVariance = options.paths.reduce((sum, { path, weight }) => {
      const deviation = weight * path.factor.annualVolatility;
      return sum + (deviation * deviation) / YEAR_HOURS;
    }, 0);
  }

  /** Whether the instrument trades at a time. */
  isOpen(timeMs: number): boolean {
    return (
      this.#options.weekend === 'open' ||
      isTradingMinute(this.instrument.type, newYorkMinuteOfWeek(timeMs))
    );
  }

  /**
   * Whether a tick is of the trading that goes on at a later time. After a weekend the last prices
   * of some instruments are still Friday's, which nobody would trade at.
   */
  isOpenSince(tickMs: number, timeMs: number): boolean {
    if (this.#options.weekend === 'open') {
      return true;
    }
    const openMinutes = minutesOpen(this.instrument.type, newYorkMinuteOfWeek(timeMs));
    return this.isOpen(timeMs) && tickMs >= (Math.floor(timeMs / 60_000) - openMinutes) * 60_000;
  }

  /** An hour by its number since 1970-01-01T00Z. */
  hourAt(hour: number): PairHour {
    let pairHour = this.#hours.get(hour);
    if (pairHour === undefined) {
      pairHour = this.#createHour(hour);
      if (this.#hours.size >= MAX_HOURS) {
        const [oldest] = this.#hours.keys();
        this.#hours.delete(oldest ?? hour);
      }
      this.#hours.set(hour, pairHour);
    }
    return pairHour;
  }

  /** The prices of the tick in a slot of an hour. */
  pricesAt({ path, ticks, spread }: PairHour, slot: number): TickPrices {
    const value = path.valueAt(ticks.timeOf(slot) / HOUR_MS);
    return this.pricesOf(value, ticks.keyOf(slot), spread);
  }

  /**
   * The prices of a tick at a value of the path. The path's own price lies between bid and ask,
   * half a spread from each: since no side ever passes it, a way round several pairs at one moment
   * never ends with more than it began with.
   */
  pricesOf(value: number, tickKey: number, { least, most }: SpreadRange): TickPrices {
    const points = this.#usualPoints * exponential(value);
    const draw = toUnit(childKey(tickKey, SPREAD_PART));
    const width = least + Math.floor(draw * (most - least + 1));
    const bid = Math.floor(points + 0.5) - Math.floor(width / 2);
    return { value, points, bid, ask: bid + width };
  }

  #createHour(hour: number): PairHour {
    const { paths, key, weekend } = this.#options;
    const { type, ticksPerMinute, spreadPoints } = this.instrument;
    const startMs = hour * HOUR_MS;
    const firstMinute = newYorkMinuteOfWeek(startMs);
    const path = new HourPath(paths, hour);
    const busyness = path.variance / this.#averageVariance;
    const ticks = new TickTimes({
      key,
      hour,
      ticksPerMinute: ticksPerMinute * Math.min(Math.max(busyness, QUIETEST), BUSIEST),
      isOpen: (minute) => weekend === 'open' || isTradingMinute(type, firstMinute + minute),
    });
    const spread = spreadRange({
      usualPoints: spreadPoints,
      minuteOfWeek: firstMinute,
      busyness,
      weekend,
    });
    return { startMs, path, ticks, spread };
  }
}
