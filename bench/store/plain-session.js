import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** @typedef {Record<string, unknown>} PlainRow */

/**
 * A database as people use it who have no store: one connection, and the values that `pg` or PGlite
 * make of columns.
 * @typedef {object} PlainSession
 * @property {(text: string, values?: unknown[]) => Promise<readonly PlainRow[]>} query
 * @property {() => Promise<void>} close
 */

/**
 * Opens one on the tables of a store that is closed.
 * @param {import('./databases.js').DatabaseConfig} database
 * @returns {Promise<PlainSession>}
 */
export async function openPlainSession(database) {
  return database.type === 'embedded'
    ? openPglite(database.directory)
    : openPostgres(database.address);
}

/**
 * @param {string} directory
 * @returns {Promise<PlainSession>}
 */
async function openPglite(directory) {
  const session = await PGlite.create({ dataDir: join(directory, 'database') });
  return {
    query: async (text, values) => {
      /** @type {{ rows: Record<string, unknown>[] }} */
      const { rows } = await session.query(text, values);
      return rows;
    },
    close: () => session.close(),
  };
}

/**
 * @param {import('./databases.js').PostgresAddress} address
 * @returns {Promise<PlainSession>}
 */
async function openPostgres(address) {
  const session = new pg.Client('url' in address ? { connectionString: address.url } : address);
  await session.connect();
  return {
    query: async (text, values) => {
      /** @type {pg.QueryResult<Record<string, unknown>>} */
      const { rows } = await session.query(text, values);
      return rows;
    },
    close: () => session.end(),
  };
}

/**
 * What a database calls itself: `PostgreSQL 15.18 (Debian 15.18-0+deb12u1)`.
 * @param {PlainSession} session
 */
export async function versionOf(session) {
  const [row] = await session.query('SELECT version()');
  const [version = ''] = String(row?.['version']).split(' on ');
  return version;
}
