/** One message of each kind that other programs can publish besides prices, of EUR_USD. */
export const VOLATILITY_ALERT = {
  instrument: 'EUR_USD',
  volatility: 0.0234,
  threshold: 0.02,
  severity: 'warning',
};
export const CORRELATION_ALERT = {
  pair1: 'EUR_USD',
  pair2: 'USD_JPY',
  correlation: -0.82,
  threshold: 0.7,
  severity: 'info',
};
export const DATA_READY = { data_type: 'prices', count: 20 };
