/**
 * The trades of one instrument at all times. Each hour is a function of its number; what was made
 * lately is remembered, and of whole hours also their sums, so that a candle of a month is quick.
 */
import { BoundedCache } from '../market/bounded-cache.ts';
import { COINS } from './crypto-factors.ts';
import { type CryptoHour, createCryptoHour, firstTradeFrom } from './crypto-hour.ts';
import type { CryptoInstrument } from './crypto-instruments.ts';
import { joinSums, sumTrades, type TradeSum, type TurnoverOf } from './crypto-sum.ts';
import { HOUR_MS, HourPath, type WeightedPath } from '../market/hour-path.ts';
import { childKey } from '../market/integer-hash.ts';

/** A day of minutes and the hour before it. */
const MAX_HOURS = 26;
/** Eleven years: of a history that does not fit, nothing would be left when it is asked for again. */
const MAX_SUMS = 100_000;
/** Bounds of an hour's orders relative to an average hour's. */
const QUIETEST = 0.5;
const BUSIEST = 3;
const YEAR_HOURS = 8_766;
/** More than the quietest instrument, of six orders an hour, is ever silent. */
const MAX_SILENT_HOURS = 48;
/** Digits of an inverse contract's turnover, which is in coins. */
const COIN_DIGITS = 8;

/** One trade: prices in ticks, sizes in lots. */
export interface CryptoTrade {
  readonly timeMs: number;
  readonly price: number;
  readonly size: number;
  /** The taker's side. */
  readonly isBuy: boolean;
  /** The hour and the place in it, which name the trade. */
  readonly hour: number;
  readonly index: number;
}

/** What a series is made of. */
export interface CryptoSeriesOptions {
  readonly instrument: CryptoInstrument;
  readonly paths: readonly WeightedPath[];
  readonly key: number;
}

export class CryptoSeries {
  readonly instrument: CryptoInstrument;
  /** What the series draws from beside its trades: ids and the sizes of its book. */
  readonly key: number;
  /** Decimals of a unit of turnover. */
  readonly turnoverDigits: number;
  readonly #paths: readonly WeightedPath[];
  readonly #usualTicks: number;
  readonly #averageVariance: number;
  readonly #turnoverOf: TurnoverOf;
  readonly #hours = new BoundedCache<number, CryptoHour>(MAX_HOURS);
  readonly #sums = new BoundedCache<number, { readonly sum: TradeSum | undefined }>(MAX_SUMS);

  constructor({ instrument, paths, key }: CryptoSeriesOptions) {
    const { tick, lot, category } = instrument;
    const ticksPerUnit = Number(`1e${tick.digits}`) / tick.mantissa;
    this.instrument = instrument;
    this.key = key;
    this.#paths = paths;
    this.#usualTicks = COINS[instrument.coin].level * ticksPerUnit;
    this.#averageVariance = paths.reduce((sum, { path, weight }) => {
      const deviation = weight * path.factor.annualVolatility;
      return sum + (deviation * deviation) / YEAR_HOURS;
    }, 0);
    if (category === 'inverse') {
      const coinUnits = Number(`1e${COIN_DIGITS}`) * ticksPerUnit * lot.mantissa;
      this.turnoverDigits = COIN_DIGITS;
      this.#turnoverOf = (ticks, lots) => Math.floor((lots * coinUnits) / ticks);
    } else {
      const scale = tick.mantissa * lot.mantissa;
      this.turnoverDigits = tick.digits + lot.digits;
      this.#turnoverOf = (ticks, lots) => ticks * lots * scale;
    }
  }

  /** What the trades with `startMs <= t < endMs` come to; undefined if there are none. */
  sum(startMs: number, endMs: number): TradeSum | undefined {
    let total: TradeSum | undefined;
    const endHour = Math.ceil(endMs / HOUR_MS);
    for (let hour = Math.floor(startMs / HOUR_MS); hour < endHour; hour += 1) {
      const hourMs = hour * HOUR_MS;
      const isWhole = startMs <= hourMs && endMs >= hourMs + HOUR_MS;
      const part = isWhole
        ? this.#hourSum(hour)
        : this.#partSum(hour, startMs - hourMs, endMs - hourMs);
      total = joinSums(total, part);
    }
    return total;
  }

  /** The newest trade at or before a time; undefined before the first. */
  lastTrade(timeMs: number): CryptoTrade | undefined {
    const lastHour = Math.floor(timeMs / HOUR_MS);
    for (let hour = lastHour; hour > lastHour - MAX_SILENT_HOURS; hour -= 1) {
      const trades = this.#hour(hour);
      const index = firstTradeFrom(trades, Math.floor(timeMs) + 1 - trades.startMs) - 1;
      if (index >= 0) {
        return tradeAt(trades, hour, index);
      }
    }
    return undefined;
  }

  /** The trades with `afterMs < t <= untilMs`, oldest first. */
  tradesBetween(afterMs: number, untilMs: number): readonly CryptoTrade[] {
    const found: CryptoTrade[] = [];
    const firstMs = Math.floor(afterMs) + 1;
    const lastHour = Math.floor(untilMs / HOUR_MS);
    for (let hour = Math.floor(firstMs / HOUR_MS); hour <= lastHour; hour += 1) {
      const trades = this.#hour(hour);
      const to = firstTradeFrom(trades, Math.floor(untilMs) + 1 - trades.startMs);
      for (let index = firstTradeFrom(trades, firstMs - trades.startMs); index < to; index += 1) {
        found.push(tradeAt(trades, hour, index));
      }
    }
    return found;
  }

  /** The newest trades at or before a time, newest first. */
  newestTrades(timeMs: number, count: number): readonly CryptoTrade[] {
    const found: CryptoTrade[] = [];
    let trade = this.lastTrade(timeMs);
    while (trade !== undefined && found.length < count) {
      found.push(trade);
      trade = this.tradeBefore(trade);
    }
    return found;
  }

  /** The trade before another. */
  tradeBefore({ hour, index }: CryptoTrade): CryptoTrade | undefined {
    return index > 0
      ? tradeAt(this.#hour(hour), hour, index - 1)
      : this.lastTrade(hour * HOUR_MS - 1);
  }

  #partSum(hour: number, fromMs: number, toMs: number): TradeSum | undefined {
    const trades = this.#hour(hour);
    const [from, to] = [firstTradeFrom(trades, fromMs), firstTradeFrom(trades, toMs)];
    return sumTrades(trades, from, to, this.#turnoverOf);
  }

  #hourSum(hour: number): TradeSum | undefined {
    const make = (): { sum: TradeSum | undefined } => ({ sum: this.#partSum(hour, 0, HOUR_MS) });
    return this.#sums.get(hour, make).sum;
  }

  #hour(hour: number): CryptoHour {
    return this.#hours.get(hour, () => {
      const { usualLots, ordersPerMinute } = this.instrument;
      const path = new HourPath(this.#paths, hour);
      const busyness = Math.sqrt(path.variance / this.#averageVariance);
      return createCryptoHour({
        hour,
        key: childKey(this.key, hour),
        path,
        usualTicks: this.#usualTicks,
        usualLots,
        ordersPerMinute: ordersPerMinute * Math.min(Math.max(busyness, QUIETEST), BUSIEST),
      });
    });
  }
}

function tradeAt(trades: CryptoHour, hour: number, index: number): CryptoTrade {
  return {
    timeMs: trades.startMs + (trades.times[index] ?? 0),
    price: trades.prices[index] ?? 0,
    size: trades.sizes[index] ?? 0,
    isBuy: trades.buys[index] === 1,
    hour,
    index,
  };
}
