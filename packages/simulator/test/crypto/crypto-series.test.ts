import { describe, expect, test } from 'vitest';
import { BYBIT_CATEGORIES } from '../../src/bybit/bybit-category.ts';
import { createCryptoMarket } from '../../src/crypto/crypto-market.ts';
import type { CryptoSeries, CryptoTrade } from '../../src/crypto/crypto-series.ts';

const HOUR_MS = 3_600_000;
/** Between two prices of which a return is taken. */
const STEP_HOURS = 8;
const YEAR_HOURS = 8_766;
const NOON_MS = Date.UTC(2026, 9, 7, 12);

const market = createCryptoMarket(1);
const all = BYBIT_CATEGORIES.flatMap((category) => market.list(category));
const bitcoin = market.find('linear', 'BTCUSDT')!;

function sumOf(trades: readonly CryptoTrade[], turnoverOf: (trade: CryptoTrade) => bigint): object {
  const prices = trades.map(({ price }) => price);
  return {
    open: prices[0],
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1),
    volume: trades.reduce((sum, { size }) => sum + BigInt(size), 0n),
    turnover: trades.reduce((sum, trade) => sum + turnoverOf(trade), 0n),
  };
}

/** Of one trade, worked out with whole numbers alone. */
function turnoverIn({ instrument }: CryptoSeries): (trade: CryptoTrade) => bigint {
  const { tick, lot, category } = instrument;
  return ({ price, size }) => {
    const ticks = BigInt(price * tick.mantissa);
    const lots = BigInt(size * lot.mantissa);
    return category === 'inverse' ? (lots * 10n ** BigInt(8 + tick.digits)) / ticks : ticks * lots;
  };
}

function returnsOf(series: CryptoSeries, count: number): readonly number[] {
  const closes = Array.from({ length: count + 1 }, (_, index) =>
    Math.log(series.lastTrade(NOON_MS - index * STEP_HOURS * HOUR_MS)?.price ?? NaN),
  );
  return closes.slice(1).map((close, index) => (closes[index] ?? NaN) - close);
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('crypto series', () => {
  test.each(all)('sums up $instrument.category $instrument.symbol as its trades do', (series) => {
    const spans = [
      [NOON_MS, NOON_MS + 60_000],
      [NOON_MS - 90_000, NOON_MS + 17_123],
      [NOON_MS - 3 * HOUR_MS - 4_567, NOON_MS + 1],
    ] as const;
    for (const [startMs, endMs] of spans) {
      const trades = series.tradesBetween(startMs - 1, endMs - 1);
      const expected = trades.length === 0 ? undefined : sumOf(trades, turnoverIn(series));
      expect(series.sum(startMs, endMs)).toEqual(expected);
    }
  });

  test('gives the same trades however they are asked for, and others to another seed', () => {
    const again = createCryptoMarket(1).find('linear', 'BTCUSDT')!;
    const trades = bitcoin.tradesBetween(NOON_MS - 30_000, NOON_MS + 30_000);
    expect(again.tradesBetween(NOON_MS, NOON_MS + 30_000)).toEqual(
      trades.filter(({ timeMs }) => timeMs > NOON_MS),
    );
    expect(again.newestTrades(NOON_MS + 30_000, trades.length)).toEqual(trades.toReversed());
    expect(again.lastTrade(NOON_MS + 30_000)).toEqual(trades.at(-1));
    const other = createCryptoMarket(2).find('linear', 'BTCUSDT')!;
    expect(other.lastTrade(NOON_MS)?.price).not.toBe(bitcoin.lastTrade(NOON_MS)?.price);
  });

  test('trades in order of time, sometimes several times in one millisecond', () => {
    const times = bitcoin.tradesBetween(NOON_MS, NOON_MS + 60_000).map(({ timeMs }) => timeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBeLessThan(times.length);
    expect(times.length).toBeGreaterThan(60);
  });

  test('moves as coins do: 30 to 130 % a year, and together', () => {
    const count = 250;
    const returns = new Map(
      ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'].map((symbol) => [
        symbol,
        returnsOf(market.find('linear', symbol)!, count),
      ]),
    );
    const own = returns.get('BTCUSDT')!;
    for (const [symbol, values] of returns) {
      const annual = deviation(values) * Math.sqrt(YEAR_HOURS / STEP_HOURS);
      expect(annual, symbol).toBeGreaterThan(0.3);
      expect(annual, symbol).toBeLessThan(1.3);
      const joint = values.reduce((sum, value, index) => sum + value * (own[index] ?? NaN), 0);
      const correlation = joint / values.length / (deviation(values) * deviation(own));
      expect(correlation, symbol).toBeGreaterThan(0.35);
    }
  });

  test('keeps spot and contracts of a coin close to each other', () => {
    const spot = (market.find('spot', 'BTCUSDT')!.lastTrade(NOON_MS)?.price ?? NaN) / 100;
    const linear = (bitcoin.lastTrade(NOON_MS)?.price ?? NaN) / 10;
    const inverse = (market.find('inverse', 'BTCUSD')!.lastTrade(NOON_MS)?.price ?? NaN) / 2;
    expect(Math.abs(linear / spot - 1)).toBeLessThan(0.005);
    expect(Math.abs(inverse / spot - 1)).toBeLessThan(0.005);
  });
});
