import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { type CacheStats, type ServerEvents, formatChannel } from '@tickwire/protocol';
import { type DefaultEventsMap, Server } from 'socket.io';
import { WebSocketServer } from 'ws';
import { toError } from '../domain/errors.ts';
import type { Bus } from '../ports/bus.ts';
import type { ChannelLog } from '../ports/channel-log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { LastValues } from '../tape/last-values.ts';
import type { Admission } from './admission.ts';
import { channelsIn } from './channel-request.ts';
import { DEFLATE_OPTIONS, hasAcceptableOffer } from './deflate.ts';
import { type Connection, limitPythonPolls, terminate } from './engine-connection.ts';
import { EngineOutlet } from './engine-outlet.ts';
import type { EventMessages } from './event-messages.ts';
import type { FanOut } from './fan-out.ts';
import { Farewell } from './goodbye.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';
import { PairSubscriptions } from './pair-subscriptions.ts';
import { SlowConsumers } from './slow-consumers.ts';
import {
  type Acknowledge,
  type ClientSocket,
  type SocketChannels,
  type SocketData,
} from './socket-channels.ts';
import { type SocketCounts, countSockets } from './socket-counts.ts';
import { type Answer, type RequestHandler, createRequestHandlers } from './socket-io-requests.ts';

export interface SocketIoGatewayOptions {
  readonly httpServer: HttpServer;
  readonly bus: Bus;
  readonly lastValues: LastValues;
  readonly log: ChannelLog;
  readonly channels: SocketChannels;
  readonly fanOut: FanOut;
  readonly outbox: OutboxOptions;
  readonly messages: EventMessages;
  readonly admission: Admission;
  readonly trackedPairs: readonly string[];
  readonly cacheStats: () => CacheStats;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** A client that sends a larger message is closed. */
  readonly maxMessageBytes: number;
  /** Whether clients that ask for compression get it. */
  readonly isCompressed: boolean;
  /** A client for whom more than this waits is closed. */
  readonly maxWaitingBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A connection that asks for no namespace within this time is closed. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Connections beyond the limit on clients: those who are joining, or are told that they may not. */
const SPARE_CONNECTIONS = 1_000;
const NAMESPACE = '/';

/**
 * Brings channels to the Socket.IO family's clients, unmodified: its handshake, rooms and
 * acknowledgements are the library's.
 */
export class SocketIoGateway {
  readonly #options: SocketIoGatewayOptions;
  readonly #server: Server<DefaultEventsMap, ServerEvents, DefaultEventsMap, SocketData>;
  readonly #handlers: ReadonlyMap<string, RequestHandler>;
  readonly #slowConsumers: SlowConsumers;
  /** All connections, those too that have not asked for a namespace yet. */
  readonly #connections = new Map<Connection, Outbox | undefined>();
  readonly #farewell: Farewell;
  #unsubscribe: (() => void) | undefined;

