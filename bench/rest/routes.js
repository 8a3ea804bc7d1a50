/** What is asked, in the order in which each round asks it. */
export const ROUTES = /** @type {const} */ ([
  { name: 'info', path: '/api/v1/info' },
  { name: 'one price', path: '/api/v1/prices/current?instrument=EUR_USD' },
  { name: 'all prices', path: '/api/v1/prices/all' },
  { name: '24 candles', path: '/api/v1/candles/EUR_USD?limit=24' },
  { name: '24 as CSV', path: '/api/v1/candles/EUR_USD?limit=24&format=csv' },
  { name: '300 candles', path: '/api/v1/candles/EUR_USD?limit=300' },
  { name: 'one’s metrics', path: '/api/v1/metrics/volatility/EUR_USD' },
  { name: 'all metrics', path: '/api/v1/metrics/volatility' },
  { name: 'matrix', path: '/api/v1/correlation/matrix' },
  { name: 'one pair', path: '/api/v1/correlation/pairs?pair1=EUR_USD&pair2=GBP_USD' },
  { name: 'best pairs', path: '/api/v1/best-pairs' },
  { name: 'sessions', path: '/api/v1/sessions' },
  { name: 'cache', path: '/api/v1/cache/stats' },
  { name: 'alerts', path: '/api/v1/alerts' },
  { name: 'quality', path: '/api/v1/quality' },
]);

/** @typedef {(typeof ROUTES)[number]['name']} RouteName */

/** Who answers, in the order in which each round measures them. */
export const SUBJECTS = /** @type {const} */ (['tickwire', 'plain']);

/** @typedef {(typeof SUBJECTS)[number]} SubjectName */
