import { Agent, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { FeedError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { getAnswer, readBody, readRefusal } from '../http-answer.ts';
import { CONNECTION_WINDOW_MS, CONNECTIONS_PER_WINDOW, type OandaFeedConfig } from './config.ts';
import { parseErrorMessage } from './parse.ts';

const MAX_RETRY_AFTER_MS = 3_600_000;

/** Connections to OANDA, never more than it accepts. */
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
    const headers = {
      Authorization: `Bearer ${this.#config.apiKey}`,
      'Accept-Datetime-Format': 'RFC3339',
    };
    const response = await getAnswer(url, { agent, headers, signal });
    if (response.statusCode !== 200) {
      throw refusal(response, await readRefusal(response, this.#clock), this.#clock.now());
    }
    return response;
  }
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
