import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { MemoryCache } from '../../src/cache/memory.ts';
import { testCache } from '../contracts/cache.contract.ts';
import { ManualClock } from '../support/manual-clock.ts';

testCache('memory', () => Promise.resolve(new MemoryCache({ clock: systemClock })));

describe('MemoryCache', () => {
  test('has a key until its time is over, and not a moment longer', async () => {
    const clock = new ManualClock();
    const cache = new MemoryCache({ clock });
    await cache.setText('correlation:matrix', '{}', 1_000);
    await clock.advance(999);
    await expect(cache.text('correlation:matrix')).resolves.toBe('{}');
    expect(cache.usage().totalKeys).toBe(1);
    await clock.advance(1);
    expect(cache.usage()).toMatchObject({ totalKeys: 0, usedBytes: 0 });
    await expect(cache.text('correlation:matrix')).resolves.toBeUndefined();
  });

  test('drops what was written longest ago when it has too many keys', async () => {
    const cache = new MemoryCache({ clock: new ManualClock(), maxKeys: 2 });
    await cache.setFields('price:EUR_USD', { bid: '1' }, 60_000);
    await cache.setFields('price:USD_JPY', { bid: '2' }, 60_000);
    await cache.setFields('price:EUR_USD', { bid: '3' }, 60_000);
    await cache.setFields('price:GBP_USD', { bid: '4' }, 60_000);
    await expect(cache.fields('price:USD_JPY')).resolves.toBeUndefined();
    await expect(cache.fields('price:EUR_USD')).resolves.toEqual({ bid: '3' });
    await expect(cache.fields('price:GBP_USD')).resolves.toEqual({ bid: '4' });
  });

  test('says that it is in this process, and how often it is used', async () => {
    const clock = new ManualClock();
    const cache = new MemoryCache({ clock });
    await cache.setText('best_pairs:hedging', '[]', 60_000);
    await cache.text('best_pairs:hedging');
    await cache.text('best_pairs:moderate');
    await clock.advance(1_000);
    expect(cache.usage()).toEqual({
      address: undefined,
      isConnected: true,
      usedBytes: 'best_pairs:hedging[]'.length,
      maxBytes: 0,
      operations: 3,
      operationsPerSecond: 3,
      priceKeys: 0,
      metricKeys: 0,
      totalKeys: 1,
    });
    await clock.advance(2_000);
    expect(cache.usage()).toMatchObject({ operations: 3, operationsPerSecond: 0 });
  });
});
