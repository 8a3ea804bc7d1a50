import { FeedError, toError } from '../../domain/errors.ts';
import type { Clock, ScheduledCall } from '../../ports/clock.ts';
import { LINE_TIMEOUT_MS, type OandaFeedConfig } from './config.ts';
import { LineSplitter } from './lines.ts';
import { authorization, refusal, unreachable } from './rest.ts';

export interface PricingStreamOptions {
  readonly config: OandaFeedConfig;
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
  const { clock, signal, onOpen, onLine } = options;
  const silence = new AbortController();
  const watchdog = new Watchdog(clock, LINE_TIMEOUT_MS, silence);
  let awaited = 'answer';
  try {
    const body = await openStream(options, AbortSignal.any([signal, silence.signal]));
    awaited = 'line';
    watchdog.reset();
    onOpen();
    const splitter = new LineSplitter();
    for await (const chunk of body) {
      for (const line of splitChunk(splitter, chunk)) {
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
      throw new FeedError(
        'FEED_SILENT',
        `No ${awaited} from OANDA for ${LINE_TIMEOUT_MS / 1_000} s`,
      );
    }
    throw error instanceof FeedError ? error : unreachable(error);
  } finally {
    watchdog.stop();
    // Whatever ended the reading, the socket goes with it.
    silence.abort();
  }
}

async function openStream(
  { config, accountId, instruments }: PricingStreamOptions,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const query = new URLSearchParams({ instruments: instruments.join(',') });
  const path = `/v3/accounts/${encodeURIComponent(accountId)}/pricing/stream?${query}`;
  const response = await fetch(`${config.hosts.streamUrl}${path}`, {
    headers: { ...authorization(config), 'Accept-Encoding': 'identity' },
    signal,
  });
  if (!response.ok || response.body === null) {
    throw refusal(response, await response.text());
  }
  return response.body;
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
    this.#lastSignAt = clock.now();
    this.#timer = this.#arm(limitMs);
  }

  /** Cheap enough for every line: the timer is set anew only when it fires. */
  reset(): void {
    this.#lastSignAt = this.#clock.now();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #arm(ms: number): ScheduledCall {
    return this.#clock.schedule(ms, () => {
      const restMs = this.#lastSignAt + this.#limitMs - this.#clock.now();
      if (restMs <= 0) {
        this.#silence.abort();
      } else {
        this.#timer = this.#arm(restMs);
      }
    });
  }
}
