import { describe, expect, test } from 'vitest';
import { exponential } from '../../src/market/exponential.ts';

describe('exponential', () => {
  test('agrees with e to the power of a number within rounding', () => {
    for (let value = -1; value <= 1; value += 1 / 512) {
      expect(Math.abs(exponential(value) / Math.exp(value) - 1)).toBeLessThan(1e-14);
    }
  });

  test('is exactly one at zero, and grows', () => {
    expect(exponential(0)).toBe(1);
    for (let value = -0.5; value < 0.5; value += 1e-3) {
      expect(exponential(value + 1e-7)).toBeGreaterThan(exponential(value));
    }
  });
});
