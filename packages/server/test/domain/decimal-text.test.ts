import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalText } from '../../src/domain/decimal-text.ts';

describe('decimalText', () => {
  test.each([
    [0, '0'],
    [1.5, '1.5'],
    [-0.000001, '-0.000001'],
    [3.2e-7, '0.00000032'],
    [-1e-7, '-0.0000001'],
    [1.25e-10, '0.000000000125'],
    [1e21, '1000000000000000000000'],
  ])('of %d is %s', (value, text) => {
    expect(decimalText(value)).toBe(text);
  });

  test('reads as the same number, whatever it is', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = decimalText(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});
