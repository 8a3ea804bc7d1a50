import { describe, expect, test } from 'vitest';
import type { Cache } from '../../src/ports/cache.ts';
import { waitFor } from '../support/wait-for.ts';

const PRICE = { bid: '1.0945', ask: '1.0947', mid: '1.0946', time: '2026-06-01T00:00:00.123Z' };
const LONG_MS = 60_000;
const SHORT_MS = 50;

/**
 * What every cache promises, wherever it is. `open` is called within each test: it gives an empty
 * one, and closes what it has opened when the test has finished.
 */
export function testCache(name: string, open: () => Promise<Cache>): void {
  describe(`${name} cache`, () => {
    test('gives back fields and texts, each under its key', async () => {
      const cache = await open();
      await cache.setFields('price:EUR_USD', PRICE, LONG_MS);
      await cache.setFields('metrics:EUR_USD', { volatility_20: '0.0712' }, LONG_MS);
      await cache.setText('correlation:matrix', '{"EUR_USD":{"EUR_USD":1}}', LONG_MS);
      await cache.setText('best_pairs:hedging', '[]', LONG_MS);
      await expect(cache.fields('price:EUR_USD')).resolves.toEqual(PRICE);
      await expect(cache.fields('metrics:EUR_USD')).resolves.toEqual({ volatility_20: '0.0712' });
      await expect(cache.text('correlation:matrix')).resolves.toBe('{"EUR_USD":{"EUR_USD":1}}');
      await expect(cache.text('best_pairs:hedging')).resolves.toBe('[]');
    });

    test('has nothing where nothing was put', async () => {
      const cache = await open();
      await expect(cache.fields('price:EUR_USD')).resolves.toBeUndefined();
      await expect(cache.text('correlation:matrix')).resolves.toBeUndefined();
    });

    test('keeps every name and value as it is', async () => {
      const cache = await open();
      const entries = [
        ['', 'empty name'],
        ['empty value', ''],
        ['name with: spaces\r\n', '€ "quoted" \u0000 \r\n'],
        ['__proto__', 'a name like any other'],
      ] as const;
      await cache.setFields('metrics:EUR_USD', Object.fromEntries(entries), LONG_MS);
      const fields = (await cache.fields('metrics:EUR_USD')) ?? {};
      expect(Object.entries(fields)).toEqual(expect.arrayContaining([...entries]));
      expect(Object.keys(fields)).toHaveLength(entries.length);
      await cache.setText('correlation:matrix', '', LONG_MS);
      await expect(cache.text('correlation:matrix')).resolves.toBe('');
    });

    test('puts fields in the place of all that were there', async () => {
      const cache = await open();
      await cache.setFields('metrics:EUR_USD', { atr: '0.1', sma_15: '1.09' }, LONG_MS);
      await cache.setFields('metrics:EUR_USD', { atr: '0.2' }, LONG_MS);
      await expect(cache.fields('metrics:EUR_USD')).resolves.toEqual({ atr: '0.2' });
      await cache.setFields('metrics:EUR_USD', {}, LONG_MS);
      await expect(cache.fields('metrics:EUR_USD')).resolves.toBeUndefined();
    });

    test('keeps what it was given, whatever becomes of the object', async () => {
      const cache = await open();
      const fields = { atr: '0.1' };
      await cache.setFields('metrics:EUR_USD', fields, LONG_MS);
      fields.atr = '0.2';
      const read: Record<string, string> = { ...(await cache.fields('metrics:EUR_USD')) };
      read['atr'] = '0.3';
      await expect(cache.fields('metrics:EUR_USD')).resolves.toEqual({ atr: '0.1' });
    });

    test('forgets each key when its own time is over, counted from when it was last put', async () => {
      const cache = await open();
      await cache.setFields('price:EUR_USD', PRICE, SHORT_MS);
      await cache.setFields('price:USD_JPY', PRICE, SHORT_MS);
      await cache.setText('best_pairs:hedging', '[1]', SHORT_MS);
      await cache.setText('best_pairs:moderate', '[2]', SHORT_MS);
      await cache.setFields('price:USD_JPY', PRICE, LONG_MS);
      await cache.setText('best_pairs:moderate', '[2]', LONG_MS);
      const isGone = async (): Promise<boolean> =>
        (await cache.fields('price:EUR_USD')) === undefined &&
        (await cache.text('best_pairs:hedging')) === undefined;
      await waitFor(isGone, 'what was put for a short time to be forgotten');
      await expect(cache.fields('price:USD_JPY')).resolves.toEqual(PRICE);
      await expect(cache.text('best_pairs:moderate')).resolves.toBe('[2]');
    });

    test('takes a time that is no whole number of milliseconds', async () => {
      const cache = await open();
      await cache.setFields('price:EUR_USD', PRICE, LONG_MS + 0.5);
      await cache.setText('best_pairs:hedging', '[]', LONG_MS + 0.5);
      await expect(cache.fields('price:EUR_USD')).resolves.toEqual(PRICE);
      await expect(cache.text('best_pairs:hedging')).resolves.toBe('[]');
    });

    test('keeps a text of a megabyte', async () => {
      const cache = await open();
      const text = '0.123456789,'.repeat(90_000);
      await cache.setText('correlation:matrix', text, LONG_MS);
      await expect(cache.text('correlation:matrix')).resolves.toBe(text);
    });

    test('counts its keys by their kind, and how much it is used', async () => {
      const cache = await open();
      await cache.setFields('price:EUR_USD', PRICE, LONG_MS);
      await cache.setFields('price:USD_JPY', PRICE, LONG_MS);
      await cache.setFields('metrics:EUR_USD', { atr: '0.1' }, LONG_MS);
      await cache.setText('correlation:matrix', '{}', LONG_MS);
      await waitFor(() => cache.usage().totalKeys === 4, 'its keys to be counted');
      const usage = cache.usage();
      expect(usage).toMatchObject({ isConnected: true, maxBytes: 0, priceKeys: 2, metricKeys: 1 });
      expect(usage.usedBytes).toBeGreaterThan(0);
      expect(usage.operations).toBeGreaterThanOrEqual(4);
      await cache.setFields('price:EUR_USD', PRICE, SHORT_MS);
      await waitFor(() => cache.usage().totalKeys === 3, 'one that has ended not to be counted');
      expect(cache.usage()).toMatchObject({ priceKeys: 1, metricKeys: 1 });
    });
  });
}