  constructor(options: SocketIoGatewayOptions) {
    this.#options = options;
    this.#farewell = new Farewell(options.clock);
    this.#server = new Server({
      pingInterval: options.pingIntervalMs,
      pingTimeout: options.pingTimeoutMs,
      maxHttpBufferSize: options.maxMessageBytes,
      connectTimeout: CONNECT_TIMEOUT_MS,
      cors: { origin: '*' },
      perMessageDeflate: options.isCompressed ? DEFLATE_OPTIONS : false,
      allowRequest: (_, decide) => {
        // Unlike a refusal by the namespace, this one makes clients try again.
        decide('Server is shutting down', !this.#farewell.hasBegun);
      },
      // The library's own copy is older, and answers any number of pings to whoever reads none.
      wsEngine: WebSocketServer,
    });
    this.#handlers = createRequestHandlers({
      ...options,
      countSubscriptions: () => this.count().pairs,
    });
    this.#slowConsumers = new SlowConsumers({
      ...options,
      connections: () => this.#connections,
    });
    this.#server.use((socket, next) => {
      next(this.#refuse(socket));
    });
    this.#server.on('connection', (socket) => {
      this.#welcome(socket);
    });
  }

  /** Begins to accept clients on the HTTP server and to bring them what the bus carries. */
  start(): void {
    // Upgrades that are not Socket.IO's belong to others; see upgrade-router.ts.
    this.#server.attach(this.#options.httpServer, { destroyUpgrade: false });
    this.#server.engine.on('connection', (connection: Connection) => {
      this.#watch(connection);
    });
    this.#slowConsumers.start();
    this.#unsubscribe = this.#options.bus.subscribe((envelope) => {
      this.#options.channels.publish(envelope);
    });
  }

  /** Whether an upgrade is Socket.IO's, whose library takes it by a listener of its own. */
  readonly handlesUpgrade = ({ url = '', headers }: IncomingMessage): boolean => {
    const isOurs = url.startsWith(`${this.#server.path()}/`);
    if (isOurs && !hasAcceptableOffer(headers['sec-websocket-extensions'])) {
      // The library would refuse the connection, instead of declining the offer.
      delete headers['sec-websocket-extensions'];
    }
    return isOurs;
  };

  /** Ends those that poll. Their notice takes one more request: MUST come before they are refused. */
  async closePolls(): Promise<void> {
    const polling = [...this.#sockets()].filter(({ conn }) => conn.transport.name === 'polling');
    await this.#farewell.say(polling);
  }

  /**
   * Tells every client when to come back, and closes its transport: a namespace disconnect would
   * tell it to stay away. Resolves when all connections are gone.
   */
  async close(): Promise<void> {
    this.#unsubscribe?.();
    this.#slowConsumers.stop();
    await this.#farewell.say(this.#sockets());
    this.#server.engine.close();
    // Those that do not read would keep what waits for them.
    for (const connection of this.#connections.keys()) {
      terminate(connection);
    }
  }

  #watch(connection: Connection): void {
    // Those who connect and never join would pass the limit on clients.
    if (this.#connections.size >= this.#options.admission.limit + SPARE_CONNECTIONS) {
      terminate(connection);
      return;
    }
    this.#connections.set(connection, undefined);
    connection.once('close', () => {
      this.#connections.delete(connection);
    });
    limitPythonPolls(connection);
  }

  /** Takes a place for a client, or says why not: before it has any state. */
  #refuse(socket: ClientSocket): Error | undefined {
    const { admission } = this.#options;
    const { conn } = socket;
    if (admission.has(conn)) {
      // The library lets many requests to connect pass that come in one payload.
      return new Error('Already connected');
    }
    if (!admission.admit(conn)) {
      return new Error('Max clients reached');
    }
    // The transport may end before the namespace is joined, and the reverse.
    const release = (): void => {
      admission.release(conn);
    };
    conn.once('close', release);
    socket.once('disconnect', release);
    return undefined;
  }

  #welcome(socket: ClientSocket): void {
    const { admission, log, messages, trackedPairs, channels, logger } = this.#options;
    this.#place(socket);
    socket.data.subscriptions = new PairSubscriptions();
    socket.data.systemSince = log.position('system').seq;
    logger.debug({ client: socket.id, clients: admission.count }, 'A client connected');
    socket.once('disconnect', (reason) => {
      logger.debug({ client: socket.id, reason }, 'A client disconnected');
    });
    socket.onAny((event: unknown, ...args: unknown[]) => {
      this.#receive(socket, event, args);
    });
    channels.welcome(socket);
    socket.emit('connection_established', {
      message: 'Connected to FX Data Pipeline WebSocket Server',
      timestamp: messages.timestamp(),
      client_id: socket.id,
      tracked_pairs: trackedPairs,
      pair_count: trackedPairs.length,
      max_clients: admission.limit,
      active_clients: admission.count,
    });
  }

  /** Gives a client its place among those who are brought messages. */
  #place(socket: ClientSocket): void {
    const { fanOut, outbox: options } = this.#options;
    const { conn } = socket;
    const outbox = new Outbox(new EngineOutlet(conn), options, (waiting) => {
      this.#slowConsumers.end(conn, waiting);
    });
    const place = fanOut.add(outbox);
    socket.data.place = place;
    if (this.#connections.has(conn)) {
      this.#connections.set(conn, outbox);
    }
    // Whatever the library is about to write comes behind what the client was sent before.
    conn.on('packetCreate', () => {
      place.settle();
    });
    socket.once('disconnect', () => {
      place.close();
    });
  }

  #receive(socket: ClientSocket, event: unknown, args: readonly unknown[]): void {
    // A payload may hold more requests than the one after which the client was closed.
    if (socket.conn.readyState !== 'open' || socket.data.place.outbox.refuseIfSlow()) {
      return;
    }
    const last = args.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Acknowledge) : undefined;
    const { channels } = this.#options;
    const asked = channelsIn(args[0]);
    if (asked !== undefined && (event === 'subscribe' || event === 'unsubscribe')) {
      void channels.receive(socket, event, asked, acknowledge);
      return;
    }
    channels.inTurn(socket, () => {
      this.#reply(socket, this.#answer(socket, event, args[0]), acknowledge);
    });
  }

  #reply(socket: ClientSocket, answer: Answer, acknowledge: Acknowledge | undefined): void {
    const { channels } = this.#options;
    send(socket, answer);
    acknowledge?.(answer.payload);
    for (const pair of answer.left ?? []) {
      channels.leavePair(socket, pair);
    }
    for (const pair of answer.joined ?? []) {
      channels.joinPair(socket, pair);
      this.#tellPrice(socket, pair);
    }
  }

  #answer(socket: ClientSocket, event: unknown, payload: unknown): Answer {
    const handler = typeof event === 'string' ? this.#handlers.get(event) : undefined;
    if (handler === undefined) {
      const message = `Expected one of ${[...this.#handlers.keys()].join(', ')}`;
      return { event: 'server_error', payload: { error: 'Unknown event', message } };
    }
    try {
      return handler(socket.data.subscriptions, payload);
    } catch (error) {
      this.#options.logger.error({ err: toError(error), event }, 'A request failed');
      return { event: 'server_error', payload: { error: 'Internal error' } };
    }
  }

  /** The last known price, under its number. */
  #tellPrice(socket: ClientSocket, pair: string): void {
    const { lastValues, log, channels, messages } = this.#options;
    const last = lastValues.quote(pair);
    if (last !== undefined && !channels.isCatchingUp(socket, pair)) {
      const { seq } = log.position(formatChannel({ kind: 'price', instrument: pair }));
      socket.emit('price_update', messages.price(last, seq));
    }
  }

  /** Who is connected now, and what they follow. */
  count(): SocketCounts {
    return countSockets(this.#sockets(), this.#options.channels);
  }

  #sockets(): Iterable<ClientSocket> {
    return this.#server.of(NAMESPACE).sockets.values();
  }
}

function send(socket: ClientSocket, { event, payload }: Answer): void {
  // Event and payload belong together in Answer, which a union of tuples cannot tell the library.
  (socket.emit as (event: string, payload: unknown) => boolean).call(socket, event, payload);
}
