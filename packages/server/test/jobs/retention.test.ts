import { describe, expect, test } from 'vitest';
import { StoreError } from '../../src/domain/errors.ts';
import { Retention, type RetentionOptions } from '../../src/jobs/retention.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

const DAY_MS = 86_400_000;
const BEGIN = Date.UTC(2026, 5, 1);
const HISTORY = [
  'oanda_candles',
  'crypto_candles',
  'volatility_metrics',
  'correlation_matrix',
  'best_pairs_tracker',
  'alert_events',
];
const QUOTES = ['real_time_prices_audit', 'crypto_trades'];

function create(options: Partial<RetentionOptions> = {}) {
  const clock = new ManualClock(BEGIN);
  const store = new MemoryStore();
  const { lines, ...logger } = createRecordingLogger();
  const forgotten: number[] = [];
  const retention = new Retention({
    store,
    log: {
      forgetBefore: (time) => {
        forgotten.push(time);
        return Promise.resolve(3);
      },
    },
    retentionMs: 90 * DAY_MS,
    quoteRetentionMs: 2 * DAY_MS,
    clock,
    logger,
    ...options,
  });
  const stop = new AbortController();
  const run = () => retention.run({ fireTime: BEGIN, signal: stop.signal });
  const tables = () => store.drops.map(({ table }) => table);
  return { store, run, stop, lines, tables, forgotten };
}

describe('Retention', () => {
  test('drops what is too old, and forgets the runs of jobs', async () => {
    const { store, run, tables, forgotten } = create();
    store.partitions.set('oanda_candles', ['oanda_candles_2026_01']);
    await expect(run()).resolves.toEqual({ records: 4, failures: [] });
    expect(tables()).toEqual([...HISTORY, ...QUOTES]);
    expect(store.drops[0]).toEqual({ table: 'oanda_candles', time: BEGIN - 90 * DAY_MS });
    expect(store.drops.at(-1)).toEqual({ table: 'crypto_trades', time: BEGIN - 2 * DAY_MS });
    expect(forgotten).toEqual([BEGIN - 90 * DAY_MS]);
  });

  test('logs what it has dropped, and nothing else', async () => {
    const { store, run, lines } = create();
    const partitions = ['crypto_candles_2026_01', 'crypto_candles_2026_02'];
    store.partitions.set('crypto_candles', [...partitions]);
    await run();
    await run();
    const message = 'Dropped what was older than it is to be kept';
    expect(lines).toEqual([
      { level: 'info', fields: { table: 'crypto_candles', partitions }, message },
    ]);
  });

  test('keeps for ever what has no time', async () => {
    const { run, tables, forgotten } = create({ retentionMs: undefined });
    await run();
    expect([tables(), forgotten]).toEqual([QUOTES, []]);
    const other = create({ quoteRetentionMs: undefined });
    await other.run();
    expect(other.tables()).toEqual(HISTORY);
  });

  test('goes by the time of the history, where that is another than the clock has', async () => {
    const { store, run, forgotten } = create({ now: () => BEGIN - 700 * DAY_MS });
    await run();
    expect(store.drops[0]).toEqual({ table: 'oanda_candles', time: BEGIN - 790 * DAY_MS });
    expect(forgotten).toEqual([BEGIN - 90 * DAY_MS]);
  });

  test('fails where the store is down', async () => {
    const { store, run, tables } = create();
    const down = new StoreError('STORE_UNAVAILABLE', 'The database is down');
    store.failingTables.set('crypto_candles', down);
    await expect(run()).rejects.toBe(down);
    expect(tables()).toEqual(['oanda_candles', 'crypto_candles']);
  });

  test('goes on with the other tables where one fails, and says so', async () => {
    const { store, run, lines, tables } = create();
    store.failingTables.set('oanda_candles', new StoreError('STORE_QUERY_FAILED', 'Not this one'));
    await expect(run()).resolves.toEqual({ records: 3, failures: ['oanda_candles: Not this one'] });
    expect(tables()).toEqual([...HISTORY, ...QUOTES]);
    expect(lines).toHaveLength(1);
  });

  test('ends with what it is at', async () => {
    const { store, run, stop } = create();
    const drop = store.dropPartitionsBefore.bind(store);
    const reason = new Error('The server stops');
    store.dropPartitionsBefore = (table, time) => {
      stop.abort(reason);
      return drop(table, time);
    };
    await expect(run()).rejects.toBe(reason);
    expect(store.drops).toHaveLength(1);
  });
});
