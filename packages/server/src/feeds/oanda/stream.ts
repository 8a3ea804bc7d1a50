import { FeedError, toError } from '../../domain/errors.ts';
import type { Clock, ScheduledCall } from '../../ports/clock.ts';
import { LINE_TIMEOUT_MS } from './config.ts';
import { unreachable } from '../answers.ts';
import { describeFailure } from '../http-answer.ts';
import type { OandaHttp } from './http.ts';
import { LineSplitter } from './lines.ts';

export interface PricingStreamOptions {
  readonly http: OandaHttp;
  readonly accountId: string;
  readonly instruments: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once the venue has accepted the stream. */
  readonly onOpen: () => void;
  /** Called with every line; what it throws ends the stream. */
  readonly onLine: (line: string) => void;
}

/**
 * Reads one pricing stream until it ends: rejects with a {@link FeedError} that says why, also
 * when the venue has said nothing for 10 s, because a stream can fall silent without closing.
 * Resolves only after the signal has aborted.
 */
export async function readPricingStream(options: PricingStreamOptions): Promise<void> {
  const { http, accountId, instruments, clock, signal, onOpen, onLine } = options;
  const query = new URLSearchParams({ instruments: instruments.join(',') });
  const path = `/v3/accounts/${encodeURIComponent(accountId)}/pricing/stream?${query}`;
  const silence = new AbortController();
  const watchdog = new Watchdog(clock, LINE_TIMEOUT_MS, silence);
  let isOpen = false;
  try {
    const body = await http.stream(path, AbortSignal.any([signal, silence.signal]));
    isOpen = true;
    watchdog.reset();
    onOpen();
    const splitter = new LineSplitter();
    for await (const chunk of body) {
      for (const line of splitChunk(splitter, chunk as Buffer)) {
        watchdog.reset();
        onLine(line);
      }
    }
    throw new FeedError('FEED_STREAM_ENDED', 'OANDA closed the stream');
  } catch (error) {
    if (signal.aborted) {
      return;
    }
    if (silence.signal.aborted) {
      const awaited = isOpen ? 'line' : 'answer';
      const message = `No ${awaited} from OANDA for ${LINE_TIMEOUT_MS / 1_000} s`;
      throw new FeedError('FEED_SILENT', message);
    }
    if (error instanceof FeedError) {
      throw error;
    }
    throw isOpen ? broken(error) : unreachable('OANDA', error);
  } finally {
    watchdog.stop();
    // Whatever ended the reading, the socket goes with it.
    silence.abort();
  }
}

function broken(error: unknown): FeedError {
  const message = `The stream from OANDA broke: ${describeFailure(error)}`;
  return new FeedError('FEED_STREAM_ENDED', message, { cause: error });
}

function splitChunk(splitter: LineSplitter, chunk: Uint8Array): string[] {
  try {
    return splitter.push(chunk);
  } catch (error) {
    throw new FeedError('FEED_INVALID_ANSWER', toError(error).message, { cause: error });
  }
}

/** Aborts when it has not been reset for a while. */
class Watchdog {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #silence: AbortController;
  #lastSignAt: number;
  #timer: ScheduledCall;

  constructor(clock: Clock, limitMs: number, silence: AbortController) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#silence = silence;
    this.#lastSignAt = clock.elapsed();
    this.#timer = this.#arm(limitMs);
  }

  /** Cheap enough for every line: the timer is set anew only when it fires. */
  reset(): void {
    this.#lastSignAt = this.#clock.elapsed();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #arm(ms: number): ScheduledCall {
    return this.#clock.schedule(ms, () => {
      const restMs = this.#lastSignAt + this.#limitMs - this.#clock.elapsed();
      if (restMs <= 0) {
        this.#silence.abort();
      } else {
        this.#timer = this.#arm(restMs);
      }
    });
  }
}
