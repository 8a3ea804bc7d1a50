/**
 * OANDA's two hosts on loopback: one listener answers requests, the other streams prices. What
 * every request passes, in this order: the rate limit, the faults, the route, the token, the
 * account.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answerFaults, FAULTS_PATH } from '../faults/fault-endpoint.ts';
import { createFaults, type Faults } from '../faults/faults.ts';
import { createGeneratedMarket } from '../market/generated-market.ts';
import { sendAnswer } from '../http/http-answer.ts';
import { closeListener, listen, publicFaults, UNAVAILABLE_HTML, urlOf } from '../http/listener.ts';
import { createMarketVenue } from './market-venue.ts';
import { OandaError, tooManyRequests, unauthorized, unknownEndpoint } from './oanda-errors.ts';
import {
  listAccounts,
  listCandles,
  listInstruments,
  listLatestCandles,
  listPrices,
  type RestContext,
  type RestRequest,
} from './oanda-rest.ts';
import { checkAccount, findRoute, type Host, type Route } from './oanda-route.ts';
import { DEFAULT_SETTINGS, type OandaSimulatorOptions } from '../options.ts';
import { generatedOrigin } from '../origin.ts';
import { createBurstLimit, createSlidingLimit } from '../http/rate-limit.ts';
import { loadRecordedVenue } from '../recorded/recorded.ts';
import { createStreamEndpoint, type StreamEndpoint } from './stream-endpoint.ts';
import { createVenueClock, type VenueClock } from '../venue-clock.ts';
import { timeFormatOf } from '../venue-time.ts';
import type { Venue } from './venue.ts';

const REQUESTS_PER_SECOND = 120;
const CONNECTIONS_PER_SECOND = 2;
/** OANDA's own burst is not known; this much stops nothing but a storm of reconnects. */
const CONNECTION_BURST = 300;
const KEEP_ALIVE_MS = 60_000;
const DEFAULT_ACCOUNT_ID = '101-001-0000001-001';

/** A simulated OANDA v20. */
export interface OandaSimulator extends AsyncDisposable {
  /**
   * Reads the recorded data, if there is any, and listens on both ports. Rejects with the
   * system's error if a port is taken, and with one that names the path if data cannot be used.
   */
  start(): Promise<void>;
  /** `http://127.0.0.1:port` of the REST host, without `/v3`; known once started. */
  readonly restUrl: string;
  /** The same of the stream host. */
  readonly streamUrl: string;
  /**
   * Which market it is: `simulated seed=1 weekend=open`, with `from=` where its clock began in the
   * past, or `recorded` and a hash of what there is and when; known once started.
   */
  readonly origin: string;
  readonly faults: Faults;
  /** Ends every stream and connection; repeated calls return the same promise. */
  close(): Promise<void>;
}

