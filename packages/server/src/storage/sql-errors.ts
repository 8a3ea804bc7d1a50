import { StoreError, type StoreErrorCode } from '../domain/errors.ts';

/**
 * What PostgreSQL's codes mean to a caller, by their beginning, the longer ones first; see
 * https://www.postgresql.org/docs/current/errcodes-appendix.html. All others are errors of ours.
 */
const CODES: readonly (readonly [prefix: string, code: StoreErrorCode])[] = [
  // Somebody else was in the way: a deadlock, a lock, a timeout, a server that became a standby.
  ['25006', 'STORE_UNAVAILABLE'],
  ['40', 'STORE_UNAVAILABLE'],
  ['55P03', 'STORE_UNAVAILABLE'],
  // The connection broke, the server has too little of something, or somebody stops it.
  ['08', 'STORE_UNAVAILABLE'],
  ['53', 'STORE_UNAVAILABLE'],
  ['57', 'STORE_UNAVAILABLE'],
  ['58', 'STORE_UNAVAILABLE'],
  // The user, the password, the database or a right.
  ['28', 'STORE_REFUSED'],
  ['3D000', 'STORE_REFUSED'],
  ['42501', 'STORE_REFUSED'],
];

/** The error of a statement that PostgreSQL did not accept; `sqlState` is its code. */
export function toStoreError(sqlState: string, message: string, cause?: unknown): StoreError {
  const [, code = 'STORE_QUERY_FAILED'] =
    CODES.find(([prefix]) => sqlState.startsWith(prefix)) ?? [];
  return new StoreError(code, `The database answered ${sqlState}: ${message}`, { cause, sqlState });
}
