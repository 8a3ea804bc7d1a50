import { nextIntervalStart } from '@tickwire/protocol';
import { openStore } from '../store/open-store.js';
import { openPlainSession, versionOf } from '../store/plain-session.js';
import { END, MINUTE_DAYS, QUOTED, beginOf } from './plan.js';

/** @typedef {import('../store/databases.js').DatabaseConfig} DatabaseConfig */

const DAY_MS = 86_400_000;
const FX_PAIRS = 20;

/**
 * Makes the tables with our store, and fills them by the database itself, which is faster than any
 * client; in the order of time, as rows come while the market is followed. Resolves with what the
 * database calls itself.
 * @param {import('./plan.js').DatabaseName} name
 * @param {DatabaseConfig} database
 * @param {{ days: number, quotes: number }} sizes
 */
export async function seed(name, database, { days, quotes }) {
  await makeTables(database, days);
  const session = await openPlainSession(database);
  const statements = [
    ...(name === 'candles' ? [cryptoHours(days), fxHours(days), cryptoMinutes(days)] : []),
    dayOfQuotes(quotes, QUOTED[name]),
    // What a server does by itself after a minute or so, and PGlite never.
    ...(database.type === 'postgres' ? ['VACUUM ANALYZE'] : []),
  ];
  for (const statement of statements) {
    await session.query(statement);
  }
  const version = await versionOf(session);
  await session.close();
  return version;
}

/**
 * A row for each partition, in series that nobody asks for.
 * @param {DatabaseConfig} database
 * @param {number} days
 */
async function makeTables(database, days) {
  const store = await openStore(database);
  const prices = { open: '1', high: '1', low: '1', close: '1', volume: '1' };
  for (let start = monthOf(beginOf(days)); start < END; start = nextIntervalStart('M', start)) {
    await store.saveCandles(
      ['SEEDUSDT', 'SEED_USD'].map((instrument) => ({
        ...{ type: 'candle', instrument, interval: 'D', start, end: start + DAY_MS - 1 },
        ...prices,
        ...{ isConfirmed: true, revision: 0, source: 'history' },
      })),
    );
  }
  const time = new Date(END - DAY_MS).toISOString();
  await store.saveQuotes([
    { type: 'quote', instrument: nameOf(0), bid: '1', ask: '1', mid: '1', time },
  ]);
  await store.close();
}

/** @param {number} days */
function cryptoHours(days) {
  return crypto('60', '1 hour', `('BTCUSDT', 84000, ${at(beginOf(days))})`);
}

/** @param {number} days */
function cryptoMinutes(days) {
  const recent = at(beginOf(Math.min(days, MINUTE_DAYS)));
  return crypto(
    '1',
    '1 minute',
    `('BTCUSDT', 84000, ${at(beginOf(days))}), ('ETHUSDT', 2900, ${recent}),
     ('SOLUSDT', 130, ${recent})`,
  );
}

/**
 * @param {string} interval
 * @param {string} step
 * @param {string} instruments Names, prices, and when their histories begin.
 */
function crypto(interval, step, instruments) {
  return `
    INSERT INTO crypto_candles (instrument, "interval", time, open, high, low, close, volume,
      turnover, is_confirmed, revision, source, last_change)
    SELECT instrument, '${interval}', time, round(price, 1), round(price + 12.5, 1),
           round(price - 11.5, 1), round(price + 1.5, 1), round(volume, 6),
           round(volume * price, 8), true, 0, 'history', 0
      FROM (SELECT instrument, time, ${wave('base', 0.05)} AS price,
                   (1 + extract(minute FROM time) / 7.3)::numeric AS volume
              FROM (VALUES ${instruments}) AS given (instrument, base, first)
             CROSS JOIN LATERAL generate_series(first, ${at(END - 1)}, interval '${step}') AS time
             ORDER BY time, instrument) AS rows`;
}

/**
 * From Sunday to Friday, 22:00 UTC.
 * @param {number} days
 */
function fxHours(days) {
  const sides = ['- 0.00008', '+ 0.00008', ''].flatMap((offset) =>
    ['', '+ 0.0004', '- 0.0003', '+ 0.0001'].map((move) => `round(price ${offset} ${move}, 5)`),
  );
  return `
    INSERT INTO oanda_candles (instrument, granularity, time,
      open_bid, high_bid, low_bid, close_bid, open_ask, high_ask, low_ask, close_ask,
      open_mid, high_mid, low_mid, close_mid, volume,
      is_confirmed, revision, source, last_change)
    SELECT instrument, 'H1', time, ${sides.join(', ')}, 1200, true, 0, 'history', 0
      FROM (SELECT 'F' || lpad(pair::text, 2, '0') || '_USD' AS instrument, time,
                   ${wave('1.0845', 0.02)} AS price
              FROM generate_series(${at(beginOf(days))}, ${at(END - 1)}, interval '1 hour') AS time
             CROSS JOIN generate_series(0, ${FX_PAIRS - 1}) AS pair
             WHERE extract(isodow FROM time AT TIME ZONE 'UTC' + interval '2 hours') < 6
             ORDER BY time, pair) AS rows`;
}

/**
 * Of all instruments in turn.
 * @param {number} quotes
 * @param {number} instruments
 */
function dayOfQuotes(quotes, instruments) {
  const spacingUs = Math.floor((DAY_MS * 1_000) / (quotes + 1));
  return `
    INSERT INTO real_time_prices_audit (instrument, bid, ask, mid, "timestamp", venue_time)
    SELECT instrument, bid, bid + 0.00016, bid + 0.00008, time,
           to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '405Z'
      FROM (SELECT 'Q' || lpad((number % ${instruments})::text, 4, '0') || '_USD' AS instrument,
                   round((1.0845 + 0.02 * sin(number / 997.0))::numeric, 5) AS bid,
                   ${at(END - DAY_MS)} + (number + 1) * interval '${spacingUs} microseconds' AS time
              FROM generate_series(0, ${quotes - 1}) AS number) AS rows`;
}

/**
 * A price that goes up and down around another by a share of it.
 * @param {string} middle
 * @param {number} share
 */
function wave(middle, share) {
  return `(${middle} * (1 + ${share} * sin((extract(epoch FROM time) / 40000)::float8)))::numeric`;
}

/** @param {number} index */
function nameOf(index) {
  return `Q${String(index).padStart(4, '0')}_USD`;
}

/** @param {number} time */
function at(time) {
  return `'${new Date(time).toISOString()}'::timestamptz`;
}

/** @param {number} time */
function monthOf(time) {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}
