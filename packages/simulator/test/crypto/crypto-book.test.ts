import { describe, expect, test } from 'vitest';
import { bookAt } from '../../src/crypto/crypto-book.ts';
import { createCryptoMarket } from '../../src/crypto/crypto-market.ts';

const NOON_MS = Date.UTC(2026, 9, 7, 12);
const series = createCryptoMarket(1).find('linear', 'BTCUSDT')!;

describe('crypto book', () => {
  test('stands around the last trade at every moment', () => {
    for (let timeMs = NOON_MS; timeMs < NOON_MS + 60_000; timeMs += 250) {
      const { price, isBuy } = series.lastTrade(timeMs)!;
      const { bids, asks } = bookAt(series, timeMs, 1)!;
      expect([bids[0]?.[0], asks[0]?.[0]]).toEqual(isBuy ? [price - 1, price] : [price, price + 1]);
    }
  });

  test.each([1, 50, 200])('has %i levels a side, best first, all of some size', (depth) => {
    const { bids, asks } = bookAt(series, NOON_MS, depth)!;
    const [bidPrices, askPrices] = [bids, asks].map((side) => side.map(([price]) => price));
    expect(bids).toHaveLength(depth);
    expect(asks).toHaveLength(depth);
    expect(bidPrices).toEqual(bidPrices!.toSorted((a, b) => b - a));
    expect(askPrices).toEqual(askPrices!.toSorted((a, b) => a - b));
    expect([...bids, ...asks].every(([, size]) => Number.isInteger(size) && size > 0)).toBe(true);
  });

  test('shows the same levels whatever the depth', () => {
    const deep = bookAt(series, NOON_MS, 200)!;
    expect(bookAt(series, NOON_MS, 50)!.bids).toEqual(deep.bids.slice(0, 50));
  });

  test('changes a few levels at a time', () => {
    let changed = 0;
    for (let step = 0; step < 100; step += 1) {
      const before = new Map(bookAt(series, NOON_MS + step * 20, 50)!.bids);
      const after = bookAt(series, NOON_MS + step * 20 + 20, 50)!.bids;
      changed += after.filter(([price, size]) => before.get(price) !== size).length;
    }
    expect(changed).toBeGreaterThan(10);
    expect(changed).toBeLessThan(2_500);
  });
});
