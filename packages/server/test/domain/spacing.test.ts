import { expect, test } from 'vitest';
import { Spacing } from '../../src/domain/spacing.ts';

test('is due at first, and then once in a while however often it is asked', () => {
  const spacing = new Spacing(60_000);
  const asked = [5_000, 5_000, 6_000, 64_999, 65_000, 65_001, 124_999, 125_000];
  expect(asked.filter((now) => spacing.take(now))).toEqual([5_000, 65_000, 125_000]);
});

test('counts from when it was taken, not from when it was asked in vain', () => {
  const spacing = new Spacing(10);
  expect([0, 9, 18, 19, 28].map((now) => spacing.take(now))).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
});

test('is due at once on a clock that begins below zero', () => {
  expect(new Spacing(10).take(-1_000_000)).toBe(true);
});
