import { describe, expect, test } from 'vitest';
import { childKey, mixInteger, namedKey, toUnit } from '../../src/market/integer-hash.ts';

describe('integer hash', () => {
  test('gives the same integers everywhere', () => {
    expect([1, 2, -1, 123_456_789].map(mixInteger)).toMatchInlineSnapshot(`
      [
        -2032993677,
        229111015,
        -1716132221,
        956453899,
      ]
    `);
    expect([0, 1, -1].map((part) => childKey(42, part))).toMatchInlineSnapshot(`
      [
        -1243257200,
        -685844929,
        671623878,
      ]
    `);
    expect(namedKey(42, 'EUR_USD')).toMatchInlineSnapshot(`1141553970`);
  });

  test('spreads neighbouring parts evenly and without relation', () => {
    const count = 20_000;
    const units = Array.from({ length: count }, (_, part) => toUnit(childKey(7, part)));
    const mean = units.reduce((sum, unit) => sum + unit, 0) / count;
    const lagged = units.slice(1).map((unit, index) => (unit - 0.5) * ((units[index] ?? 0) - 0.5));
    const correlation = (12 * lagged.reduce((sum, product) => sum + product, 0)) / count;

    expect(mean).toBeCloseTo(0.5, 2);
    expect(Math.abs(correlation)).toBeLessThan(0.03);
    expect(Math.min(...units)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...units)).toBeLessThan(1);
    expect(new Set(units).size).toBeGreaterThan(count - 5);
  });

  test('keeps the children of different keys apart', () => {
    const of = (key: number): number[] =>
      Array.from({ length: 50 }, (_, part) => childKey(key, part));

    expect(
      new Set([...of(1), ...of(2), ...of(namedKey(1, 'a')), ...of(namedKey(1, 'b'))]).size,
    ).toBe(200);
  });
});
