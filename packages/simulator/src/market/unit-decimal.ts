/** Decimals as whole numbers of their last digit, so that sums and products of them are exact. */

/**
 * A whole number of units of 10^-digits as text: 8404500 at 2 digits is `84045`, or `84045.00` if
 * at least two decimals are asked for. Zeros beyond `leastDigits` are left out at the end.
 */
export function formatUnits(units: number | bigint, digits: number, leastDigits = 0): string {
  const isNegative = units < 0;
  const text = String(isNegative ? -units : units).padStart(digits + 1, '0');
  const point = text.length - digits;
  const fraction = text.slice(point).replace(/0+$/, '').padEnd(leastDigits, '0');
  const sign = isNegative ? '-' : '';
  return sign + text.slice(0, point) + (fraction === '' ? '' : `.${fraction}`);
}

/** The whole number of units nearest to a number. */
export function toUnits(value: number, digits: number): number {
  return Math.round(value * Number(`1e${digits}`));
}

/** A decimal's text as a whole number of units of 10^-digits; digits beyond those are cut off. */
export function parseUnits(text: string, digits: number): bigint {
  const isNegative = text.startsWith('-');
  const [whole = '', fraction = ''] = (isNegative ? text.slice(1) : text).split('.');
  const units = BigInt(`${whole}${fraction.slice(0, digits).padEnd(digits, '0')}` || '0');
  return isNegative ? -units : units;
}
