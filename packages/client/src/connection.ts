import type { StreamMessage, StreamRequest } from '@tickwire/protocol';
import type { Clock, ScheduledCall } from './clock.ts';
import { TickwireError } from './error.ts';
import { type Refusal, reconnectDelayMs, ruleOf } from './reconnect.ts';
import type { WebSocketConstructor, WebSocketLike } from './web-socket.ts';

/**
 * idle: before the first connection. connecting, connected. waiting: lost, and tried again by
 * itself after a while. refused: the server will not have this client as it is; `connect` tries
 * again. closed: by the user, for good.
 */
export type ClientState = 'idle' | 'connecting' | 'connected' | 'waiting' | 'refused' | 'closed';

export interface StateDetails {
  /** Why the connection was lost. */
  readonly reason?: string;
  /** In `waiting`: milliseconds until the next attempt. */
  readonly retryInMs?: number;
  /** What the server said before it ended the connection. */
  readonly error?: TickwireError;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly WebSocket: WebSocketConstructor;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onMessage: (message: StreamMessage) => void;
  readonly onState: (state: ClientState, details: StateDetails) => void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** After so long without a message the server is asked whether it is there. */
const SILENT_AFTER_MS = 30_000;
const PONG_TIMEOUT_MS = 10_000;
/** A connection that lived so long was a good one: the next backoff begins anew. */
const SETTLED_MS = 2_000;
/** As a WebSocket says that it broke. */
const ABNORMAL = 1006;

/** One WebSocket at a time, and another one when it is lost, as the close code asks for. */
export class Connection {
  readonly #options: ConnectionOptions;
  #state: ClientState = 'idle';
  #socket: WebSocketLike | undefined;
  /** The next attempt, the end of this one, or the next look at whether the server is there. */
  #timer: ScheduledCall | undefined;
  #attempt = 0;
  /** When the last connection that lasted was lost. */
  #lostAt = 0;
  #openedAt: number | undefined;
  #heardAt = 0;
  #refusal: Refusal | undefined;
  #waiting: readonly Waiting[] = [];

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Connects now; resolves once there is a connection, and rejects where there will be none. */
  open(): Promise<void> {
    if (this.#state === 'closed') {
      return Promise.reject(new Error('The client is closed'));
    }
    if (this.#state === 'connected') {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#waiting = [...this.#waiting, { resolve, reject }];
      this.begin();
    });
  }

  /** Connects now, unless it is connected or about to be. */
  begin(): void {
    if (this.#socket === undefined && this.#state !== 'closed') {
      this.#connect();
    }
  }

  /** Sends a request, where there is a connection. */
  send(request: StreamRequest): void {
    if (this.#state === 'connected') {
      this.#socket?.send(JSON.stringify(request));
    }
  }

  close(): void {
    if (this.#state !== 'closed') {
      this.#timer?.cancel();
      const socket = this.#socket;
      this.#socket = undefined;
      socket?.close(1000);
      this.#become('closed');
    }
  }

  #connect(): void {
    const { WebSocket, url, clock } = this.#options;
    this.#timer?.cancel();
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#openedAt = undefined;
    this.#refusal = undefined;
    this.#timer = clock.schedule(CONNECT_TIMEOUT_MS, () => {
      this.#abandon(socket, 'The server does not answer');
    });
    socket.onopen = () => {
      if (this.#socket === socket) {
        this.#opened(socket);
      }
    };
    socket.onmessage = ({ data }: { readonly data: unknown }) => {
      if (this.#socket === socket) {
        this.#receive(data);
      }
    };
    socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) => {
      if (this.#socket === socket) {
        this.#lose(code, reason);
      }
    };
    // What there is to say, the close that follows says.
    socket.onerror = () => undefined;
    this.#become('connecting');
  }

  #opened(socket: WebSocketLike): void {
    const now = this.#options.clock.elapsed();
    this.#openedAt = now;
    this.#heardAt = now;
    this.#watch(socket, SILENT_AFTER_MS);
    this.#become('connected');
  }

  /** Looks after a while whether anything was heard; asks, and waits for an answer, if not. */
  #watch(socket: WebSocketLike, ms: number): void {
    const { clock } = this.#options;
    this.#timer?.cancel();
    this.#timer = clock.schedule(ms, () => {
      const now = clock.elapsed();
      const silentMs = now - this.#heardAt;
      if (silentMs < SILENT_AFTER_MS) {
        this.#watch(socket, SILENT_AFTER_MS - silentMs);
        return;
      }
      this.send({ op: 'ping' });
      this.#timer = clock.schedule(PONG_TIMEOUT_MS, () => {
        if (this.#heardAt < now) {
          this.#abandon(socket, 'The server is silent');
        } else {
          this.#watch(socket, SILENT_AFTER_MS);
        }
      });
    });
  }

  #receive(data: unknown): void {
    this.#heardAt = this.#options.clock.elapsed();
    const message = parseMessage(data);
    if (message === undefined) {
      return;
    }
    if ('op' in message && message.op === 'error' && ruleOf(message.error_code) !== 'open') {
      this.#refusal = message;
    }
    this.#options.onMessage(message);
  }

  /** Ends a connection whose other end may not be there any more. */
  #abandon(socket: WebSocketLike, reason: string): void {
    this.#lose(ABNORMAL, reason);
    if (socket.terminate === undefined) {
      socket.close();
    } else {
      socket.terminate();
    }
  }

  #lose(code: number, reason: string): void {
    const { clock, random } = this.#options;
    const refusal = this.#refusal;
    this.#socket = undefined;
    this.#timer?.cancel();
    const now = clock.elapsed();
    if (this.#openedAt !== undefined && now - this.#openedAt >= SETTLED_MS) {
      this.#attempt = 0;
    }
    this.#lostAt = this.#attempt === 0 ? now : this.#lostAt;
    const awayMs = now - this.#lostAt;
    const delayMs = reconnectDelayMs({ code, refusal, attempt: this.#attempt, awayMs }, random);
    this.#attempt += 1;
    const details = {
      reason: refusal?.error_message ?? (reason === '' ? `Closed with ${code}` : reason),
      ...(refusal && {
        error: new TickwireError(refusal.error_code, refusal.error_message, delayMs),
      }),
    };
    if (delayMs === undefined) {
      this.#become('refused', details);
      return;
    }
    this.#timer = clock.schedule(delayMs, () => {
      this.#connect();
    });
    this.#become('waiting', { ...details, retryInMs: delayMs });
  }

  #become(state: ClientState, details: StateDetails = {}): void {
    this.#state = state;
    const isOver = state === 'refused' || state === 'closed';
    if (state === 'connected' || isOver) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const { resolve, reject } of waiting) {
        if (isOver) {
          reject(details.error ?? new Error(details.reason ?? 'The client is closed'));
        } else {
          resolve();
        }
      }
    }
    this.#options.onState(state, details);
  }
}

/** Undefined for what is no message of the server. */
function parseMessage(data: unknown): StreamMessage | undefined {
  if (typeof data !== 'string') {
    return undefined;
  }
  try {
    const message: StreamMessage | null = JSON.parse(data) as StreamMessage | null;
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}
