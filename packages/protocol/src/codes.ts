/**
 * What a client should do after a connection ended with a code:
 * `never` come back as it is, come back `later` (after `retry_after`), come back and `recover`
 * what it missed, or come back with `backoff`. `open` means that the connection was not ended.
 */
export type ReconnectRule = 'never' | 'later' | 'recover' | 'backoff' | 'open';

/** Each error code of the wire with its WebSocket close code and what the client should do next. */
export const ERROR_CODES = {
  INVALID_SYMBOL: { close: 4400, reconnect: 'never' },
  INVALID_TIMEFRAME: { close: 4400, reconnect: 'never' },
  INVALID_PAYLOAD: { close: 4400, reconnect: 'never' },
  UNAUTHORIZED: { close: 4401, reconnect: 'never' },
  RATE_LIMITED: { close: 4429, reconnect: 'later' },
  MAX_CLIENTS: { close: 4429, reconnect: 'later' },
  SLOW_CONSUMER: { close: 4008, reconnect: 'recover' },
  SERVER_SHUTDOWN: { close: 1001, reconnect: 'later' },
  INTERNAL_ERROR: { close: 1011, reconnect: 'backoff' },
  INVALID_MESSAGE: { close: undefined, reconnect: 'open' },
} as const satisfies Record<string, { close: number | undefined; reconnect: ReconnectRule }>;

/** An error code of the wire. */
export type ErrorCode = keyof typeof ERROR_CODES;
