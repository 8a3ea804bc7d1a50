import type { CorrelationAlert, MarketEvent } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { categoryOf, rankPairs } from '../../src/domain/best-pairs.ts';
import type { Bar } from '../../src/domain/statistics/bar.ts';
import { toBarSeries } from '../../src/domain/statistics/bar-series.ts';
import { correlationOf } from '../../src/domain/statistics/correlation.ts';
import { correlationMatrix } from '../../src/domain/statistics/correlation-matrix.ts';
import { DailyJob, type DailyJobOptions } from '../../src/jobs/daily.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryAnalytics, RecordingCache, eventsOf } from '../support/memory-analytics.ts';
import { HOUR_MS, createRandom } from '../support/price-series.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

const HOURS = 480;
const FIRE = HOURS * HOUR_MS;
const DAY_MS = 24 * HOUR_MS;
const INSTRUMENTS = ['EUR_USD', 'GBP_USD', 'BTCUSDT', 'AUD_USD', 'ETHUSDT'];

/** Bars that move with others by a share, which may change with time. */
function barsOf(seed: number, share: (hour: number) => number, hours = HOURS): Bar[] {
  const [common, own] = [createRandom(1), createRandom(seed)];
  let close = 1;
  return Array.from({ length: hours }, (_, hour) => {
    const part = share(hour);
    const move = part * (common() - 0.5) + (1 - Math.abs(part)) * (own() - 0.5);
    close *= Math.exp(move / 100);
    return { start: hour * HOUR_MS, high: close, low: close, close };
  });
}

function create(options: Partial<DailyJobOptions> = {}) {
  const store = new MemoryAnalytics();
  [0.9, 0.7, 0.2, -0.6, 0.4].forEach((share, index) => {
    store.bars.set(
      INSTRUMENTS[index] ?? '',
      barsOf(index + 2, () => share),
    );
  });
  const cache = new RecordingCache();
  const events: MarketEvent[] = [];
  const { lines, ...logger } = createRecordingLogger();
  const lacking: string[] = [];
  const job = new DailyJob({
    instruments: () => INSTRUMENTS,
    awaited: () => INSTRUMENTS,
    candles: { untilThere: () => Promise.resolve(lacking) },
    store,
    cache,
    publish: (event) => events.push(event),
    correlate: (series, window) => Promise.resolve(correlationMatrix(series, window)),
    windowSize: 100,
    correlationThreshold: 0.7,
    correlationTtlMs: 86_400_000,
    clock: new ManualClock(FIRE),
    logger,
    ...options,
  });
  const stop = new AbortController();
  const run = (fireTime = FIRE) => job.run({ fireTime, signal: stop.signal });
  return { job, run, stop, store, cache, events, lines, lacking };
}

/** The pairs of some instruments, and what correlates them before a time. */
function pairsOf(store: MemoryAnalytics, names: readonly string[], time = FIRE) {
  const seriesOf = (name: string) =>
    toBarSeries((store.bars.get(name) ?? []).filter(({ start }) => start < time));
  const sorted = names.toSorted();
  return sorted.flatMap((pair1, index) =>
    sorted.slice(index + 1).map((pair2) => ({
      pair1,
      pair2,
      correlation: correlationOf(seriesOf(pair1), seriesOf(pair2), 100) ?? NaN,
    })),
  );
}

const FX = ['AUD_USD', 'EUR_USD', 'GBP_USD'];
const CRYPTO = ['BTCUSDT', 'ETHUSDT'];

