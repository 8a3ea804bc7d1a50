import { openStore } from '../store/open-store.js';
import { openPlainSession } from '../store/plain-session.js';

/** @typedef {import('./batches.js').Batch} Batch */
/** @typedef {import('./plan.js').Kind} Kind */
/** @typedef {import('../store/databases.js').DatabaseConfig} DatabaseConfig */

/**
 * Who saves rows.
 * @typedef {object} Writer
 * @property {(kind: Kind, batch: Batch) => Promise<number | undefined>} save
 *   Resolves when they are safe, with how many were news, where that is told.
 * @property {() => Promise<void>} close
 */

const LAST_COLUMNS = ['is_confirmed', 'revision', 'source', 'last_change'];
const CRYPTO_VALUES = ['open', 'high', 'low', 'close', 'volume', 'turnover'];
const FX_VALUES = [
  ...['open_bid', 'high_bid', 'low_bid', 'close_bid'],
  ...['open_ask', 'high_ask', 'low_ask', 'close_ask'],
  ...['open_mid', 'high_mid', 'low_mid', 'close_mid', 'volume'],
];

/** The statements that somebody without a store would write, one for each row. */
const INSERTS = {
  'crypto candles': upsert('crypto_candles', '"interval"', CRYPTO_VALUES),
  'FX candles': upsert('oanda_candles', 'granularity', FX_VALUES),
  quotes: `
    INSERT INTO real_time_prices_audit (instrument, bid, ask, mid, "timestamp", venue_time)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
};

/**
 * Our store as a writer.
 * @param {DatabaseConfig} database
 * @returns {Promise<Writer>}
 */
export async function openStoreWriter(database) {
  const store = await openStore(database);
  return {
    save: async (_kind, batch) => {
      if (isQuotes(batch)) {
        await store.saveQuotes(batch);
        return undefined;
      }
      const news = await store.saveCandles(batch);
      return news.length;
    },
    close: () => store.close(),
  };
}

/**
 * One INSERT per row, each after the last, on the tables of a store that is closed.
 * @param {DatabaseConfig} database
 * @param {boolean} hasTransactions Whether the rows of a call are one transaction.
 * @returns {Promise<Writer>}
 */
export async function openPlainWriter(database, hasTransactions) {
  const session = await openPlainSession(database);
  return {
    save: async (kind, batch) => {
      const rows = isQuotes(batch) ? batch.map(quoteValues) : batch.map(candleValues);
      if (hasTransactions) {
        await session.query('BEGIN');
      }
      for (const values of rows) {
        await session.query(INSERTS[kind], values);
      }
      if (hasTransactions) {
        await session.query('COMMIT');
      }
      return undefined;
    },
    close: () => session.close(),
  };
}

/**
 * @param {Batch} batch
 * @returns {batch is readonly import('../store/rows.js').Quote[]}
 */
function isQuotes(batch) {
  return batch[0]?.type === 'quote';
}

/** @param {import('../store/rows.js').Quote} quote */
function quoteValues({ instrument, bid, ask, mid, time }) {
  return [instrument, bid, ask, mid, time, time];
}

/** @param {import('../store/rows.js').SidedCandle} candle */
function candleValues(candle) {
  const { instrument, start, volume, turnover, sides, isConfirmed, revision, source } = candle;
  const values =
    sides === undefined
      ? [...prices(candle), volume, turnover]
      : [...prices(sides.bid), ...prices(sides.ask), ...prices(candle), volume];
  const width = sides === undefined ? '1' : 'M1';
  return [instrument, width, new Date(start), ...values, isConfirmed, revision, source, 0];
}

/** @param {{ open: string, high: string, low: string, close: string }} candle */
function prices({ open, high, low, close }) {
  return [open, high, low, close];
}

/**
 * @param {string} table
 * @param {string} width
 * @param {readonly string[]} values
 */
function upsert(table, width, values) {
  const columns = ['instrument', width, 'time', ...values, ...LAST_COLUMNS];
  const sets = [...values, ...LAST_COLUMNS];
  return `
    INSERT INTO ${table} (${columns.join(', ')})
    VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
    ON CONFLICT (instrument, ${width}, time) DO UPDATE SET
      ${sets.map((column) => `${column} = excluded.${column}`).join(', ')}`;
}
