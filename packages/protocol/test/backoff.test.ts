import { describe, expect, test } from 'vitest';
import { backoffDelayMs } from '../src/index.ts';

describe('backoffDelayMs', () => {
  const options = { baseMs: 1_000, capMs: 30_000, floorMs: 500 };

  test('doubles its ceiling up to the cap', () => {
    const ceilings = [0, 1, 2, 5, 100].map((attempt) => backoffDelayMs(attempt, options, () => 1));
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 30_000, 30_000]);
  });

  test('spreads over everything between the floor and the ceiling', () => {
    expect(backoffDelayMs(3, options, () => 0)).toBe(500);
    expect(backoffDelayMs(3, options, () => 0.5)).toBe(4_000);
    expect(backoffDelayMs(3, { baseMs: 1_000, capMs: 30_000 }, () => 0)).toBe(0);
  });
});
