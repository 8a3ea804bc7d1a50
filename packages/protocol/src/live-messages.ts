/**
 * The messages of the plain WebSocket family, one interface per message, as PROTOCOL.md has them.
 */
import type { ErrorCode } from './codes.ts';
import type { PriceFields } from './messages.ts';

/** The first message on every socket. */
export interface LiveConfirmation {
  readonly success: true;
  readonly message: string;
  readonly subscription: {
    readonly action: 'subscribe';
    readonly type: 'prices';
    readonly symbol: string;
  };
}

/** The state of the subscription when it began; none is sent where there is no price yet. */
export interface LivePriceSnapshot {
  readonly type: 'snapshot';
  readonly subscription: 'prices';
  readonly symbol: string;
  readonly price: PriceFields;
  readonly timestamp: string;
}

export interface LivePriceUpdate {
  readonly type: 'update';
  readonly subscription: 'prices';
  readonly symbol: string;
  readonly price: PriceFields;
  /** When the server received it. */
  readonly received_at: string;
}

export interface LiveHeartbeat {
  readonly type: 'heartbeat';
  readonly timestamp: string;
}

export interface LiveError {
  readonly type: 'error';
  readonly error_code: ErrorCode;
  readonly error_message: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Seconds to wait before coming back. */
  readonly retry_after?: number;
  readonly timestamp: string;
}

/** Whatever the server sends over a plain WebSocket. */
export type LiveMessage =
  LiveConfirmation | LivePriceSnapshot | LivePriceUpdate | LiveHeartbeat | LiveError;
