import type { ErrorCode } from '@tickwire/protocol';

/** What the server refused, or why it ended the connection. */
export class TickwireError extends Error {
  override readonly name = 'TickwireError';
  /** As in PROTOCOL.md, "Codes". */
  readonly code: ErrorCode;
  /** The client tries again by itself after so long; undefined where it does not. */
  readonly retryInMs: number | undefined;

  constructor(code: ErrorCode, message: string, retryInMs?: number) {
    super(message);
    this.code = code;
    this.retryInMs = retryInMs;
  }
}
