import { openStore } from '../store/open-store.js';
import { openPlainSession } from '../store/plain-session.js';
import { END, beginOf } from './plan.js';

/** @typedef {import('../store/databases.js').DatabaseConfig} DatabaseConfig */

/**
 * Who reads.
 * @typedef {object} Reader
 * @property {Readonly<Record<import('./plan.js').CaseName, () => Promise<number>>>} questions
 *   Each resolves with how many rows it was answered.
 * @property {() => Promise<void>} close
 */

const CRYPTO = 'BTCUSDT';
const FX = 'F00_USD';
/** More than any answer has. */
const NO_LIMIT = 1_000_000;

/**
 * Our store as a reader.
 * @param {DatabaseConfig} database
 * @param {number} days
 * @returns {Promise<Reader>}
 */
export async function openStoreReader(database, days) {
  const store = await openStore(database);
  const span = { from: beginOf(days), to: END };
  /** @type {(query: Parameters<typeof store.candles>[0]) => Promise<number>} */
  const candles = async (query) => (await store.candles(query)).length;
  const minutes = { instrument: CRYPTO, interval: /** @type {const} */ ('1') };
  const hours = { interval: /** @type {const} */ ('60'), ...span, limit: NO_LIMIT };
  const lastQuotes = async () => (await store.lastQuotes()).length;
  return {
    questions: {
      'newest 500 M1': () => candles({ ...minutes, limit: 500, pick: 'newest' }),
      'newest 5,000 M1': () => candles({ ...minutes, limit: 5_000, pick: 'newest' }),
      'all H1, crypto': () => candles({ ...hours, instrument: CRYPTO, pick: 'oldest' }),
      'all H1, FX': () => candles({ ...hours, instrument: FX, pick: 'oldest' }),
      'last quotes of 20': lastQuotes,
      'last quotes of 1,000': lastQuotes,
      'starts of all M1': async () => (await store.confirmedStarts(minutes, span)).length,
    },
    close: () => store.close(),
  };
}

/**
 * The statements that somebody without a store would write, and rows as the driver makes them.
 * @param {DatabaseConfig} database
 * @param {number} days
 * @returns {Promise<Reader>}
 */
export async function openPlainReader(database, days) {
  const session = await openPlainSession(database);
  const from = new Date(beginOf(days));
  /** @type {(text: string, values?: unknown[]) => Promise<number>} */
  const count = async (text, values) => (await session.query(text, values)).length;
  /** @type {(limit: number) => Promise<number>} */
  const newest = (limit) =>
    count(
      `SELECT * FROM crypto_candles WHERE instrument = $1 AND "interval" = '1'
        ORDER BY time DESC LIMIT $2`,
      [CRYPTO, limit],
    );
  const lastQuotes = () =>
    count(
      `SELECT DISTINCT ON (instrument) * FROM real_time_prices_audit
        ORDER BY instrument, "timestamp" DESC`,
    );
  return {
    questions: {
      'newest 500 M1': () => newest(500),
      'newest 5,000 M1': () => newest(5_000),
      'all H1, crypto': () =>
        count(
          `SELECT * FROM crypto_candles WHERE instrument = $1 AND "interval" = '60' AND time >= $2
            ORDER BY time`,
          [CRYPTO, from],
        ),
      'all H1, FX': () =>
        count(
          `SELECT * FROM oanda_candles WHERE instrument = $1 AND granularity = 'H1' AND time >= $2
            ORDER BY time`,
          [FX, from],
        ),
      'last quotes of 20': lastQuotes,
      'last quotes of 1,000': lastQuotes,
      'starts of all M1': () =>
        count(
          `SELECT time FROM crypto_candles WHERE instrument = $1 AND "interval" = '1'
            AND time >= $2 AND is_confirmed ORDER BY time`,
          [CRYPTO, from],
        ),
    },
    close: () => session.close(),
  };
}
