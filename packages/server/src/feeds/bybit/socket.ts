import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { FeedError, toError } from '../../domain/errors.ts';
import type { Clock, ScheduledCall } from '../../ports/clock.ts';
import { describeFailure } from '../http-answer.ts';
import { ANSWER_TIMEOUT_MS, BAN_MS, PING_MS, SILENCE_MS } from './config.ts';
import type { BybitAnswer } from './messages.ts';

export interface BybitSocketOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with every frame; what it throws ends the connection. */
  readonly onFrame: (text: string) => void;
}

/** The longest frame is a whole book of some hundred kilobytes. */
const MAX_FRAME_BYTES = 4_194_304;

interface Question {
  readonly resolve: (answer: BybitAnswer) => void;
  readonly timer: ScheduledCall;
}

/**
 * One connection to one category's public streams. It pings, notices silence, and tells which
 * answer belongs to which of our frames: an answer names nothing but the `req_id` of its frame.
 */
export class BybitSocket {
  /**
   * Rejects with the {@link FeedError} that ended the connection, resolves if the signal did; the
   * socket is gone by then.
   */
  readonly ended: Promise<void>;
  readonly #options: BybitSocketOptions;
  readonly #socket: WebSocket;
  readonly #questions = new Map<string, Question>();
  #end: (error?: FeedError) => void = () => undefined;
  #opened: () => void = () => undefined;
  #isOpen = false;
  #hasEnded = false;
  #lastRequest = 0;
  #lastFrameAt: number;
  #timer: ScheduledCall;

  constructor(options: BybitSocketOptions) {
    this.#options = options;
    const { clock, signal, url } = options;
    this.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES });
    this.#lastFrameAt = clock.elapsed();
    // The library's timeouts run on its own clock; ours covers the handshake too.
    this.#timer = clock.schedule(ANSWER_TIMEOUT_MS, () => {
      this.#end(new FeedError('FEED_TIMEOUT', 'No answer from Bybit to the handshake'));
    });
    this.ended = new Promise((resolve, reject) => {
      this.#end = (error) => {
        this.#close();
        if (error === undefined || signal.aborted) {
          resolve();
        } else {
          reject(error);
        }
      };
    });
    // Whoever waits for it is told; nobody may be waiting yet.
    this.ended.catch(() => undefined);
    this.#listen();
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Resolves once the connection stands; never, if it ended before. */
  async opened(): Promise<void> {
    return new Promise((resolve) => {
      this.#opened = resolve;
    });
  }

  /**
   * Asks for topics, or for no more of them; resolves with the answer to this frame, and never if
   * the connection ends before it.
   */
  async request(op: 'subscribe' | 'unsubscribe', args: readonly string[]): Promise<BybitAnswer> {
    this.#lastRequest += 1;
    const requestId = String(this.#lastRequest);
    this.#send({ req_id: requestId, op, args });
    return new Promise((resolve) => {
      if (this.#hasEnded) {
        return;
      }
      const timer = this.#options.clock.schedule(ANSWER_TIMEOUT_MS, () => {
        this.#end(new FeedError('FEED_TIMEOUT', `No answer from Bybit to ${op}`));
      });
      this.#questions.set(requestId, { resolve, timer });
    });
  }

  /** Brings an answer to whoever asked; false if nobody did. */
  settle(answer: BybitAnswer): boolean {
    const question = this.#questions.get(answer.requestId);
    this.#questions.delete(answer.requestId);
    question?.timer.cancel();
    question?.resolve(answer);
    return question !== undefined;
  }

  #listen(): void {
    const { onFrame, clock } = this.#options;
    this.#socket.on('open', () => {
      this.#isOpen = true;
      this.#lastFrameAt = clock.elapsed();
      this.#watch();
      this.#opened();
    });
    this.#socket.on('message', (data, isBinary) => {
      this.#lastFrameAt = clock.elapsed();
      if (isBinary) {
        return;
      }
      try {
        onFrame((data as Buffer).toString());
      } catch (error) {
        const message = toError(error).message;
        this.#end(new FeedError('FEED_INVALID_ANSWER', message, { cause: error }));
      }
    });
    this.#socket.on('unexpected-response', (_, response) => {
      this.#end(refusal(response));
    });
    this.#socket.on('error', (error) => {
      this.#end(this.#failure(error));
    });
    this.#socket.on('close', (code) => {
      this.#end(new FeedError('FEED_STREAM_ENDED', `Bybit closed the connection (${code})`));
    });
  }

  #failure(error: Error): FeedError {
    const failure = describeFailure(error);
    return this.#isOpen
      ? new FeedError('FEED_STREAM_ENDED', `The connection to Bybit broke: ${failure}`)
      : new FeedError('FEED_UNREACHABLE', `Bybit cannot be reached: ${failure}`);
  }

  /** One timer for pings and for the end of patience, whichever comes first. */
  #watch(): void {
    const { clock } = this.#options;
    const patienceMs = this.#lastFrameAt + SILENCE_MS - clock.elapsed();
    this.#timer.cancel();
    this.#timer = clock.schedule(Math.min(PING_MS, patienceMs), () => {
      if (clock.elapsed() - this.#lastFrameAt >= SILENCE_MS) {
        const message = `Nothing from Bybit for ${SILENCE_MS / 1_000} s`;
        this.#end(new FeedError('FEED_SILENT', message));
      } else {
        this.#send({ op: 'ping' });
        this.#watch();
      }
    });
  }

  #send(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  readonly #abort = (): void => {
    this.#end();
  };

  #close(): void {
    this.#hasEnded = true;
    this.#timer.cancel();
    this.#options.signal.removeEventListener('abort', this.#abort);
    for (const { timer } of this.#questions.values()) {
      timer.cancel();
    }
    this.#questions.clear();
    this.#socket.removeAllListeners();
    // A handshake that is given up fails once more.
    this.#socket.on('error', () => undefined);
    this.#socket.terminate();
  }
}

/** A 403 means that the address is banned or not served at all. Source: …/docs/v5/error. */
function refusal(response: IncomingMessage): FeedError {
  const { statusCode: status = 0 } = response;
  response.destroy();
  const message = `Bybit answered ${status} to the handshake`;
  if (status === 403) {
    return new FeedError('FEED_REFUSED', message, { status, retryAfterMs: BAN_MS });
  }
  if (status === 429 || status >= 500) {
    const code = status === 429 ? 'FEED_RATE_LIMITED' : 'FEED_UNAVAILABLE';
    return new FeedError(code, message, { status });
  }
  return new FeedError('FEED_REFUSED', message, { status });
}
