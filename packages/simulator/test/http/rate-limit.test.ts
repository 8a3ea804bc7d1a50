import { describe, expect, test } from 'vitest';
import { createBurstLimit, createSlidingLimit } from '../../src/http/rate-limit.ts';

describe('sliding limit', () => {
  test('lets so many through in any second, and the next as the first grows old', () => {
    let nowMs = 0;
    const limit = createSlidingLimit(3, () => nowMs);
    expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([true, true, true, false]);
    expect(limit.take('b')).toBe(true);
    nowMs = 999;
    expect(limit.take('a')).toBe(false);
    nowMs = 1_000;
    expect(limit.take('a')).toBe(true);
  });
});

describe('burst limit', () => {
  test('lets a burst through and then its rate', () => {
    let nowMs = 0;
    const limit = createBurstLimit(2, 2, () => nowMs);
    expect([1, 2, 3].map(() => limit.take('a'))).toEqual([true, true, false]);
    nowMs = 500;
    expect([1, 2].map(() => limit.take('a'))).toEqual([true, false]);
    nowMs = 60_000;
    expect([1, 2, 3].map(() => limit.take('a'))).toEqual([true, true, false]);
  });
});
