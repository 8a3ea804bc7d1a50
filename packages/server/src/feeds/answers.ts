/** How a venue is asked: each answer is bounded in time, and what passes by itself is tried again. */
import { backoffDelayMs } from '@tickwire/protocol';
import { FeedError, type FeedErrorCode } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { describeFailure } from './http-answer.ts';

export interface AskOptions {
  readonly clock: Clock;
  /** Aborts once nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

const MAX_RETRIES = 2;
const RETRY_BACKOFF = { baseMs: 500, capMs: 5_000, floorMs: 100 };

/**
 * Asks, and twice more after a failure of one of these codes. Where the venue asks to be left alone
 * it is not tried again here: whoever asks decides whether to wait for so long.
 */
export async function askAgain<T>(
  ask: () => Promise<T>,
  passing: readonly FeedErrorCode[],
  { clock, signal }: AskOptions,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const mayPass =
        error instanceof FeedError &&
        passing.includes(error.code) &&
        error.retryAfterMs === undefined;
      if (!mayPass || attempt >= MAX_RETRIES || signal.aborted) {
        throw error;
      }
      await clock.sleep(backoffDelayMs(attempt, RETRY_BACKOFF), signal);
    }
  }
}

/**
 * Runs a request of a venue under a signal of its own, which aborts with the other one or when the
 * time is over. Every failure rejects with a {@link FeedError}.
 */
export async function withinTime<T>(
  venue: string,
  request: (bounded: AbortSignal) => Promise<T>,
  { clock, signal, timeoutMs }: AskOptions & { readonly timeoutMs: number },
): Promise<T> {
  // Not `AbortSignal.any`: Node 20 keeps a little of each for as long as the first signal lives.
  const bounded = new AbortController();
  const end = (): void => {
    bounded.abort();
  };
  signal.addEventListener('abort', end);
  if (signal.aborted) {
    end();
  }
  const timer = clock.schedule(timeoutMs, end);
  try {
    return await request(bounded.signal);
  } catch (error) {
    if (error instanceof FeedError) {
      throw error;
    }
    if (bounded.signal.aborted && !signal.aborted) {
      const message = `No answer from ${venue} within ${timeoutMs / 1_000} s`;
      throw new FeedError('FEED_TIMEOUT', message, { cause: error });
    }
    throw unreachable(venue, error);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', end);
  }
}

/** The error for a connection that could not be made, or broke. */
export function unreachable(venue: string, error: unknown): FeedError {
  const message = `${venue} cannot be reached: ${describeFailure(error)}`;
  return new FeedError('FEED_UNREACHABLE', message, { cause: error });
}
