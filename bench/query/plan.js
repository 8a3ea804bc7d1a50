/** Where the history of every database ends. */
export const END = Date.UTC(2026, 5, 1);

/** How many days of M1 the crypto pairs have, of which only one has more. */
export const MINUTE_DAYS = 30;

/** Who reads, in the order in which each round measures them. */
export const SUBJECTS = /** @type {const} */ (['tickwire', 'plain']);

/** @typedef {(typeof SUBJECTS)[number]} SubjectName */

/** The databases: one with candles and the quotes of 20 instruments, one with those of 1,000. */
export const DATABASES = /** @type {const} */ (['candles', 'wide']);

/** @typedef {(typeof DATABASES)[number]} DatabaseName */

/** How many instruments have quotes in a database. */
export const QUOTED = { candles: 20, wide: 1_000 };

/** What is asked, and of which database. */
export const CASES = /** @type {const} */ ([
  { name: 'newest 500 M1', database: 'candles' },
  { name: 'newest 5,000 M1', database: 'candles' },
  { name: 'all H1, crypto', database: 'candles' },
  { name: 'all H1, FX', database: 'candles' },
  { name: 'last quotes of 20', database: 'candles' },
  { name: 'last quotes of 1,000', database: 'wide' },
  { name: 'starts of all M1', database: 'candles' },
]);

/** @typedef {(typeof CASES)[number]['name']} CaseName */

/** The moment at which a history of so many days begins. @param {number} days */
export function beginOf(days) {
  return END - days * 86_400_000;
}
