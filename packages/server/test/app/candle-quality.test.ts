import { describe, expect, test } from 'vitest';
import { type CandleQualityOptions, readCandleQuality } from '../../src/app/candle-quality.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { hourlyCandle } from '../support/rest-world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 12:00 of a Tuesday, where `hourlyCandle` counts from; a minute later its last candle is due. */
const NOON = Date.UTC(2025, 10, 18, 12);
const BTCUSDT = { instrument: 'BTCUSDT', interval: '60' } as const;
/** But for the hours that had begun before the window did. */
const DAY = 24 - 1;
const MONTH = 30 * 24 - 1;

function optionsOf(store: MemoryStore, changes: Partial<CandleQualityOptions> = {}) {
  return {
    store,
    series: [{ ...BTCUSDT, isBackfilled: true }],
    backfillMs: 60 * DAY_MS,
    now: () => NOON + 60_000,
    ...changes,
  };
}

describe('readCandleQuality', () => {
  test('counts what is expected, there, absent and missing over a day and a month', async () => {
    const store = new MemoryStore();
    // Of the last day's hours 2 and 3 are missing, 5 is absent, and so is all before three days ago.
    const hours = Array.from({ length: 72 }, (_, hour) => hour - 72);
    const there = hours.filter((hour) => ![-24 + 2, -24 + 3, -24 + 5].includes(hour));
    store.preset(there.map((hour) => hourlyCandle('BTCUSDT', hour)));
    await store.saveAbsences(BTCUSDT, [
      { from: NOON - 40 * DAY_MS, to: NOON - 3 * DAY_MS },
      { from: NOON - 19 * HOUR_MS, to: NOON - 18 * HOUR_MS },
    ]);
    const quality = await readCandleQuality(optionsOf(store));
    expect(quality.get('BTCUSDT')).toEqual([
      {
        interval: '60',
        lastDay: { expected: DAY, present: 20, absent: 1, missing: 2, gaps: 1 },
        lastMonth: { expected: MONTH, present: 69, absent: MONTH - 71, missing: 2, gaps: 1 },
      },
    ]);
  });

  test('waits for the venue to complete the last candle before it is missing', async () => {
    const store = new MemoryStore();
    store.preset([hourlyCandle('BTCUSDT', -2)]);
    const missingAt = async (now: number): Promise<number | undefined> => {
      const series = [{ ...BTCUSDT, isBackfilled: false }];
      const quality = await readCandleQuality(optionsOf(store, { series, now: () => now }));
      return quality.get('BTCUSDT')?.[0]?.lastDay.missing;
    };
    expect(await missingAt(NOON + 59_999)).toBe(0);
    expect(await missingAt(NOON + 60_000)).toBe(1);
  });

  test('expects of what is not backfilled only what follows its first candle', async () => {
    const store = new MemoryStore();
    store.preset([-10, -9, -7].map((hour) => hourlyCandle('BTCUSDT', hour)));
    const series = [{ ...BTCUSDT, isBackfilled: false }];
    const quality = await readCandleQuality(optionsOf(store, { series }));
    const span = { expected: 10, present: 3, absent: 0, missing: 7, gaps: 2 };
    expect(quality.get('BTCUSDT')).toEqual([{ interval: '60', lastDay: span, lastMonth: span }]);
  });

  test('expects nothing where nothing is there and nothing is backfilled', async () => {
    const series = [{ ...BTCUSDT, isBackfilled: false }];
    const quality = await readCandleQuality(optionsOf(new MemoryStore(), { series }));
    const span = { expected: 0, present: 0, absent: 0, missing: 0, gaps: 0 };
    expect(quality.get('BTCUSDT')).toEqual([{ interval: '60', lastDay: span, lastMonth: span }]);
  });

  test('expects no more of FX than its week has, nor of a short backfill than it brings', async () => {
    const series = [{ instrument: 'EUR_USD', interval: '60' as const, isBackfilled: true }];
    const options = optionsOf(new MemoryStore(), { series, backfillMs: 7 * DAY_MS });
    const [quality] = (await readCandleQuality(options)).get('EUR_USD') ?? [];
    expect(quality?.lastMonth.expected).toBe(5 * 24 - 1);
    expect(quality?.lastMonth.missing).toBe(5 * 24 - 1);
  });
});
