import { ERROR_CODES, type ErrorCode, type LiveMessage } from '@tickwire/protocol';
import type { WebSocket } from 'ws';

/** A burst of so many messages, and so many a second for ever, is no abuse. */
const MESSAGE_BURST = 60;
const MESSAGES_PER_SECOND = 10;

/** What the server tells a client about an error. */
export interface ErrorDetails {
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** One client on a plain WebSocket. Times are milliseconds on a clock that never jumps. */
export class LiveClient {
  readonly #socket: WebSocket;
  readonly #timestamp: () => string;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  /** When it was last sent a heartbeat. */
  heartbeatAt: number;
  #isAlive = true;
  #budget = MESSAGE_BURST;
  #budgetAt: number;

  constructor(socket: WebSocket, timestamp: () => string, now: number) {
    this.#socket = socket;
    this.#timestamp = timestamp;
    this.heartbeatAt = now;
    this.#budgetAt = now;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
    socket.on('pong', () => {
      this.#isAlive = true;
    });
  }

  /** How many bytes the client has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: LiveMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends text that was encoded once for many. */
  sendEncoded(text: Buffer | string): void {
    this.#socket.send(text, { binary: false });
  }

  /** Sends an error, and closes the connection where the error's code says so. */
  sendError(code: ErrorCode, { message, details = {}, retryAfter }: ErrorDetails): void {
    this.send({
      type: 'error',
      error_code: code,
      error_message: message,
      details,
      ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
      timestamp: this.#timestamp(),
    });
    const { close } = ERROR_CODES[code];
    if (close !== undefined) {
      this.#socket.close(close, code);
    }
  }

  /** Whether the client may send another message now. */
  takeFromBudget(now: number): boolean {
    const earned = ((now - this.#budgetAt) / 1_000) * MESSAGES_PER_SECOND;
    this.#budget = Math.min(MESSAGE_BURST, this.#budget + earned);
    this.#budgetAt = now;
    if (this.#budget < 1) {
      return false;
    }
    this.#budget -= 1;
    return true;
  }

  /** Sends a heartbeat, and ends the connection if the client did not answer the last one's ping. */
  heartbeat(now: number): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.heartbeatAt = now;
    this.#isAlive = false;
    this.#socket.ping();
    this.send({ type: 'heartbeat', timestamp: this.#timestamp() });
  }

  /** Ends the connection without a word: what waits for a client that does not read is dropped. */
  terminate(): void {
    this.#socket.terminate();
  }
}
