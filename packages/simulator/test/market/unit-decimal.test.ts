import { describe, expect, test } from 'vitest';
import { formatUnits, parseUnits, toUnits } from '../../src/market/unit-decimal.ts';

describe('unit decimals', () => {
  test.each([
    [8404500, 2, 0, '84045'],
    [8404500, 2, 2, '84045.00'],
    [7725720, 2, 0, '77257.2'],
    [5, 3, 0, '0.005'],
    [-9772, 6, 0, '-0.009772'],
    [0, 4, 0, '0'],
    [120, 0, 0, '120'],
    [120, 0, 4, '120.0000'],
    [12345678901234567890n, 8, 0, '123456789012.3456789'],
  ])('formats %s units of %s digits, at least %s, as %s', (units, digits, least, text) => {
    expect(formatUnits(units, digits, least)).toBe(text);
  });

  test('reads what it formats', () => {
    for (const units of [0n, 1n, -1n, 100n, 123456789012345678901n]) {
      expect(parseUnits(formatUnits(units, 6), 6)).toBe(units);
    }
  });

  test('cuts digits that are too fine and rounds numbers to the nearest unit', () => {
    expect(parseUnits('1.23456', 2)).toBe(123n);
    expect(toUnits(0.00012499, 6)).toBe(125);
  });
});
