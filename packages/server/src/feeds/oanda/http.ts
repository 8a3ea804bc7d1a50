import { Agent, type IncomingMessage, get as getHttp } from 'node:http';
import { Agent as TlsAgent, get as getHttps } from 'node:https';
import { FeedError, toError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { CONNECTION_WINDOW_MS, CONNECTIONS_PER_WINDOW, type OandaFeedConfig } from './config.ts';
import { parseErrorMessage } from './parse.ts';

const MAX_BODY_BYTES = 4_194_304;
const MAX_ERROR_BYTES = 65_536;
const MAX_ERROR_MS = 1_000;
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Connections to OANDA, never more than it accepts. Not `fetch`, which opens connections of its
 * own accord: a spare one after an abort, a second one for a request that follows at once.
 */
export class OandaHttp {
  readonly #config: OandaFeedConfig;
  readonly #clock: Clock;
  readonly #agents = {
    'http:': new Agent({ keepAlive: true, maxSockets: 1 }),
    'https:': new TlsAgent({ keepAlive: true, maxSockets: 1 }),
  };
  #connects: number[] = [];

  constructor(config: OandaFeedConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Asks over the one connection that requests share; resolves with the whole body. */
  async request(path: string, signal: AbortSignal): Promise<string> {
    const url = new URL(`${this.#config.hosts.restUrl}${path}`);
    const agent = this.#agents[url.protocol === 'https:' ? 'https:' : 'http:'];
    if (Object.keys(agent.freeSockets).length === 0) {
      await this.#awaitConnection(signal);
    }
    const response = await this.#get(url, agent, signal);
    return readBody(response);
  }

  /** Opens a connection of its own; resolves once the venue has accepted it. */
  async stream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    await this.#awaitConnection(signal);
    return this.#get(new URL(`${this.#config.hosts.streamUrl}${path}`), false, signal);
  }

  /** Ends the connection that requests share; the next request opens another. */
  release(): void {
    this.#agents['http:'].destroy();
    this.#agents['https:'].destroy();
  }

  /** Waits for a place among the connections that may be opened in one span of time. */
  async #awaitConnection(signal: AbortSignal): Promise<void> {
    const isRecent = (at: number): boolean => at > this.#clock.elapsed() - CONNECTION_WINDOW_MS;
    this.#connects = this.#connects.filter(isRecent);
    const oldest = this.#connects.at(-CONNECTIONS_PER_WINDOW);
    const now = this.#clock.elapsed();
    const startAt = oldest === undefined ? now : oldest + CONNECTION_WINDOW_MS;
    this.#connects.push(startAt);
    await this.#clock.sleep(startAt - now, signal);
  }

  async #get(url: URL, agent: Agent | false, signal: AbortSignal): Promise<IncomingMessage> {
    const get = url.protocol === 'https:' ? getHttps : getHttp;
    const headers = {
      Authorization: `Bearer ${this.#config.apiKey}`,
      'Accept-Datetime-Format': 'RFC3339',
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { agent, headers, signal }, resolve)
        .on('error', reject)
        // An answer of 101 ends the connection without an error.
        .on('close', () => {
          reject(new Error('the connection ended before an answer'));
        });
    });
    if (response.statusCode !== 200) {
      throw refusal(response, await this.#readRefusal(response), this.#clock.now());
    }
    return response;
  }

  /** What can be had of the words of a refusal: its status counts, whatever becomes of them. */
  async #readRefusal(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = this.#clock.schedule(MAX_ERROR_MS, () => {
      response.destroy();
    });
    try {
      for await (const chunk of response) {
        chunks.push(chunk as Buffer);
        bytes += (chunk as Buffer).length;
        if (bytes > MAX_ERROR_BYTES) {
          break;
        }
      }
    } catch {
      // Cut off or too slow: what has come will do.
    } finally {
      timer.cancel();
    }
    return Buffer.concat(chunks).toString();
  }
}

/** The error for a connection that could not be made. */
export function unreachable(error: unknown): FeedError {
  const message = `OANDA cannot be reached: ${describeFailure(error)}`;
  return new FeedError('FEED_UNREACHABLE', message, { cause: error });
}

/** What is to be said of a network failure. */
export function describeFailure(error: unknown): string {
  const { code, message } = toError(error) as NodeJS.ErrnoException;
  return code ?? message;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) {
      const message = `Expected an answer of at most ${MAX_BODY_BYTES} bytes`;
      throw new FeedError('FEED_INVALID_ANSWER', message);
    }
  }
  return Buffer.concat(chunks).toString();
}

function refusal({ statusCode: status = 0, headers }: IncomingMessage, body: string, now: number) {
  const detail = parseErrorMessage(body);
  const message = `OANDA answered ${status}${detail === undefined ? '' : `: ${detail}`}`;
  if (status === 401 || status === 403) {
    return new FeedError('FEED_UNAUTHORIZED', message, { status });
  }
  if (status === 429 || status >= 500) {
    const code = status === 429 ? 'FEED_RATE_LIMITED' : 'FEED_UNAVAILABLE';
    return new FeedError(code, message, { status, ...retryAfter(headers['retry-after'], now) });
  }
  return new FeedError('FEED_REFUSED', message, { status });
}

/** Seconds or a date, as RFC 9110, 10.2.3 has it; a venue that asks for more than an hour errs. */
function retryAfter(header: string | undefined, now: number): { retryAfterMs?: number } {
  const waitMs = /^\d+$/.test(header ?? '')
    ? Number(header) * 1_000
    : Date.parse(header ?? '') - now;
  return waitMs > 0 ? { retryAfterMs: Math.min(waitMs, MAX_RETRY_AFTER_MS) } : {};
}