describe('DailyJob', () => {
  test('keeps the correlations of all pairs', async () => {
    const { run, store } = create();
    await expect(run()).resolves.toEqual({ records: 10, failures: [] });
    const [kept] = store.correlations;
    expect(kept).toMatchObject({ time: FIRE, windowSize: 100 });
    const expected = pairsOf(store, INSTRUMENTS);
    expect(kept?.pairs.map(({ pair1, pair2 }) => [pair1, pair2])).toEqual(
      expected.map(({ pair1, pair2 }) => [pair1, pair2]),
    );
    expected.forEach(({ correlation }, index) => {
      expect(kept?.pairs[index]?.correlation).toBeCloseTo(correlation, 12);
    });
  });

  test('ranks pairs of FX and of crypto each among themselves', async () => {
    const { run, store } = create();
    await run();
    const pairs = store.correlations[0]?.pairs ?? [];
    const among = (names: readonly string[]) =>
      rankPairs(
        pairs.filter((pair) => [pair.pair1, pair.pair2].every((one) => names.includes(one))),
      );
    expect(store.bestPairs).toEqual([{ time: FIRE, pairs: [...among(FX), ...among(CRYPTO)] }]);
  });

  test('puts FX where other programs read it', async () => {
    const { run, store, cache } = create();
    await run();
    const pairs = store.correlations[0]?.pairs ?? [];
    const at = (a: string, b: string): number =>
      pairs.find(({ pair1, pair2 }) => pair1 === a && pair2 === b)?.correlation ?? NaN;
    expect(cache.written.get('correlation:matrix')).toEqual({
      AUD_USD: { AUD_USD: 1, EUR_USD: at(FX[0]!, FX[1]!), GBP_USD: at(FX[0]!, FX[2]!) },
      EUR_USD: { AUD_USD: at(FX[0]!, FX[1]!), EUR_USD: 1, GBP_USD: at(FX[1]!, FX[2]!) },
      GBP_USD: { AUD_USD: at(FX[0]!, FX[2]!), EUR_USD: at(FX[1]!, FX[2]!), GBP_USD: 1 },
    });
    const categories = ['hedging', 'diversification', 'moderate', 'high_correlation'];
    const cached = categories.flatMap((name) => cache.written.get(`best_pairs:${name}`));
    const best = store.bestPairs[0]?.pairs.filter(({ pair1 }) => FX.includes(pair1));
    expect(cached).toEqual(best);
    expect(cache.ttlsMs).toEqual(new Set([86_400_000]));
  });

  test('tells clients of every pair, and then that there is something new', async () => {
    const { run, store, events } = create();
    await run();
    expect(eventsOf(events, 'correlationUpdate')).toEqual(
      store.correlations[0]?.pairs.map((pair) => ({
        type: 'correlationUpdate',
        ...pair,
        category: categoryOf(pair.correlation),
      })),
    );
    expect(events.at(-1)).toEqual({ type: 'dataReady', dataType: 'correlations', count: 10 });
  });

  test('makes the same for a time, whenever it is made up', async () => {
    const now = create();
    await now.run(FIRE - DAY_MS);
    const then = create();
    for (const [name, bars] of then.store.bars) {
      then.store.bars.set(name, bars.slice(0, -24));
    }
    await then.run(FIRE - DAY_MS);
    expect(now.store.correlations).toEqual(then.store.correlations);
    expect(now.events).toEqual(then.events);
  });

  test('is of the time of its newest candles, which may be a Friday', async () => {
    const { run, store } = create();
    for (const [name, bars] of store.bars) {
      store.bars.set(name, bars.slice(0, -10));
    }
    await run();
    expect(store.correlations[0]?.time).toBe(FIRE - 10 * HOUR_MS);
  });

  test('leaves out what has too few candles, and is not complete then', async () => {
    const { job, run, store, events } = create();
    store.bars.set('GBP_USD', barsOf(3, () => 0.7).slice(-100));
    await expect(run()).resolves.toEqual({ records: 6, failures: [] });
    await expect(job.isComplete()).resolves.toBe(false);
    store.bars.clear();
    events.length = 0;
    await expect(run()).resolves.toEqual({ records: 0, failures: [] });
    expect([events, store.correlations.length]).toEqual([[], 1]);
  });

  test('is complete once every instrument is in a pair', async () => {
    const { job, run } = create();
    await expect(job.isComplete()).resolves.toBe(false);
    await run();
    await expect(job.isComplete()).resolves.toBe(true);
  });

  test('fails for one instrument alone, and for all where the matrix does', async () => {
    const { run, store } = create();
    store.failures.set('EUR_USD', new Error('broken'));
    await expect(run()).resolves.toEqual({ records: 6, failures: ['EUR_USD: broken'] });
    const other = create({ correlate: () => Promise.reject(new Error('no thread')) });
    await expect(other.run()).rejects.toThrow('no thread');
  });

  test('ends where it is stopped, and keeps nothing', async () => {
    const { run, stop, store } = create({
      correlate: (series, window) => {
        stop.abort(new Error('The server stops'));
        return Promise.resolve(correlationMatrix(series, window));
      },
    });
    await expect(run()).rejects.toThrow('The server stops');
    expect(store.correlations).toEqual([]);
  });

  test('says which candles have not come', async () => {
    const { run, lacking, lines } = create();
    lacking.push('GBP_USD');
    const failures = ['GBP_USD: its newest candles are missing'];
    await expect(run()).resolves.toEqual({ records: 10, failures });
    expect(lines).toMatchObject([{ level: 'warn', fields: { instruments: ['GBP_USD'] } }]);
  });

  test('alerts of what has changed since the day before, once', async () => {
    const { run, store, events } = create();
    // For its last day, all that it does is what the others do.
    store.bars.set(
      'ETHUSDT',
      barsOf(6, (hour) => (hour < HOURS - 24 ? -0.6 : 1)),
    );
    const before = pairsOf(store, INSTRUMENTS, FIRE - DAY_MS);
    const now = pairsOf(store, INSTRUMENTS);
    const changed = now.filter(
      ({ correlation }, index) =>
        Math.abs(correlation - (before[index]?.correlation ?? NaN)) >= 0.2,
    );
    expect(changed.length).toBeGreaterThan(1);
    await run();
    const alerts = eventsOf(events, 'correlationAlert');
    const nameOf = ({ pair1, pair2 }: { pair1: string; pair2: string }) => `${pair1} ${pair2}`;
    expect(alerts.map(nameOf)).toEqual(expect.arrayContaining(changed.map(nameOf)));
    expect(alerts.every(({ pair1, pair2 }) => [pair1, pair2].includes('ETHUSDT'))).toBe(true);
    store.correlationAlerts = alerts.map((alert) => ({ time: FIRE + 1_000, alert }));
    events.length = 0;
    await run();
    expect(eventsOf(events, 'correlationAlert')).toEqual([]);
  });

  test('knows from the last alert of a pair where it was', async () => {
    const { run, store, events } = create();
    const [pair] = pairsOf(store, ['EUR_USD', 'GBP_USD']);
    expect(pair?.correlation).toBeGreaterThan(0.7);
    const past = { type: 'correlationAlert', pair1: 'EUR_USD', pair2: 'GBP_USD' } as const;
    const told: CorrelationAlert = { ...past, correlation: 0.1, threshold: 0.7, severity: 'info' };
    store.correlationAlerts = [{ time: FIRE - 9 * DAY_MS, alert: told }];
    await run();
    expect(eventsOf(events, 'correlationAlert')).toMatchObject([{ ...past, severity: 'warning' }]);
  });
});
