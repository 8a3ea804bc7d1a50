/**
 * The names of Bybit's instruments: a symbol, which never has a `_`, or a category before one. Its
 * groups are that category and its symbol; a symbol alone has neither. PostgreSQL reads its source
 * the same way, so that a statement can ask too.
 */
export const CRYPTO_NAME = /^(?:(LINEAR|INVERSE|SPOT)_(.+)|[^_]*)$/;

/** Whether an instrument is one of Bybit's, `BTCUSDT` or `SPOT_BTCUSDT`; all others are OANDA's. */
export function isCryptoInstrument(name: string): boolean {
  return CRYPTO_NAME.test(name);
}
