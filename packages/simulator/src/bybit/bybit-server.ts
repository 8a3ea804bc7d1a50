/**
 * Bybit v5's public side on loopback: one listener for REST and for the sockets of all categories.
 * What a request passes, in this order: the ban, the faults, the route.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { BybitError, sendError, sendResult, sendText, TOO_MANY_VISITS } from './bybit-answer.ts';
import { createGeneratedVenue } from './bybit-generated-venue.ts';
import { loadBybitRecording } from './bybit-recorded-venue.ts';
import { BYBIT_ENDPOINTS } from './bybit-rest.ts';
import { type BybitSockets, createBybitSockets } from './bybit-sockets.ts';
import type { BybitVenue } from './bybit-venue.ts';
import { answerFaults, FAULTS_PATH } from '../faults/fault-endpoint.ts';
import { createFaults, type Faults } from '../faults/faults.ts';
import { closeListener, listen, publicFaults, UNAVAILABLE_HTML, urlOf } from '../http/listener.ts';
import { type BybitSimulatorOptions, DEFAULT_SETTINGS } from '../options.ts';
import { createRequestBan } from '../http/request-ban.ts';
import { createVenueClock, type VenueClock } from '../venue-clock.ts';

const REQUESTS = 600;
const REQUEST_WINDOW_MS = 5_000;
const BAN_MS = 600_000;
const CONNECTIONS = 500;
const CONNECTION_WINDOW_MS = 300_000;
const IDLE_MS = 600_000;
const MARKET_PATH = '/v5/market/';
const FORBIDDEN_HTML =
  '<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>\n';

/** A simulated Bybit v5. */
export interface BybitSimulator extends AsyncDisposable {
  /**
   * Reads the recorded data, if there is any, and listens. Rejects with the system's error if the
   * port is taken, and with one that names the path if data cannot be used.
   */
  start(): Promise<void>;
  /** `ws://127.0.0.1:port`, without `/v5`; known once started. */
  readonly wsUrl: string;
  /** `http://127.0.0.1:port`, without `/v5`. */
  readonly restUrl: string;
  /**
   * Which market it is: `simulated seed=1`, with `from=` where its clock began in the past, or
   * `recorded` and a hash of what there is and when; known once started.
   */
  readonly origin: string;
  readonly faults: Faults;
  /** Ends every connection; repeated calls return the same promise. */
  close(): Promise<void>;
}

interface Running {
  readonly clock: VenueClock;
  readonly venue: BybitVenue;
  readonly sockets: BybitSockets;
}

/** Builds a simulator; nothing runs before `start`. */
export function createBybitSimulator(options: BybitSimulatorOptions = {}): BybitSimulator {
  const now = options.now ?? Date.now;
  const log = options.log ?? (() => undefined);
  const host = options.host ?? '127.0.0.1';
  const faults = createFaults(now);
  const ban = createRequestBan({
    most: options.requestLimit ?? REQUESTS,
    windowMs: REQUEST_WINDOW_MS,
    banMs: options.banMs ?? BAN_MS,
    now,
  });
  const connectionLimit = createRequestBan({
    most: options.connectionLimit ?? CONNECTIONS,
    windowMs: CONNECTION_WINDOW_MS,
    banMs: 0,
    now,
  });
  const closed = new AbortController();
  let running: Running | undefined;
  let starting: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  const server: Server = createServer((request, response) => void answer(request, response));
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    void upgrade(request, stream, head);
  });

  async function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    try {
      await running?.sockets.upgrade(request, request.socket, head);
    } catch (error) {
      stream.destroy();
      if (!closed.signal.aborted) {
        log(`Failed to open ${request.url}: ${String(error)}`);
      }
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://simulator');
      if (url.pathname === FAULTS_PATH) {
        await answerFaults(faults, request, response, url.searchParams);
      } else if (await pass(request, response)) {
        await dispatch(request, response, url);
      }
    } catch (error) {
      answerError(error, request, response);
    }
  }

  /** Whether a request gets through the ban and the faults; false if it was answered here. */
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (!ban.take(request.socket.remoteAddress ?? '')) {
      sendText(response, 403, 'access too frequent', 'text/plain');
      return false;
    }
    const slow = faults.take('slow');
    if (slow !== undefined) {
      await delay(slow.delayMs, undefined, { signal: closed.signal, ref: false });
    }
    if (faults.take('unauthorized') !== undefined || hasBody(request)) {
      sendText(response, 403, FORBIDDEN_HTML);
      return false;
    }
    if (faults.take('unavailable') !== undefined) {
      sendText(response, 503, UNAVAILABLE_HTML);
      return false;
    }
    if (faults.take('too-many-requests') !== undefined) {
      throw new BybitError(TOO_MANY_VISITS, 'Too many visits. Exceeded the API Rate Limit.');
    }
    return true;
  }

  async function dispatch(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
  ): Promise<void> {
    const endpoint = url.pathname.startsWith(MARKET_PATH)
      ? BYBIT_ENDPOINTS.get(url.pathname.slice(MARKET_PATH.length))
      : undefined;
    if (endpoint === undefined || request.method !== 'GET' || running === undefined) {
      sendText(response, 404, '404 page not found', 'text/plain');
      return;
    }
    const nowMs = running.clock.now();
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort();
    });
    const context = { venue: running.venue, faults, nowMs, signal: gone.signal };
    sendResult(response, await endpoint(context, url.searchParams), nowMs);
  }

  function answerError(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const known = error instanceof BybitError ? error : new BybitError(10_016, 'Server error.');
    if (known !== error && !closed.signal.aborted) {
      log(`Failed to answer ${request.url}: ${String(error)}`);
    }
    sendError(response, known, running?.clock.now() ?? now());
  }

  async function start(): Promise<void> {
    const clock = createVenueClock({
      startOffsetMs: options.startOffsetMs ?? DEFAULT_SETTINGS.startOffsetMs,
      speed: options.speed ?? DEFAULT_SETTINGS.speed,
      now,
    });
    const venue = await openVenue(clock);
    if (closed.signal.aborted) {
      venue.close();
      throw new Error('The simulator was closed while it started');
    }
    const idleMs = options.idleMs ?? IDLE_MS;
    const sockets = createBybitSockets({ venue, faults, connectionLimit, idleMs, now, log });
    running = { clock, venue, sockets };
    try {
      await listen(server, options.port ?? 0, host);
    } catch (error) {
      await close();
      throw error;
    }
  }

  async function openVenue(clock: VenueClock): Promise<BybitVenue> {
    const { seed, data, shift, speed } = { ...DEFAULT_SETTINGS, ...options };
    return data.length === 0
      ? createGeneratedVenue({ seed, clock, faults })
      : loadBybitRecording({ paths: data, shift, speed, now, log });
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      closed.abort();
      running?.venue.close();
      running?.sockets.closeAll();
      await closeListener(server);
    })();
    return closing;
  }

  return {
    start: () => (starting ??= start()),
    get wsUrl() {
      return urlOf(server, host).replace('http', 'ws');
    },
    get restUrl() {
      return urlOf(server, host);
    },
    get origin() {
      return running?.venue.origin ?? '';
    },
    faults: publicFaults(faults),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Bybit's front refuses a GET that has a body, an empty JSON one included. */
function hasBody({ method, headers }: IncomingMessage): boolean {
  const length = Number(headers['content-length'] ?? 0);
  return method === 'GET' && (length > 0 || headers['transfer-encoding'] !== undefined);
}
