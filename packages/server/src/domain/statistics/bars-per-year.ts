import { isCryptoInstrument } from '../instrument-family.ts';

/** FX: what OANDA quotes on five days of the week, as business days of a year. */
const FX_DAYS = 252;
const CRYPTO_DAYS = 365;

/** How many hourly bars of an instrument a year has: what its volatility is annualised by. */
export function hourlyBarsPerYear(instrument: string): number {
  return 24 * (isCryptoInstrument(instrument) ? CRYPTO_DAYS : FX_DAYS);
}
