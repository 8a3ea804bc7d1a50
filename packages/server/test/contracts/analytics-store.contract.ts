import { METRIC_NAMES, type MetricName, type Metrics } from '@tickwire/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BestPair } from '../../src/domain/best-pairs.ts';
import type { Stores } from '../../src/storage/index.ts';
import { HOUR_MS } from '../support/price-series.ts';
import { NOON, candleOf } from '../support/stored-candle.ts';

const DAY_MS = 24 * HOUR_MS;

/** Metrics each of which is a number of its own, some of them not known. */
function metricsOf(seed: number): Metrics {
  const values = METRIC_NAMES.map((name, index) => [
    name,
    index === seed % METRIC_NAMES.length ? null : Math.sin(seed + index) / 10 ** (index % 9),
  ]);
  return Object.fromEntries(values) as Record<MetricName, number | null>;
}

function pairOf(pair1: string, pair2: string, rank: number, changes: Partial<BestPair> = {}) {
  const kind = { category: 'moderate', reason: `They do (${rank}).` } as const;
  return { pair1, pair2, correlation: 0.5 + rank / 100, rank, ...kind, ...changes };
}

/** What every store of what is computed promises, whatever keeps it. */
export function testAnalyticsStore(name: string, open: () => Promise<Stores>): void {
  describe(`${name} analytics store`, () => {
    let stores: Stores;
    let instruments = 0;
    const newPair = (): string => `EUR_A${(instruments += 1)}`;
    const newCoin = (): string => `ACOIN${(instruments += 1)}`;

    beforeAll(async () => {
      stores = await open();
      await stores.store.start();
    });

    afterAll(async () => {
      await stores.store.close();
    });

    test.each(['FX', 'crypto'])(
      'reads the newest confirmed hours of %s as bars',
      async (family) => {
        const instrument = family === 'FX' ? newPair() : newCoin();
        const hour = (index: number, changes = {}) =>
          candleOf({
            instrument,
            interval: '60',
            start: NOON + index * HOUR_MS,
            high: `1.2${index}`,
            low: `1.0${index}`,
            close: `1.1${index}`,
            ...changes,
          });
        const wide = hour(1, { interval: 'D', start: NOON - 12 * HOUR_MS });
        const candles = [...[0, 1, 2, 3].map((index) => hour(index)), wide];
        await stores.store.saveCandles([...candles, hour(4, { isConfirmed: false })]);
        const bar = (index: number) => ({
          start: NOON + index * HOUR_MS,
          high: Number(`1.2${index}`),
          low: Number(`1.0${index}`),
          close: Number(`1.1${index}`),
        });
        const query = { instrument, before: Infinity, limit: 10 };
        const { analytics } = stores;
        expect(await analytics.hourlyBars(query)).toEqual([0, 1, 2, 3].map(bar));
        expect(await analytics.hourlyBars({ ...query, limit: 2 })).toEqual([2, 3].map(bar));
        const before = NOON + 2 * HOUR_MS;
        expect(await analytics.hourlyBars({ ...query, before })).toEqual([0, 1].map(bar));
        expect(await analytics.hourlyBars({ ...query, instrument: newPair() })).toEqual([]);
      },
    );

    test('leaves out what cannot be a bar', async () => {
      const instrument = newPair();
      const flat = { instrument, interval: '60', high: '0', low: '0', close: '0' } as const;
      const next = { instrument, interval: '60', start: NOON + HOUR_MS } as const;
      await stores.store.saveCandles([candleOf(flat), candleOf(next)]);
      const bars = await stores.analytics.hourlyBars({ instrument, before: Infinity, limit: 10 });
      expect(bars.map(({ start }) => start)).toEqual([NOON + HOUR_MS]);
    });

    test('keeps metrics to the last digit, and the newest in the place of others', async () => {
      const { analytics } = stores;
      const [one, other, none] = [newPair(), newPair(), newPair()];
      const all = METRIC_NAMES.map((_, index) => ({
        instrument: one,
        time: NOON + index * DAY_MS,
        metrics: metricsOf(index),
      }));
      await analytics.saveMetrics(all);
      await analytics.saveMetrics([{ instrument: other, time: NOON, metrics: metricsOf(40) }]);
      const corrected = { instrument: other, time: NOON, metrics: metricsOf(41) };
      await analytics.saveMetrics([corrected]);
      expect(await analytics.newestMetrics([none, other, one, one])).toEqual(
        [all.at(-1), corrected].sort((a, b) =>
          (a?.instrument ?? '') < (b?.instrument ?? '') ? -1 : 1,
        ),
      );
      await analytics.saveMetrics([{ instrument: one, time: NOON + 1, metrics: metricsOf(50) }]);
      expect(await analytics.newestMetrics([one])).toEqual([all.at(-1)]);
      expect(await analytics.newestMetrics([none])).toEqual([]);
    });

    test('keeps the correlations of a time as a whole, the newest first', async () => {
      const { analytics } = stores;
      expect(await analytics.newestCorrelations()).toBeUndefined();
      const pairs = [
        { pair1: 'A_A', pair2: 'B_B', correlation: 1 / 3 },
        { pair1: 'A_A', pair2: 'C_C', correlation: -1 },
        { pair1: 'B_B', pair2: 'C_C', correlation: 1 },
      ];
      const newest = { time: NOON + DAY_MS, windowSize: 100, pairs };
      await analytics.saveCorrelations(newest);
      await analytics.saveCorrelations({ time: NOON, windowSize: 50, pairs: pairs.slice(0, 1) });
      expect(await analytics.newestCorrelations()).toEqual(newest);
      expect(await analytics.newestCorrelations(['C_C', 'B_B'])).toEqual({
        ...newest,
        pairs: pairs.slice(2),
      });
      expect(await analytics.newestCorrelations(['C_C'])).toBeUndefined();
      const again = { ...newest, windowSize: 30, pairs: pairs.slice(1) };
      await analytics.saveCorrelations(again);
      expect(await analytics.newestCorrelations()).toEqual(again);
    });

    test('keeps more correlations than one statement takes', async () => {
      const names = Array.from({ length: 60 }, (_, index) => `P_${String(index).padStart(2, '0')}`);
      const pairs = names.flatMap((pair1, first) =>
        names.slice(first + 1).map((pair2) => ({ pair1, pair2, correlation: first / 100 })),
      );
      const correlations = { time: NOON + 40 * DAY_MS, windowSize: 100, pairs };
      await stores.analytics.saveCorrelations(correlations);
      expect(await stores.analytics.newestCorrelations()).toEqual(correlations);
    });

    test('keeps the ranks of a time as a whole, by category and rank', async () => {
      const { analytics } = stores;
      expect(await analytics.newestBestPairs()).toBeUndefined();
      const hedge = pairOf('A_A', 'D_D', 1, { category: 'hedging', correlation: -0.9 });
      const [first, second] = [pairOf('A_A', 'B_B', 1), pairOf('A_A', 'C_C', 2)];
      const time = NOON + DAY_MS;
      await analytics.saveBestPairs({ time, pairs: [second, first, hedge] });
      await analytics.saveBestPairs({ time: NOON, pairs: [pairOf('A_A', 'E_E', 1)] });
      expect(await analytics.newestBestPairs()).toEqual({ time, pairs: [hedge, first, second] });
      expect(await analytics.newestBestPairs('moderate')).toEqual({ time, pairs: [first, second] });
      expect(await analytics.newestBestPairs('diversification')).toEqual({ time, pairs: [] });
      await analytics.saveBestPairs({ time, pairs: [first] });
      expect(await analytics.newestBestPairs()).toEqual({ time, pairs: [first] });
    });
  });
}
