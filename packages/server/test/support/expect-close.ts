import { expect } from 'vitest';

/** Expects a number that differs from another by no more than a share of it. */
export function expectClose(
  actual: number | null | undefined,
  expected: number,
  what: string,
  tolerance = 1e-9,
): void {
  const difference = Math.abs((actual ?? NaN) - expected);
  const isClose = difference <= tolerance * Math.abs(expected);
  expect(isClose, `${what}: got ${actual ?? 'nothing'}, expected ${expected}`).toBe(true);
}
