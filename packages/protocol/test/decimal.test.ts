import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareDecimals,
  decimalFromNumber,
  isDecimal,
  isPositiveDecimal,
  midOf,
} from '../src/index.ts';

/** A decimal as text, with the integer that it is of `10 ** -scale`. */
const decimals = fc
  .record({ units: fc.bigInt(0n, 10n ** 15n), scale: fc.integer({ min: 0, max: 9 }) })
  .map(({ units, scale }) => ({ units, scale, text: write(units, scale) }));

function write(units: bigint, scale: number): string {
  const digits = units.toString().padStart(scale + 1, '0');
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

describe('midOf', () => {
  test.each([
    ['1.0945', '1.0947', '1.0946'],
    ['1.38616', '1.38626', '1.38621'],
    ['1.1', '1.2', '1.15'],
    ['114.295', '114.312', '114.3035'],
    ['1', '2', '1.5'],
    ['1.10', '1.2', '1.15'],
    ['0.00000001', '0.00000002', '0.000000015'],
  ])('of %s and %s is %s', (bid, ask, mid) => {
    expect(midOf(bid, ask)).toBe(mid);
  });

  test('is the exact half sum, with at least the digits of both', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const mid = midOf(a.text, b.text);
        const scale = (mid.split('.')[1] ?? '').length;
        expect(scale).toBeGreaterThanOrEqual(Math.max(a.scale, b.scale));
        const doubled = 2n * BigInt(mid.replace('.', ''));
        const sum =
          a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale);
        expect(doubled).toBe(sum);
      }),
    );
  });
});

describe('compareDecimals', () => {
  test('compares by value, whatever the digits', () => {
    expect(compareDecimals('1.10', '1.1')).toBe(0);
    expect(compareDecimals('1.19195', '1.19197')).toBe(-1);
    expect(compareDecimals('10', '9.999')).toBe(1);
    expect(compareDecimals('-2', '1')).toBe(-1);
  });
});

describe('decimalFromNumber', () => {
  test.each([
    [1.0945, '1.0945'],
    [1e-7, '0.0000001'],
    [1.5e-10, '0.00000000015'],
    [1e21, '1000000000000000000000'],
    [12, '12'],
    [-1.5e-7, '-0.00000015'],
  ])('writes %d as %s', (value, text) => {
    expect(decimalFromNumber(value)).toBe(text);
  });

  test('reads back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(decimalFromNumber(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  test.each([NaN, Infinity, -Infinity])('refuses %d', (value) => {
    expect(() => decimalFromNumber(value)).toThrow(RangeError);
  });
});

describe('isDecimal', () => {
  test.each(['0', '1.0', '-1.5', '0.00001', '123456789.123456789'])('accepts %s', (text) => {
    expect(isDecimal(text)).toBe(true);
  });

  test.each(['', '1.', '.5', '01', '+1', '1e5', 'NaN', ' 1', '1,5', '1'.repeat(41)])(
    'refuses "%s"',
    (text) => {
      expect(isDecimal(text)).toBe(false);
    },
  );

  test('knows which ones are above zero', () => {
    expect(isPositiveDecimal('0.00001')).toBe(true);
    expect(['0', '0.000', '-1', 'x'].some(isPositiveDecimal)).toBe(false);
  });
});
