/** A finite number as a decimal: the shortest that reads as the same, never with an exponent. */
export function decimalText(value: number): string {
  const text = String(value);
  const [mantissa = '', exponent] = text.split('e');
  if (exponent === undefined) {
    return text;
  }
  if (Number(exponent) > 0) {
    return BigInt(value).toString();
  }
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d)(?:\.(\d+))?$/.exec(mantissa) ?? [];
  return `${sign}0.${'0'.repeat(-Number(exponent) - 1)}${whole}${fraction}`;
}
