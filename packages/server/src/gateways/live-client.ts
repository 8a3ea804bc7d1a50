import type { Duplex } from 'node:stream';
import { ERROR_CODES, type ErrorCode } from '@tickwire/protocol';
import { WebSocket } from 'ws';
import { TextFrame } from './frame.ts';

/** A burst of so many messages, and so many a second for ever, is no abuse. */
const MESSAGE_BURST = 60;
const MESSAGES_PER_SECOND = 10;

/** How a client is told of what is no message of a channel. */
export interface ClientDialect {
  error(code: ErrorCode, details: ErrorDetails): object;
  /** Undefined where a ping says enough. */
  heartbeat(): object | undefined;
}

export interface LiveClientOptions {
  /** Reads, and sends control frames. */
  readonly webSocket: WebSocket;
  /** The connection below it, which takes the finished frames of messages. */
  readonly connection: Duplex;
  readonly dialect: ClientDialect;
  /** Milliseconds on a clock that never jumps, as all times here. */
  readonly now: number;
}

/** What the server tells a client about an error. */
export interface ErrorDetails {
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Seconds. */
  readonly retryAfter?: number;
}

/**
 * One client on a plain WebSocket. All messages to it are frames of ours and go straight to its
 * connection; the library, which would encode each of them again for every client, is left with
 * pings, pongs and the end. Both write whole frames at once, so that their order holds.
 */
export class LiveClient {
  readonly #webSocket: WebSocket;
  readonly #connection: Duplex;
  readonly #isCompressed: boolean;
  readonly #dialect: ClientDialect;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  /** When it was last sent a heartbeat. */
  heartbeatAt: number;
  #isAlive = true;
  /** What waits for the confirmation, which is the first message; undefined once it was sent. */
  #early: (() => void)[] | undefined = [];
  #budget = MESSAGE_BURST;
  #budgetAt: number;

  constructor({ webSocket, connection, dialect, now }: LiveClientOptions) {
    this.#webSocket = webSocket;
    this.#connection = connection;
    this.#isCompressed = webSocket.extensions.includes('permessage-deflate');
    this.#dialect = dialect;
    this.heartbeatAt = now;
    this.#budgetAt = now;
    this.closed = new Promise((resolve) => {
      webSocket.once('close', () => {
        resolve();
      });
    });
    webSocket.on('pong', () => {
      this.#isAlive = true;
    });
  }

  /** False from the moment at which either side began to close. */
  get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN && this.#connection.writable;
  }

  /** How many bytes the client has not taken yet. */
  get waitingBytes(): number {
    return this.#connection.writableLength;
  }

  send(message: object): void {
    this.sendFrame(new TextFrame(JSON.stringify(message)));
  }

  /** Sends what was encoded once for many; nothing once the connection is not open any more. */
  sendFrame(frame: TextFrame): void {
    if (this.isOpen) {
      this.#connection.write(this.#isCompressed ? frame.compressed : frame.plain);
    }
  }

  /** Sends an error, and closes the connection where the error's code says so. */
  sendError(code: ErrorCode, details: ErrorDetails): void {
    this.send(this.#dialect.error(code, details));
    const { close } = ERROR_CODES[code];
    if (close !== undefined) {
      this.#webSocket.close(close, code);
    }
  }

  /** Runs at once what sends a message, or once the client has been told what it is on. */
  answer(reply: () => void): void {
    if (this.#early === undefined) {
      reply();
    } else {
      this.#early.push(reply);
    }
  }

  /** The client has been told what it is on: what it asked meanwhile is answered. */
  beginAnswers(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const reply of early) {
      reply();
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
      this.#webSocket.terminate();
      return;
    }
    this.heartbeatAt = now;
    this.#isAlive = false;
    this.#webSocket.ping();
    this.answer(() => {
      const heartbeat = this.#dialect.heartbeat();
      if (heartbeat !== undefined) {
        this.send(heartbeat);
      }
    });
  }

  /** Ends the connection without a word: what waits for a client that does not read is dropped. */
  terminate(): void {
    this.#webSocket.terminate();
  }
}
