/** The FX pairs that are followed unless `TRACKED_PAIRS` says otherwise. */
export const DEFAULT_TRACKED_PAIRS: readonly string[] = [
  'EUR_USD', 'GBP_USD', 'USD_JPY', 'USD_CAD', 'AUD_USD', 'USD_CHF', 'NZD_USD',
  'EUR_GBP', 'EUR_JPY', 'EUR_CHF', 'GBP_JPY', 'GBP_CHF', 'AUD_JPY', 'AUD_NZD',
  'EUR_AUD', 'GBP_AUD', 'USD_CNH', 'USD_HKD', 'EUR_CAD', 'GBP_CAD',
]; // prettier-ignore

/** A name, or two with `_` between; a dated future has its date behind it: `BTC-26DEC25`. */
const INSTRUMENT_PATTERN = /^[A-Z0-9]{1,20}(_[A-Z0-9]{1,20})?(-\d{1,2}[A-Z]{3}\d{2})?$/i;

/**
 * Reads an instrument's name in any case and returns it in upper case: `eur_usd` is `EUR_USD`,
 * `btc-26dec25` is `BTC-26DEC25`.
 * Returns undefined for what cannot be the name of an instrument.
 */
export function parseInstrument(text: string): string | undefined {
  const name = text.trim();
  // Looked at first: in upper case, other letters (`ß`, `ı`) would turn into names.
  return INSTRUMENT_PATTERN.test(name) ? name.toUpperCase() : undefined;
}
