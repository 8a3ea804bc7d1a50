/**
 * Decimal strings, computed with exactly: a price is never a float on its way through.
 */

const DECIMAL_PATTERN = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const MAX_DECIMAL_LENGTH = 40;

/** Tells whether a text is a plain decimal number, without exponent, sign `+` or leading zeros. */
export function isDecimal(text: string): boolean {
  return text.length <= MAX_DECIMAL_LENGTH && DECIMAL_PATTERN.test(text);
}

/** Tells whether a text is a decimal number greater than zero. */
export function isPositiveDecimal(text: string): boolean {
  return isDecimal(text) && !text.startsWith('-') && /[1-9]/.test(text);
}

/** Negative if `a` is less than `b`, zero if they are equal in value, positive if it is greater. */
export function compareDecimals(a: string, b: string): number {
  const scale = Math.max(fractionDigits(a), fractionDigits(b));
  const difference = toScaled(a, scale) - toScaled(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/**
 * The exact half sum of two decimals, with at least the digits that they have: one more where the
 * half needs it (`1.1` and `1.2` give `1.15`).
 */
export function midOf(bid: string, ask: string): string {
  const scale = Math.max(fractionDigits(bid), fractionDigits(ask));
  const sum = toScaled(bid, scale) + toScaled(ask, scale);
  return sum % 2n === 0n ? fromScaled(sum / 2n, scale) : fromScaled(sum * 5n, scale + 1);
}

/** The shortest decimal string that reads back as the same number; throws on NaN and infinity. */
export function decimalFromNumber(value: number): string {
  if (!Number.isFinite(value)) {
    throw new RangeError(`Expected a finite number, got ${value}`);
  }
  const text = String(value);
  const [mantissa = '', exponent] = text.split('e');
  return exponent === undefined ? text : shiftPoint(mantissa, Number(exponent));
}

function fractionDigits(text: string): number {
  const point = text.indexOf('.');
  return point === -1 ? 0 : text.length - point - 1;
}

function toScaled(text: string, scale: number): bigint {
  const missing = scale - fractionDigits(text);
  return BigInt(text.replace('.', '') + '0'.repeat(missing));
}

function fromScaled(value: bigint, scale: number): string {
  const sign = value < 0n ? '-' : '';
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  if (scale === 0) {
    return sign + digits;
  }
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function shiftPoint(mantissa: string, exponent: number): string {
  const scale = fractionDigits(mantissa) - exponent;
  const digits = BigInt(mantissa.replace('.', ''));
  return scale >= 0 ? fromScaled(digits, scale) : fromScaled(digits * 10n ** BigInt(-scale), 0);
}
