import { backoffDelayMs } from '@tickwire/protocol';
import { FeedError, type FeedErrorCode, toError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { ANSWER_TIMEOUT_MS, type OandaFeedConfig, REQUEST_SPACING_MS } from './config.ts';
import { parseAccounts, parseErrorMessage, parseInstrumentNames } from './parse.ts';

const MAX_RETRIES = 2;
const RETRY_BACKOFF = { baseMs: 500, capMs: 5_000, floorMs: 100 };
const RETRIED: readonly FeedErrorCode[] = [
  'FEED_UNREACHABLE',
  'FEED_UNAVAILABLE',
  'FEED_RATE_LIMITED',
];

/**
 * OANDA's request side: paced within its limits, each answer bounded in time. Failures that pass
 * by themselves are tried again here; every other one rejects with a {@link FeedError}.
 */
export class OandaRest {
  readonly #config: OandaFeedConfig;
  readonly #clock: Clock;
  #nextSlot = 0;

  constructor(config: OandaFeedConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** The ids of the accounts that the key may use. */
  async accounts(signal: AbortSignal): Promise<readonly string[]> {
    return this.#read('/v3/accounts', parseAccounts, signal);
  }

  /** The names of the instruments that an account has. */
  async instruments(accountId: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const path = `/v3/accounts/${encodeURIComponent(accountId)}/instruments`;
    return this.#read(path, parseInstrumentNames, signal);
  }

  /** Whether the venue gives a price for an instrument, whatever its list says. */
  async hasPrice(accountId: string, instrument: string, signal: AbortSignal): Promise<boolean> {
    const query = new URLSearchParams({ instruments: instrument });
    const path = `/v3/accounts/${encodeURIComponent(accountId)}/pricing?${query}`;
    try {
      return await this.#read(path, () => true, signal);
    } catch (error) {
      if (error instanceof FeedError && error.code === 'FEED_REFUSED') {
        return false;
      }
      throw error;
    }
  }

  async #read<T>(path: string, parse: (body: string) => T, signal: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#readOnce(path, parse, signal);
      } catch (error) {
        const isRetried = error instanceof FeedError && RETRIED.includes(error.code);
        if (!isRetried || attempt >= MAX_RETRIES || signal.aborted) {
          throw error;
        }
        const waitMs = Math.max(error.retryAfterMs ?? 0, backoffDelayMs(attempt, RETRY_BACKOFF));
        await this.#clock.sleep(waitMs, signal);
      }
    }
  }

  async #readOnce<T>(path: string, parse: (body: string) => T, signal: AbortSignal): Promise<T> {
    const slot = Math.max(this.#clock.now(), this.#nextSlot);
    this.#nextSlot = slot + REQUEST_SPACING_MS;
    if (slot > this.#clock.now()) {
      await this.#clock.sleep(slot - this.#clock.now(), signal);
    }
    const body = await withinTimeout(this.#clock, signal, async (bounded) => {
      const response = await fetch(`${this.#config.hosts.restUrl}${path}`, {
        headers: authorization(this.#config),
        signal: bounded,
      });
      const text = await response.text();
      if (!response.ok) {
        throw refusal(response.status, response.headers.get('retry-after'), text);
      }
      return text;
    });
    try {
      return parse(body);
    } catch (error) {
      throw new FeedError('FEED_INVALID_ANSWER', `${toError(error).message} (${path})`, {
        cause: error,
      });
    }
  }
}

/** The headers that every request and stream carries. */
export function authorization({ apiKey }: OandaFeedConfig): Record<string, string> {
  return { Authorization: `Bearer ${apiKey}`, 'Accept-Datetime-Format': 'RFC3339' };
}

/** The error that a refused request or stream stands for. */
export function refusal(
  status: number,
  retryAfter: string | null | undefined,
  body: string,
): FeedError {
  const detail = parseErrorMessage(body);
  const message = `OANDA answered ${status}${detail === undefined ? '' : `: ${detail}`}`;
  if (status === 401) {
    return new FeedError('FEED_UNAUTHORIZED', message);
  }
  if (status === 429 || status >= 500) {
    const code = status === 429 ? 'FEED_RATE_LIMITED' : 'FEED_UNAVAILABLE';
    const seconds = Number(retryAfter);
    return new FeedError(code, message, seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {});
  }
  return new FeedError('FEED_REFUSED', message);
}

/**
 * Runs a request that must have its answer in time. Rejects with a {@link FeedError}; after an
 * abort of the signal, with the signal's reason.
 */
async function withinTimeout<T>(
  clock: Clock,
  signal: AbortSignal,
  request: (bounded: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const timer = clock.schedule(ANSWER_TIMEOUT_MS, () => {
    timeout.abort();
  });
  try {
    return await request(AbortSignal.any([signal, timeout.signal]));
  } catch (error) {
    if (signal.aborted || error instanceof FeedError) {
      throw error;
    }
    if (timeout.signal.aborted) {
      throw new FeedError('FEED_TIMEOUT', `No answer within ${ANSWER_TIMEOUT_MS / 1_000} s`);
    }
    throw unreachable(error);
  } finally {
    timer.cancel();
  }
}

/** The error for a connection that could not be made. */
export function unreachable(error: unknown): FeedError {
  const message = `OANDA cannot be reached: ${describeFailure(error)}`;
  return new FeedError('FEED_UNREACHABLE', message, { cause: error });
}

/** What is to be said of a network failure; `fetch` keeps it one level below. */
export function describeFailure(error: unknown): string {
  const failure = toError(error);
  const { code, message } = toError(failure.cause ?? failure) as NodeJS.ErrnoException;
  return code ?? message;
}
