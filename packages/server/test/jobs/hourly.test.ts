import { METRIC_NAMES, type MarketEvent, type VolatilityAlert } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../src/domain/errors.ts';
import type { Bar } from '../../src/domain/statistics/bar.ts';
import { hourlyBarsPerYear } from '../../src/domain/statistics/bars-per-year.ts';
import { metricsOf } from '../../src/domain/statistics/metrics.ts';
import { medianVolatility } from '../../src/domain/statistics/trailing-volatility.ts';
import { HourlyJob, type HourlyJobOptions } from '../../src/jobs/hourly.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryAnalytics, RecordingCache, eventsOf } from '../support/memory-analytics.ts';
import { HOUR_MS, walk } from '../support/price-series.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

const FIRE = 800 * HOUR_MS;
const INSTRUMENTS = ['EUR_USD', 'USD_JPY', 'BTCUSDT'];

/** Hourly bars of a walk, the last of which is over at the fire time unless there are more. */
function barsOf(seed: number, hours = 800): Bar[] {
  const { starts, closes } = walk({ seed, hours });
  return Array.from(starts, (start, index) => {
    const close = closes[index] ?? NaN;
    return { start, high: close * 1.001, low: close / 1.001, close };
  });
}

function create(options: Partial<HourlyJobOptions> = {}) {
  const store = new MemoryAnalytics();
  INSTRUMENTS.forEach((instrument, index) => store.bars.set(instrument, barsOf(index + 1)));
  const cache = new RecordingCache();
  const events: MarketEvent[] = [];
  const { lines, ...logger } = createRecordingLogger();
  const waits: { readonly backMs: number; readonly eventCount: number }[] = [];
  const lacking: string[] = [];
  const clock = new ManualClock(FIRE + 5_000);
  const job = new HourlyJob({
    instruments: () => INSTRUMENTS,
    awaited: () => INSTRUMENTS,
    candles: {
      untilThere: (_, { backMs }) => {
        waits.push({ backMs, eventCount: events.length });
        return Promise.resolve(lacking);
      },
    },
    store,
    cache,
    publish: (event) => events.push(event),
    volatilityThreshold: undefined,
    priceCount: () => 2,
    metricsTtlMs: 3_600_000,
    clock,
    logger,
    ...options,
  });
  const stop = new AbortController();
  const run = () => job.run({ fireTime: FIRE, signal: stop.signal });
  return { job, run, stop, store, cache, events, lines, waits, lacking };
}

/** The threshold that an instrument has by itself. */
function usualThreshold(store: MemoryAnalytics, instrument: string): number {
  const bars = store.bars.get(instrument)?.slice(-741) ?? [];
  return 1.5 * (medianVolatility(bars, hourlyBarsPerYear(instrument)) ?? NaN);
}

function toldOf(instrument: string, severity: VolatilityAlert['severity']) {
  const alert = { type: 'volatilityAlert', instrument, volatility: 1, threshold: 1 } as const;
  return { time: 0, alert: { ...alert, severity } };
}

