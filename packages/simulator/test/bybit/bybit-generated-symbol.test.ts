import { describe, expect, test } from 'vitest';
import { createGeneratedSymbol } from '../../src/bybit/bybit-generated-symbol.ts';
import { createTurns } from '../../src/bybit/bybit-turns.ts';
import { createCryptoMarket } from '../../src/crypto/crypto-market.ts';

const HOUR_MS = 3_600_000;
const NOON_MS = Date.UTC(2026, 9, 7, 12);

describe('createGeneratedSymbol', () => {
  test.each(['linear', 'spot'] as const)(
    'gives no two trades of a day on %s one id',
    (category) => {
      const series = createCryptoMarket(1).find(category, 'BTCUSDT')!;
      const symbol = createGeneratedSymbol(series, createTurns());
      const ids = new Set<string>();
      let trades = 0;
      for (let hour = 0; hour < 24; hour += 1) {
        const startMs = NOON_MS + hour * HOUR_MS;
        for (const { id } of symbol.tradesBetween(startMs, startMs + HOUR_MS)) {
          ids.add(id);
          trades += 1;
        }
      }
      expect(trades).toBeGreaterThan(100_000);
      expect(ids.size).toBe(trades);
    },
  );

  test('stops looking for candles that nobody waits for', async () => {
    const series = createCryptoMarket(1).find('linear', 'BTCUSDT')!;
    const symbol = createGeneratedSymbol(series, createTurns());
    const span = { fromMs: -Infinity, toMs: NOON_MS, limit: 1_000 };
    const found = symbol.klines('M', span, NOON_MS, AbortSignal.timeout(50));
    await expect(found).rejects.toThrow('timeout');
  });
});