/** Builds a simulator; nothing runs before `start`. */
export function createOandaSimulator(options: OandaSimulatorOptions = {}): OandaSimulator {
  const now = options.now ?? Date.now;
  const log = options.log ?? (() => undefined);
  const host = options.host ?? '127.0.0.1';
  const faults = createFaults(now);
  const requestLimit = createSlidingLimit(REQUESTS_PER_SECOND, now);
  const connectionLimit = createBurstLimit(CONNECTION_BURST, CONNECTIONS_PER_SECOND, now);
  const closed = new AbortController();
  let context: RestContext | undefined;
  let streams: StreamEndpoint | undefined;
  let starting: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  const servers: Record<Host, Server> = {
    rest: createServer((request, response) => void answer('rest', request, response)),
    stream: createServer((request, response) => void answer('stream', request, response)),
  };
  for (const server of Object.values(servers)) {
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.on('connection', (socket: Socket) => {
      if (!connectionLimit.take(socket.remoteAddress ?? '')) {
        log(`Refused a connection of ${socket.remoteAddress}: more than 2 new ones per second`);
        socket.destroy();
      }
    });
  }

  async function answer(
    on: Host,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      const url = readUrl(request);
      if (url.pathname === FAULTS_PATH) {
        await answerFaults(faults, request, response, url.searchParams);
      } else if (await pass(request, response)) {
        await dispatch(findRoute(request.method, url.pathname, on), url, request, response);
      }
    } catch (error) {
      await answerError(error, request, response);
    }
  }

  /** Whether a request gets through the limit and the faults; false if it was answered here. */
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (!requestLimit.take(request.socket.remoteAddress ?? '')) {
      throw tooManyRequests('requests');
    }
    const slow = faults.take('slow');
    if (slow !== undefined) {
      await delay(slow.delayMs, undefined, { signal: closed.signal, ref: false });
    }
    if (faults.take('unauthorized') !== undefined) {
      throw unauthorized();
    }
    if (faults.take('too-many-requests') !== undefined) {
      throw tooManyRequests('requests');
    }
    if (faults.take('unavailable') !== undefined) {
      await sendAnswer(request, response, 503, UNAVAILABLE_HTML, 'text/html');
      return false;
    }
    return true;
  }

  async function dispatch(
    { endpoint, accountId, instrument }: Route,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (context === undefined || streams === undefined) {
      throw new OandaError(503, 'The simulator has not started.');
    }
    checkToken(request.headers.authorization, options.token);
    checkAccount(accountId, options.accountId);
    const format = timeFormatOf(request.headers['accept-datetime-format']?.toString());
    const asked: RestRequest = { query: url.searchParams, format, instrument };
    if (endpoint === 'pricing-stream') {
      streams.open(request, response, asked);
      return;
    }
    const answers = {
      accounts: listAccounts,
      instruments: listInstruments,
      pricing: listPrices,
      candles: listCandles,
      'latest-candles': listLatestCandles,
    };
    await sendAnswer(request, response, 200, await answers[endpoint](context, asked));
  }

  async function answerError(
    error: unknown,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const known =
      error instanceof OandaError
        ? error
        : new OandaError(500, 'An internal server error has occurred.');
    if (known !== error && !closed.signal.aborted) {
      log(`Failed to answer ${request.url}: ${String(error)}`);
    }
    await sendAnswer(request, response, known.status, known.body);
  }

  async function start(): Promise<void> {
    const clock = createVenueClock({
      startOffsetMs: options.startOffsetMs ?? DEFAULT_SETTINGS.startOffsetMs,
      speed: options.speed ?? DEFAULT_SETTINGS.speed,
      now,
    });
    const venue = await openVenue(options, clock, now, log);
    if (closed.signal.aborted) {
      throw new Error('The simulator was closed while it started');
    }
    const accountId = options.accountId ?? DEFAULT_ACCOUNT_ID;
    context = { venue, clock, faults, accountId };
    streams = createStreamEndpoint(context, log);
    try {
      await listen(servers.rest, options.restPort ?? 0, host);
      await listen(servers.stream, options.streamPort ?? 0, host);
    } catch (error) {
      await close();
      throw error;
    }
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      closed.abort();
      streams?.closeAll();
      context?.venue.player?.close();
      await Promise.all(Object.values(servers).map(closeListener));
    })();
    return closing;
  }

  return {
    start: () => (starting ??= start()),
    get restUrl() {
      return urlOf(servers.rest, host);
    },
    get streamUrl() {
      return urlOf(servers.stream, host);
    },
    get origin() {
      return context?.venue.origin ?? '';
    },
    faults: publicFaults(faults),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function openVenue(
  options: OandaSimulatorOptions,
  clock: VenueClock,
  now: () => number,
  log: (line: string) => void,
): Promise<Venue> {
  const { seed, weekend, data, shift, speed } = { ...DEFAULT_SETTINGS, ...options };
  if (data.length === 0) {
    const origin = generatedOrigin({ seed, weekend }, clock);
    return createMarketVenue(createGeneratedMarket({ seed, weekend }), origin);
  }
  return loadRecordedVenue({ paths: data, shift, speed, clock, now, log });
}

function readUrl({ url = '/' }: IncomingMessage): URL {
  if (!URL.canParse(url, 'http://simulator')) {
    throw unknownEndpoint();
  }
  return new URL(url, 'http://simulator');
}

function checkToken(header: string | undefined, token: string | undefined): void {
  const given = /^Bearer\s+(\S+)\s*$/i.exec(header ?? '')?.[1];
  if (given === undefined || (token !== undefined && given !== token)) {
    throw unauthorized();
  }
}
