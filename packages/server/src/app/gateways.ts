import type { Server as HttpServer } from 'node:http';
import type { Admission } from '../gateways/admission.ts';
import { ChannelContents } from '../gateways/channel-contents.ts';
import { ChannelHub } from '../gateways/channel-hub.ts';
import type { EventMessages } from '../gateways/event-messages.ts';
import { FanOut } from '../gateways/fan-out.ts';
import { FanOutCounters } from '../gateways/fan-out-counters.ts';
import { LiveContents } from '../gateways/live-contents.ts';
import { PastCandles } from '../gateways/past-candles.ts';
import { ReplayPacer } from '../gateways/replay-pacer.ts';
import { SocketChannels } from '../gateways/socket-channels.ts';
import { SocketIoGateway } from '../gateways/socket-io.ts';
import { Streams } from '../gateways/stream.ts';
import { TurnEnd } from '../gateways/turn-end.ts';
import { routeUpgrades } from '../gateways/upgrade-router.ts';
import { WebSocketGateway } from '../gateways/websocket.ts';
import type { Bus } from '../ports/bus.ts';
import type { Cache } from '../ports/cache.ts';
import type { ChannelDirectory } from '../ports/channels.ts';
import type { ClientCounts } from '../ports/client-counts.ts';
import type { Clock } from '../ports/clock.ts';
import type { FanOutStats } from '../ports/fan-out-stats.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { LastValues } from '../tape/last-values.ts';
import { readCacheStats } from './cache-stats.ts';
import type { Config } from './config.ts';
import type { Part } from './lifecycle.ts';

export interface GatewaysOptions {
  readonly config: Pick<
    Config,
    'clients' | 'isWebSocketCompressed' | 'timestampStyle' | 'trackedPairs'
  >;
  readonly httpServer: HttpServer;
  readonly bus: Bus;
  readonly lastValues: LastValues;
  readonly cache: Cache;
  readonly directory: ChannelDirectory;
  /** Undefined where nothing is kept. */
  readonly store: Pick<Store, 'candles'> | undefined;
  readonly messages: EventMessages;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All ways to the clients. */
export interface Gateways {
  readonly parts: readonly Part[];
  /** Ends those who need new connections for their goodbye: closed while they are accepted. */
  readonly pollsPart: Part;
  readonly stats: FanOutStats;
  /** Who is connected now. */
  clients(): ClientCounts;
}

/** Of a process that brings nothing to clients. */
export const NO_CLIENTS: ClientCounts = {
  connections: { 'socket.io-polling': 0, 'socket.io-websocket': 0, websocket: 0, stream: 0 },
  subscriptions: 0,
};

/** Wires the gateways to an HTTP server, and both to the channels. */
export function composeGateways(options: GatewaysOptions): Gateways {
  const { config, httpServer, bus, lastValues, messages, admission, clock, logger } = options;
  const { directory, store, cache } = options;
  const timestamp = (): string => messages.timestamp();
  const hub = new ChannelHub();
  const live = new LiveContents(lastValues, messages);
  const contents = new ChannelContents({ lastValues, messages, live, log: bus });
  const past = new PastCandles({ lastValues, store, logger });
  const pacer = new ReplayPacer();
  const counters = new FanOutCounters();
  const { maxWaitingBytes } = config.clients;
  const elapsed = (): number => clock.elapsed();
  const turnEnd = new TurnEnd((error) => {
    logger.error({ err: error }, 'What a turn had collected could not be sent');
  });
  const outbox = { maxWaitingBytes, counters, turnEnd, elapsed };
  const newFanOut = (): FanOut => new FanOut({ counters, turnEnd, elapsed });
  const socketFanOut = newFanOut();
  const streamFanOut = newFanOut();
  const session = { directory, log: bus, hub, contents, past, pacer, counters, clock, logger };
  const socketIo = new SocketIoGateway({
    httpServer,
    bus,
    lastValues,
    log: bus,
    channels: new SocketChannels({ session, contents, fanOut: socketFanOut, timestamp, clock }),
    fanOut: socketFanOut,
    outbox,
    messages,
    admission,
    trackedPairs: config.trackedPairs,
    cacheStats: () => readCacheStats(lastValues, cache),
    isCompressed: config.isWebSocketCompressed,
    ...config.clients,
    clock,
    logger,
  });
  const streams = new Streams({ session, contents, fanOut: streamFanOut, timestamp, clock });
  const webSocket = new WebSocketGateway({
    bus,
    contents: live,
    streams,
    fanOut: newFanOut(),
    streamFanOut,
    outbox,
    messages,
    admission,
    directory,
    isCompressed: config.isWebSocketCompressed,
    ...config.clients,
    clock,
    logger,
  });
  routeUpgrades(httpServer, [socketIo.handlesUpgrade, webSocket.handleUpgrade]);
  let ends: readonly (() => void)[] = [];
  return {
    stats: counters,
    clients: () => {
      const sockets = socketIo.count();
      const stream = streams.count();
      // Each of the others has one channel.
      const single = webSocket.clientCount - stream.clients;
      return {
        connections: {
          'socket.io-polling': sockets.polling,
          'socket.io-websocket': sockets.websocket,
          websocket: single,
          stream: stream.clients,
        },
        subscriptions: sockets.subscriptions + stream.subscriptions + single,
      };
    },
    parts: [
      {
        name: 'channels',
        start: () => {
          ends = [
            bus.subscribe((envelope) => {
              hub.publish(envelope);
              streams.publish(envelope);
            }),
            bus.watch({
              onStart: ({ channel }) => {
                webSocket.tellState(channel);
                hub.tellState(channel);
              },
              onResumed: (channel) => {
                hub.tellLoss(channel);
              },
            }),
          ];
        },
        close: () => {
          ends.forEach((end) => {
            end();
          });
          return Promise.resolve();
        },
      },
      {
        name: 'Socket.IO gateway',
        start: () => {
          socketIo.start();
        },
        close: () => socketIo.close(),
      },
      {
        name: 'WebSocket gateway',
        start: () => {
          webSocket.start();
        },
        close: () => webSocket.close(),
      },
    ],
    pollsPart: {
      name: 'polling clients',
      start: () => undefined,
      close: () => socketIo.closePolls(),
    },
  };
}
