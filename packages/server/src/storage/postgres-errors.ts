import pg from 'pg';
import { StoreError, toError } from '../domain/errors.ts';
import { toStoreError } from './sql-errors.ts';

/**
 * What OpenSSL says about a certificate that it does not accept, as Node.js gives it in `code`; see
 * https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes.
 */
const CERTIFICATE_ERRORS: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** A certificate or key of ours that cannot be read, or that the server does not accept. */
const OUR_CERTIFICATE = /^ERR_OSSL_|^ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA)/;

/** What `pg` says, without a code, of a server that is set up in another way than we are. */
const OTHERWISE_SET_UP = /^The server does not support SSL connections$|^SASL: /;

/** The server's error has its code; all others are about the way to it. */
export function explain(error: unknown): StoreError {
  const message = messageOf(error);
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    return toStoreError(error.code, message, error);
  }
  return isMistake(error)
    ? refused(message, error)
    : new StoreError('STORE_UNAVAILABLE', `Lost or never had the database: ${message}`, {
        cause: error,
      });
}

/** The error of an address that no server can be reached by, whichever it is. */
export function refused(message: string, cause?: unknown): StoreError {
  return new StoreError('STORE_REFUSED', `The database cannot be connected to: ${message}`, {
    cause,
  });
}

/** Whether it stays as it is until somebody changes a setting or a certificate. */
function isMistake(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    CERTIFICATE_ERRORS.has(code) ||
    OUR_CERTIFICATE.test(code) ||
    OTHERWISE_SET_UP.test(toError(error).message)
  );
}

/** Of a name with several addresses, Node.js tells what became of each, nothing of the whole. */
function messageOf(error: unknown): string {
  return error instanceof AggregateError
    ? error.errors.map(messageOf).join('; ')
    : toError(error).message;
}
