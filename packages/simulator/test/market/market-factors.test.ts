/** Whether the generated market looks like FX: over two years of hours of one seed. */
import { describe, expect, test } from 'vitest';
import { createGeneratedMarket } from '../../src/market/generated-market.ts';

const HOUR_MS = 3_600_000;
const HOUR_COUNT = 10_000;
const YEAR_HOURS = 8_766;
const END_MS = Date.parse('2026-11-20T00:00:00Z');

const market = createGeneratedMarket({ seed: 2, weekend: 'open' });
const times = Array.from({ length: HOUR_COUNT }, (_, i) => END_MS - (HOUR_COUNT - i) * HOUR_MS);

function returnsOf(name: string): readonly number[] {
  const values = times.map((timeMs) => {
    const tick = market.lastTick(name, timeMs);
    return Math.log((Number(tick?.bids[0]?.price) + Number(tick?.asks[0]?.price)) / 2);
  });
  return values.slice(1).map((value, index) => value - (values[index] ?? NaN));
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(mean(values.map((value) => value * value)));

function correlation(left: readonly number[], right: readonly number[]): number {
  const [leftMean, rightMean] = [mean(left), mean(right)];
  const products = left.map((value, i) => (value - leftMean) * ((right[i] ?? NaN) - rightMean));
  const deviation = (values: readonly number[], average: number): number =>
    rootMeanSquare(values.map((value) => value - average));
  return mean(products) / (deviation(left, leftMean) * deviation(right, rightMean));
}

const lagged = (values: readonly number[], lag: number): number =>
  correlation(values.slice(lag), values.slice(0, -lag));

/** Volatility by hour of the UTC day. */
function dayProfile(returns: readonly number[]): readonly number[] {
  return Array.from({ length: 24 }, (_, hour) =>
    rootMeanSquare(returns.filter((_, i) => new Date(times[i] ?? NaN).getUTCHours() === hour)),
  );
}

describe('the generated market', () => {
  test.each([
    ['EUR_USD', 6.5, 8.5],
    ['GBP_USD', 7.5, 10],
    ['USD_JPY', 8, 11.5],
    ['AUD_USD', 8.5, 12],
    ['USD_CAD', 6, 9],
    ['EUR_CHF', 4, 7],
    ['USD_CNH', 2.5, 5],
    ['USD_HKD', 0.3, 0.9],
    ['XAU_USD', 12, 18],
  ])('moves %s by %d to %d per cent a year', (name, least, most) => {
    const annual = rootMeanSquare(returnsOf(name)) * Math.sqrt(YEAR_HOURS) * 100;

    expect(annual).toBeGreaterThan(least);
    expect(annual).toBeLessThan(most);
  });

  test('correlates pairs as FX does', () => {
    const [euro, pound, franc, yen] = ['EUR_USD', 'GBP_USD', 'USD_CHF', 'USD_JPY'].map(returnsOf);
    const [aussie, kiwi] = ['AUD_USD', 'NZD_USD'].map(returnsOf);

    expect(correlation(euro ?? [], pound ?? [])).toBeGreaterThan(0.4);
    expect(correlation(euro ?? [], franc ?? [])).toBeLessThan(-0.5);
    expect(correlation(aussie ?? [], kiwi ?? [])).toBeGreaterThan(0.6);
    expect(correlation(euro ?? [], yen ?? [])).toBeLessThan(-0.1);
  });

  test('cannot be foretold from the last hour', () => {
    for (const name of ['EUR_USD', 'USD_JPY', 'AUD_NZD']) {
      expect(Math.abs(lagged(returnsOf(name), 1))).toBeLessThan(0.05);
    }
  });

  test('clusters volatility beyond the hour of the day', () => {
    for (const name of ['EUR_USD', 'USD_JPY', 'AUD_NZD']) {
      const returns = returnsOf(name);
      const profile = dayProfile(returns);
      const sizes = returns.map(
        (value, i) => Math.abs(value) / (profile[new Date(times[i] ?? NaN).getUTCHours()] ?? NaN),
      );
      expect(lagged(sizes, 1)).toBeGreaterThan(0.1);
      expect(lagged(sizes, 10)).toBeGreaterThan(0.05);
    }
  });

  test('is busiest when London and New York are both at work', () => {
    const euro = dayProfile(returnsOf('EUR_USD'));
    const yen = dayProfile(returnsOf('USD_JPY'));

    expect(euro[14]).toBeGreaterThan(2 * (euro[22] ?? NaN));
    expect(euro[8]).toBeGreaterThan(1.3 * (euro[3] ?? NaN));
    expect((yen[1] ?? NaN) / (yen[14] ?? NaN)).toBeGreaterThan(
      (euro[1] ?? NaN) / (euro[14] ?? NaN),
    );
  });

  test('keeps the Hong Kong dollar near its peg', () => {
    for (const timeMs of times) {
      const price = Number(market.lastTick('USD_HKD', timeMs)?.bids[0]?.price);
      expect(price).toBeGreaterThan(7.74);
      expect(price).toBeLessThan(7.86);
    }
  });
});