describe('HourlyJob', () => {
  test('keeps the metrics of every instrument after its last hour', async () => {
    const { run, store } = create();
    await expect(run()).resolves.toEqual({ records: 3, failures: [] });
    expect(store.metrics).toEqual(
      INSTRUMENTS.map((instrument) => ({
        instrument,
        time: FIRE,
        metrics: metricsOf(store.bars.get(instrument) ?? [], hourlyBarsPerYear(instrument)),
      })),
    );
  });

  test('takes nothing of what is later than its time', async () => {
    const { run, store } = create();
    store.bars.set('EUR_USD', barsOf(1, 810));
    await run();
    expect(store.metrics[0]).toMatchObject({
      time: FIRE,
      metrics: metricsOf(barsOf(1), hourlyBarsPerYear('EUR_USD')),
    });
  });

  test('tells clients, and then that there is something new', async () => {
    const { run, store, events } = create();
    await run();
    expect(eventsOf(events, 'volatilityUpdate')).toEqual(
      store.metrics.map((metrics) => ({ type: 'volatilityUpdate', ...metrics })),
    );
    expect(eventsOf(events, 'dataReady')).toEqual([
      { type: 'dataReady', dataType: 'prices', count: 2 },
      { type: 'dataReady', dataType: 'candles', count: 3 },
      { type: 'dataReady', dataType: 'metrics', count: 3 },
    ]);
  });

  test('puts what is known where other programs read it, as decimals', async () => {
    const { run, store, cache } = create();
    store.bars.set('USD_JPY', barsOf(2).slice(-30));
    await run();
    expect([...cache.written.keys()]).toEqual(INSTRUMENTS.map((name) => `metrics:${name}`));
    expect(cache.ttlsMs).toEqual(new Set([3_600_000]));
    const whole = cache.written.get('metrics:EUR_USD') as Record<string, string>;
    expect(Object.keys(whole)).toEqual([...METRIC_NAMES, 'cached_at']);
    const { metrics } = store.metrics[0]!;
    expect(METRIC_NAMES.map((name) => Number(whole[name]))).toEqual(
      METRIC_NAMES.map((name) => metrics[name]),
    );
    expect(whole['cached_at']).toBe(new Date(FIRE + 5_000).toISOString());
    const part = cache.written.get('metrics:USD_JPY');
    expect(part).toHaveProperty('volatility_20');
    expect(part).not.toHaveProperty('volatility_50');
  });

  test('goes on without a cache', async () => {
    const { run, cache, events, lines } = create();
    cache.failure = new Error('away');
    await expect(run()).resolves.toEqual({ records: 3, failures: [] });
    expect(eventsOf(events, 'volatilityUpdate')).toHaveLength(3);
    expect(lines).toMatchObject([{ level: 'warn', fields: { err: cache.failure, count: 3 } }]);
  });

  test('leaves out what has no candles, and is not complete then', async () => {
    const { job, run, store, events } = create();
    store.bars.delete('USD_JPY');
    await expect(job.isComplete()).resolves.toBe(false);
    await expect(run()).resolves.toEqual({ records: 2, failures: [] });
    await expect(job.isComplete()).resolves.toBe(false);
    store.bars.clear();
    events.length = 0;
    await expect(run()).resolves.toEqual({ records: 0, failures: [] });
    expect(events).toEqual([{ type: 'dataReady', dataType: 'prices', count: 2 }]);
  });

  test('is complete once there are metrics of all', async () => {
    const { job, run } = create();
    await run();
    await expect(job.isComplete()).resolves.toBe(true);
  });

  test('fails for one instrument alone', async () => {
    const { run, store, lines } = create();
    store.failures.set('USD_JPY', new Error('broken'));
    await expect(run()).resolves.toEqual({ records: 2, failures: ['USD_JPY: broken'] });
    expect(store.metrics.map(({ instrument }) => instrument)).toEqual(['EUR_USD', 'BTCUSDT']);
    expect(lines).toMatchObject([{ level: 'error', fields: { instrument: 'USD_JPY' } }]);
  });

  test('fails as a whole where all fail, or the database does', async () => {
    const { run, store } = create();
    INSTRUMENTS.forEach((instrument) => store.failures.set(instrument, new Error(instrument)));
    await expect(run()).rejects.toThrow('EUR_USD');
    store.failures.clear();
    const down = new StoreError('STORE_UNAVAILABLE', 'down');
    store.failures.set('USD_JPY', down);
    await expect(run()).rejects.toBe(down);
    expect(store.metrics).toEqual([]);
  });

  test('ends where it is stopped', async () => {
    const { run, stop, store } = create();
    stop.abort(new Error('The server stops'));
    await expect(run()).rejects.toThrow('The server stops');
    expect(store.metrics).toEqual([]);
  });

  test('does without candles that have not come, and says so', async () => {
    const { run, lacking, events, lines } = create();
    lacking.push('BTCUSDT');
    const failures = ['BTCUSDT: its newest candles are missing'];
    await expect(run()).resolves.toEqual({ records: 3, failures });
    expect(eventsOf(events, 'dataReady')[1]).toMatchObject({ dataType: 'candles', count: 2 });
    expect(lines).toMatchObject([{ level: 'warn' }]);
  });

  test('waits for more candles only after the metrics are told', async () => {
    const { run, waits } = create();
    await run();
    expect(waits.map(({ eventCount }) => eventCount)).toEqual([0, 6]);
    expect(waits[1]?.backMs).toBeGreaterThan(31 * 24 * HOUR_MS);
  });

  test('warns of what is above 1.5 times what is usual of it', async () => {
    const { run, store, events } = create();
    const calm = barsOf(2);
    let close = calm.at(-22)?.close ?? NaN;
    const wild = calm.slice(-21).map(({ start }, index) => {
      close *= index % 2 === 0 ? 1.02 : 0.98;
      return { start, high: close, low: close, close };
    });
    store.bars.set('USD_JPY', [...calm.slice(0, -21), ...wild]);
    await run();
    const alerts = eventsOf(events, 'volatilityAlert');
    expect(alerts).toHaveLength(1);
    const [alert] = alerts;
    expect(alert).toEqual({
      type: 'volatilityAlert',
      instrument: 'USD_JPY',
      volatility: store.metrics[1]?.metrics.volatility_20,
      threshold: usualThreshold(store, 'USD_JPY'),
      severity: 'critical',
    });
    store.volatilityAlerts = [toldOf('USD_JPY', 'critical')];
    events.length = 0;
    await run();
    expect(eventsOf(events, 'volatilityAlert')).toEqual([]);
  });

  test('tells what is over, and leaves what is near', async () => {
    const { run, store, events } = create();
    store.volatilityAlerts = [toldOf('EUR_USD', 'warning'), toldOf('BTCUSDT', 'info')];
    await run();
    expect(eventsOf(events, 'volatilityAlert')).toMatchObject([
      { instrument: 'EUR_USD', severity: 'info', threshold: usualThreshold(store, 'EUR_USD') },
    ]);
  });

  test('goes by the threshold that was configured', async () => {
    const { run, events } = create({ volatilityThreshold: 0.01 });
    await run();
    expect(eventsOf(events, 'volatilityAlert')).toMatchObject(
      INSTRUMENTS.map((instrument) => ({ instrument, threshold: 0.01, severity: 'critical' })),
    );
  });

  test('says nothing of what is usual where nobody knows it', async () => {
    const { run, store, events } = create();
    INSTRUMENTS.forEach((instrument) => {
      store.bars.set(instrument, barsOf(1).slice(-100));
    });
    await expect(run()).resolves.toMatchObject({ records: 3 });
    expect(eventsOf(events, 'volatilityAlert')).toEqual([]);
  });
});
