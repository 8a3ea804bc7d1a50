import { describe, expect, test } from 'vitest';
import { BoundedCache } from '../../src/market/bounded-cache.ts';

describe('BoundedCache', () => {
  test('makes each value once, and again after it was crowded out', () => {
    const cache = new BoundedCache<number, string>(2);
    const made: number[] = [];
    const get = (key: number): string =>
      cache.get(key, () => {
        made.push(key);
        return `value ${key}`;
      });
    expect([get(1), get(2), get(1), get(3), get(2), get(1)]).toEqual(
      [1, 2, 1, 3, 2, 1].map((key) => `value ${key}`),
    );
    expect(made).toEqual([1, 2, 3, 1]);
  });
});
