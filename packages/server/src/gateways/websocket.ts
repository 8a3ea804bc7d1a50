import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { LivePriceUpdate } from '@tickwire/protocol';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Bus, Envelope } from '../ports/bus.ts';
import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { LastValues } from '../tape/last-values.ts';
import type { Admission } from './admission.ts';
import type { EventMessages } from './event-messages.ts';
import { LiveClient } from './live-client.ts';
import { type LiveRequest, parseLiveRequest } from './live-request.ts';
import { jitteredRetryAfter } from './retry-after.ts';

export interface WebSocketGatewayOptions {
  readonly bus: Bus;
  readonly lastValues: LastValues;
  readonly messages: EventMessages;
  readonly admission: Admission;
  readonly trackedPairs: readonly string[];
  /** A client that sends a larger message is closed. */
  readonly maxMessageBytes: number;
  /** A client for whom more than this waits is closed. */
  readonly maxWaitingBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const SWEEP_MS = 1_000;
const HEARTBEAT_MS = 30_000;
/** How long a client that is closed may take to agree. */
const CLOSE_TIMEOUT_MS = 5_000;
/** How long clients have to take the notice that the server goes. */
const GOODBYE_MS = 1_000;

/** Brings prices to clients that speak WebSocket themselves: one subscription per connection. */
export class WebSocketGateway {
  readonly #options: WebSocketGatewayOptions;
  readonly #server: WebSocketServer;
  readonly #clients = new Set<LiveClient>();
  readonly #subscribers = new Map<string, Set<LiveClient>>();
  #unsubscribe: (() => void) | undefined;
  #sweep: ScheduledCall | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: WebSocketGatewayOptions) {
    this.#options = options;
    const serverOptions = {
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      closeTimeout: CLOSE_TIMEOUT_MS,
    };
    this.#server = new WebSocketServer(serverOptions);
  }

  /** Begins to bring clients what the bus carries. */
  start(): void {
    this.#unsubscribe = this.#options.bus.subscribe((envelope) => {
      this.#broadcast(envelope);
    });
    this.#scheduleSweep();
  }

  /** Tells every client when to come back and closes it; resolves when all are gone. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Takes over an upgrade whose address is one of ours. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    const asked = parseLiveRequest(request.url ?? '', this.#options.trackedPairs);
    if (asked === undefined) {
      return false;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#accept(webSocket, asked);
    });
    return true;
  };

  #accept(socket: WebSocket, asked: LiveRequest): void {
    const { admission, messages, clock, logger } = this.#options;
    const client = new LiveClient(socket, () => messages.timestamp(), clock.elapsed());
    // The library closes after an error of the protocol; there is nothing else to do.
    socket.on('error', (error) => {
      logger.debug({ err: error }, 'A WebSocket client failed');
    });
    if ('invalidSymbol' in asked) {
      const symbol = asked.invalidSymbol.slice(0, 32);
      client.sendError('INVALID_SYMBOL', {
        message: `Unknown symbol: ${symbol}`,
        details: { symbol },
      });
      return;
    }
    if (this.#closing !== undefined || !admission.admit(client)) {
      const code = this.#closing === undefined ? 'MAX_CLIENTS' : 'SERVER_SHUTDOWN';
      const message = code === 'MAX_CLIENTS' ? 'Max clients reached' : 'Server is shutting down';
      client.sendError(code, { message, retryAfter: jitteredRetryAfter() });
      return;
    }
    socket.on('message', (data, isBinary) => {
      this.#receive(client, data, isBinary);
    });
    socket.on('close', () => {
      admission.release(client);
      this.#clients.delete(client);
      this.#subscribers.get(asked.symbol)?.delete(client);
    });
    this.#subscribe(client, asked.symbol, asked.wantsSnapshot);
  }

  #subscribe(client: LiveClient, symbol: string, wantsSnapshot: boolean): void {
    const { lastValues, messages } = this.#options;
    this.#clients.add(client);
    const subscribers = this.#subscribers.get(symbol) ?? new Set();
    this.#subscribers.set(symbol, subscribers.add(client));
    client.send({
      success: true,
      message: `Subscribed to ${symbol} prices`,
      subscription: { action: 'subscribe', type: 'prices', symbol },
    });
    const last = wantsSnapshot ? lastValues.quote(symbol) : undefined;
    if (last !== undefined) {
      client.send({
        type: 'snapshot',
        subscription: 'prices',
        symbol,
        price: messages.priceFields(last.quote),
        timestamp: messages.timestamp(),
      });
    }
  }

  #receive(client: LiveClient, data: RawData, isBinary: boolean): void {
    if (!client.takeFromBudget(this.#options.clock.elapsed())) {
      client.sendError('RATE_LIMITED', { message: 'Too many messages', retryAfter: 1 });
      return;
    }
    const text = isBinary ? undefined : (data as Buffer).toString();
    if (text === 'ping') {
      client.sendEncoded('pong');
    } else {
      client.sendError('INVALID_MESSAGE', { message: 'Expected nothing but the text "ping"' });
    }
  }

  #broadcast({ event }: Envelope): void {
    if (event.type !== 'quote') {
      return;
    }
    const subscribers = this.#subscribers.get(event.instrument);
    if (subscribers === undefined || subscribers.size === 0) {
      return;
    }
    const { messages, maxWaitingBytes } = this.#options;
    const update: LivePriceUpdate = {
      type: 'update',
      subscription: 'prices',
      symbol: event.instrument,
      price: messages.priceFields(event),
      received_at: messages.timestamp(),
    };
    const encoded = Buffer.from(JSON.stringify(update));
    for (const client of subscribers) {
      if (client.waitingBytes > maxWaitingBytes) {
        subscribers.delete(client);
        this.#refuseSlow(client);
      } else {
        client.sendEncoded(encoded);
      }
    }
  }

  #refuseSlow(client: LiveClient): void {
    const waiting = client.waitingBytes;
    this.#options.logger.warn({ waiting }, 'Closed a client that is too slow');
    client.sendError('SLOW_CONSUMER', { message: `${waiting} bytes wait to be read` });
  }

  #scheduleSweep(): void {
    const { clock } = this.#options;
    this.#sweep = clock.schedule(SWEEP_MS, () => {
      const now = clock.elapsed();
      for (const client of this.#clients) {
        if (now - client.heartbeatAt >= HEARTBEAT_MS) {
          client.heartbeat(now);
        }
      }
      this.#scheduleSweep();
    });
  }

  async #close(): Promise<void> {
    this.#unsubscribe?.();
    this.#sweep?.cancel();
    for (const client of this.#clients) {
      client.sendError('SERVER_SHUTDOWN', {
        message: 'Server is shutting down',
        retryAfter: jitteredRetryAfter(),
      });
    }
    const closed = Promise.all(Array.from(this.#clients, (client) => client.closed));
    await Promise.race([closed, this.#options.clock.sleep(GOODBYE_MS)]);
    for (const client of this.#clients) {
      client.terminate();
    }
  }
}
