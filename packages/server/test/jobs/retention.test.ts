import { describe, expect, onTestFinished, test } from 'vitest';
import { StoreError } from '../../src/domain/errors.ts';
import { Retention, type RetentionOptions } from '../../src/jobs/retention.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
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

function begin(options: Partial<RetentionOptions> = {}) {
  const clock = new ManualClock(BEGIN);
  const store = new MemoryStore();
  const { lines, ...logger } = createRecordingLogger();
  const retention = new Retention({
    store,
    opened: Promise.resolve(),
    retentionMs: 90 * DAY_MS,
    quoteRetentionMs: 2 * DAY_MS,
    clock,
    logger,
    ...options,
  });
  onTestFinished(() => retention.close());
  retention.start();
  const tables = () => store.drops.map(({ table }) => table);
  return { clock, store, retention, lines, tables };
}

describe('Retention', () => {
  test('drops what is too old a minute after the start, and every hour', async () => {
    const { clock, store, tables } = begin();
    await clock.advance(MINUTE_MS - 1);
    expect(store.drops).toEqual([]);
    await clock.advance(1);
    expect(tables()).toEqual([...HISTORY, ...QUOTES]);
    const now = BEGIN + MINUTE_MS;
    expect(store.drops[0]).toEqual({ table: 'oanda_candles', time: now - 90 * DAY_MS });
    expect(store.drops.at(-1)).toEqual({ table: 'crypto_trades', time: now - 2 * DAY_MS });
    await clock.advance(HOUR_MS - 1);
    expect(store.drops).toHaveLength(8);
    await clock.advance(1);
    expect(store.drops).toHaveLength(16);
    expect(store.drops[8]).toEqual({ table: 'oanda_candles', time: now + HOUR_MS - 90 * DAY_MS });
  });

  test('logs what it has dropped, and nothing else', async () => {
    const { clock, store, lines } = begin();
    store.partitions.set('crypto_candles', ['crypto_candles_2026_01', 'crypto_candles_2026_02']);
    await clock.advance(2 * HOUR_MS);
    expect(lines).toEqual([
      {
        level: 'info',
        fields: {
          table: 'crypto_candles',
          partitions: ['crypto_candles_2026_01', 'crypto_candles_2026_02'],
        },
        message: 'Dropped what was older than it is to be kept',
      },
    ]);
  });

  test('keeps for ever what has no time', async () => {
    const { clock, tables } = begin({ retentionMs: undefined });
    await clock.advance(MINUTE_MS);
    expect(tables()).toEqual(QUOTES);
    const other = begin({ quoteRetentionMs: undefined });
    await other.clock.advance(MINUTE_MS);
    expect(other.tables()).toEqual(HISTORY);
  });

  test('goes by the time of the history, where that is another than the clock has', async () => {
    const { clock, store } = begin({ now: () => BEGIN - 700 * DAY_MS });
    await clock.advance(MINUTE_MS);
    expect(store.drops[0]).toEqual({ table: 'oanda_candles', time: BEGIN - 790 * DAY_MS });
  });

  test('does not touch the store before it can be used', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { clock, store } = begin({ opened });
    await clock.advance(HOUR_MS);
    open();
    await clock.advance(0);
    await clock.advance(MINUTE_MS - 1);
    expect(store.drops).toEqual([]);
    await clock.advance(1);
    expect(store.drops).toHaveLength(8);
  });

  test('waits for the next hour where the store is down', async () => {
    const { clock, store, lines, tables } = begin();
    const down = new StoreError('STORE_UNAVAILABLE', 'The database is down');
    store.failingTables.set('crypto_candles', down);
    await clock.advance(MINUTE_MS);
    expect(tables()).toEqual(['oanda_candles', 'crypto_candles']);
    expect(lines).toMatchObject([
      { level: 'warn', fields: { err: down, table: 'crypto_candles' } },
    ]);
    store.failingTables.clear();
    await clock.advance(HOUR_MS);
    expect(tables().slice(2)).toEqual([...HISTORY, ...QUOTES]);
  });

  test('goes on with the other tables where one fails', async () => {
    const { clock, store, lines, tables } = begin();
    store.failingTables.set('oanda_candles', new StoreError('STORE_QUERY_FAILED', 'Not this one'));
    await clock.advance(MINUTE_MS);
    expect(tables()).toEqual([...HISTORY, ...QUOTES]);
    expect(lines).toHaveLength(1);
  });

  test('ends with what it is at, and leaves nothing behind', async () => {
    const { clock, store, retention } = begin();
    const drop = store.dropPartitionsBefore.bind(store);
    store.dropPartitionsBefore = (table, time) => {
      void retention.close();
      return drop(table, time);
    };
    await clock.advance(MINUTE_MS);
    await retention.close();
    retention.start();
    await clock.advance(DAY_MS);
    expect(store.drops).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  test('ends before it has begun', async () => {
    const { clock, store, retention } = begin({ opened: new Promise(() => undefined) });
    await retention.close();
    await clock.advance(DAY_MS);
    expect(store.drops).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});
