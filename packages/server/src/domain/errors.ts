import type { ErrorCode } from '@tickwire/protocol';

/**
 * Errors by what the caller does next. Each has a stable code, documented in docs/errors.md; the
 * message names the thing, what was expected and what came, and holds no secret.
 */

/** A setting is wrong: the program ends with exit code 2 and this one line. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  override readonly name = 'ConfigError';
}

/** Why a feed lost its venue, which decides how soon it tries again. */
export type FeedErrorCode =
  | 'FEED_UNREACHABLE'
  | 'FEED_TIMEOUT'
  | 'FEED_STREAM_ENDED'
  | 'FEED_SILENT'
  | 'FEED_STALE'
  | 'FEED_UNAUTHORIZED'
  | 'FEED_REFUSED'
  | 'FEED_RATE_LIMITED'
  | 'FEED_UNAVAILABLE'
  | 'FEED_INVALID_ANSWER';

export interface FeedErrorOptions extends ErrorOptions {
  /** How long the venue asks to be left alone. */
  readonly retryAfterMs?: number;
  /** The HTTP status of the venue's answer. */
  readonly status?: number;
}

/**
 * A feed cannot go on with this connection; its supervisor decides when to try the next. The
 * message may hold words of the venue and is shown to the public, so it is one short line.
 */
export class FeedError extends Error {
  override readonly name = 'FeedError';
  readonly code: FeedErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(code: FeedErrorCode, message: string, options: FeedErrorOptions = {}) {
    super(toPlainLine(message), options);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}

/** What came from outside is not what the contract says; it is dropped and counted. */
export class InvalidMessageError extends Error {
  readonly code = 'MESSAGE_INVALID';
  override readonly name = 'InvalidMessageError';
}

/** What came from outside may be well written, but is of an instrument that nobody here knows. */
export class UnknownInstrumentError extends InvalidMessageError {}

/** A client asks for a channel that cannot be had; its code is the wire's, its message the client's. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A listening address could not be had. */
export class ListenError extends Error {
  readonly code = 'LISTEN_FAILED';
  override readonly name = 'ListenError';
}

/** Why the store did not do what it was asked. */
export type StoreErrorCode =
  | 'STORE_UNAVAILABLE'
  | 'STORE_REFUSED'
  | 'STORE_UNSUPPORTED'
  | 'STORE_TOO_NEW'
  | 'STORE_LOCKED'
  | 'STORE_FOREIGN'
  | 'STORE_UNREADABLE'
  | 'STORE_MIGRATION_FAILED'
  | 'STORE_QUERY_FAILED';

export interface StoreErrorOptions extends ErrorOptions {
  /** PostgreSQL's code, where it is PostgreSQL that has answered. */
  readonly sqlState?: string;
}

/** The database could not do something; the message names no password. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly sqlState: string | undefined;

  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.sqlState = options.sqlState;
  }

  /** Whether the same may succeed later, with nobody changing anything. */
  get retryable(): boolean {
    return this.code === 'STORE_UNAVAILABLE';
  }
}

/** Why Redis did not do what it was asked. */
export type RedisErrorCode = 'REDIS_UNAVAILABLE' | 'REDIS_REFUSED';

/** Redis could not do something; the message names no password. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
  readonly code: RedisErrorCode;

  constructor(code: RedisErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Whatever was thrown, as an Error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

const MAX_MESSAGE_LENGTH = 200;

/** The text without control characters, and cut where it is too long to be read. */
function toPlainLine(text: string): string {
  const line = text.slice(0, MAX_MESSAGE_LENGTH + 1).replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ');
  return line.length > MAX_MESSAGE_LENGTH ? `${line.slice(0, MAX_MESSAGE_LENGTH)}…` : line;
}
