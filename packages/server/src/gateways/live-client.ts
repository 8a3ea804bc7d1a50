import type { Duplex } from 'node:stream';
import { ERROR_CODES, type ErrorCode } from '@tickwire/protocol';
import { type WebSocket } from 'ws';
import type { FanOut, Place } from './fan-out.ts';
import { TextFrame } from './frame.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';
import { WebSocketOutlet } from './web-socket-outlet.ts';

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
  /** Who brings it the messages of channels. */
  readonly fanOut: FanOut;
  readonly outbox: OutboxOptions;
  /** The client was too slow; it has been told so. */
  readonly onSlow: (waitingBytes: number) => void;
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

/** One client on a plain WebSocket: what it is told besides the messages of channels. */
export class LiveClient {
  readonly #webSocket: WebSocket;
  /** Where it stands among those who are brought messages. */
  readonly place: Place;
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

  constructor(options: LiveClientOptions) {
    const { webSocket, connection, dialect, fanOut, outbox, onSlow, now } = options;
    this.#webSocket = webSocket;
    this.place = fanOut.add(
      new Outbox(new WebSocketOutlet(webSocket, connection), outbox, (waiting) => {
        this.sendError('SLOW_CONSUMER', { message: `${waiting} bytes wait to be read` });
        onSlow(waiting);
      }),
    );
    this.#dialect = dialect;
    this.heartbeatAt = now;
    this.#budgetAt = now;
    this.closed = new Promise((resolve) => {
      webSocket.once('close', () => {
        this.place.close();
        resolve();
      });
    });
    webSocket.on('pong', () => {
      this.#isAlive = true;
    });
  }

  /** False from the moment at which either side began to close. */
  get isOpen(): boolean {
    return this.place.outbox.outlet.isOpen;
  }

  /** How many bytes the client has not taken yet. */
  get waitingBytes(): number {
    return this.place.outbox.waitingBytes;
  }

  send(message: object): void {
    this.sendFrame(new TextFrame(JSON.stringify(message)));
  }

  /** Sends what is no message of a channel, behind all that it was sent before. */
  sendFrame(frame: TextFrame): void {
    this.place.settle();
    this.place.outbox.send(frame);
  }

  /** Sends an answer, which the client has time to read whatever it weighs. */
  sendAnswer(message: object): void {
    const { outbox } = this.place;
    this.place.settle();
    outbox.answer(() => {
      if (this.isOpen) {
        outbox.outlet.append([new TextFrame(JSON.stringify(message))]);
      }
    });
  }

  /** Closes the connection where more waits than may. */
  refuseIfSlow(): void {
    this.place.outbox.refuseIfSlow();
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

  /** Sends a heartbeat, or ends the connection if the client did not answer the last one's ping. */
  heartbeat(now: number): void {
    this.heartbeatAt = now;
    if (!this.#isAlive) {
      this.#giveUp();
      return;
    }
    this.#isAlive = false;
    this.#webSocket.ping();
    this.answer(() => {
      const heartbeat = this.#dialect.heartbeat();
      if (heartbeat !== undefined) {
        this.send(heartbeat);
      }
    });
  }

  /**
   * It may be gone, or only not reading: what it was sent may be with the system still. In case it
   * reads on, it is told why it was ended; the library cuts off who does not.
   */
  #giveUp(): void {
    this.place.settle();
    this.place.outbox.close();
    this.sendError('SLOW_CONSUMER', { message: 'A ping was not answered' });
  }

  /** Ends the connection without a word: what waits for a client that does not read is dropped. */
  terminate(): void {
    this.#webSocket.terminate();
  }
}
