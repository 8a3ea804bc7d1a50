import {
  type Candle,
  compareDecimals,
  intervalStart,
  isDecimal,
  nextIntervalStart,
} from '@tickwire/protocol';

/** Bybit's derivatives began in 2020: a crypto candle that is older cannot be true. */
const FIRST_CRYPTO_CANDLE = Date.UTC(2020, 0);
/** What is later than this cannot be written as a date (ECMA-262, "Time Values and Time Range"). */
const LATEST_DATE = 8.64e15;

/**
 * Says why a candle cannot be true; undefined for one that can. The rules are the contract's: high
 * and low enclose open and close, no volume is below zero, and crypto begins in 2020. Besides, a
 * candle begins and ends where its interval does, or the same time would be told twice.
 */
export function findImpossible(candle: Candle, isCrypto: boolean): string | undefined {
  const { open, high, low, close, volume, turnover = '0' } = candle;
  const notDecimal = [open, high, low, close, volume, turnover].find((text) => !isDecimal(text));
  if (notDecimal !== undefined) {
    return `expected decimals, got '${notDecimal.slice(0, 40)}'`;
  }
  // With both rules kept, the high is not below the low either.
  if (isAbove(open, high) || isAbove(close, high)) {
    return `expected the high to be the highest of ${open}, ${close}, got ${high}`;
  }
  if (isAbove(low, open) || isAbove(low, close)) {
    return `expected the low to be the lowest of ${open}, ${close}, got ${low}`;
  }
  if (compareDecimals(volume, '0') < 0) {
    return `expected a volume of at least 0, got ${volume}`;
  }
  return findImpossibleTime(candle, isCrypto);
}

/** Whether two candles of one interval say the same, however many zeros they write. */
export function isSameCandle(a: Candle, b: Candle): boolean {
  const isEqual = (x: string, y: string): boolean => x === y || compareDecimals(x, y) === 0;
  return (
    isEqual(a.open, b.open) &&
    isEqual(a.high, b.high) &&
    isEqual(a.low, b.low) &&
    isEqual(a.close, b.close) &&
    isEqual(a.volume, b.volume) &&
    isEqual(a.turnover ?? '0', b.turnover ?? '0')
  );
}

function findImpossibleTime(
  { interval, start, end }: Candle,
  isCrypto: boolean,
): string | undefined {
  if (!Number.isInteger(start) || Math.abs(start) > LATEST_DATE) {
    return `expected a start in milliseconds, got ${start}`;
  }
  if (isCrypto && start < FIRST_CRYPTO_CANDLE) {
    return `expected a start since 2020, got ${start}`;
  }
  if (intervalStart(interval, start) !== start || nextIntervalStart(interval, start) !== end + 1) {
    return `expected a whole interval ${interval}, got ${start} to ${end}`;
  }
  return undefined;
}

function isAbove(a: string, b: string): boolean {
  return compareDecimals(a, b) > 0;
}
