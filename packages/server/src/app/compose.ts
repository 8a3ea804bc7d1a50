import { randomUUID } from 'node:crypto';
import type { Health } from '@tickwire/protocol';
import { createOandaSimulator } from '@tickwire/simulator';
import { createApiServer } from '../api/server.ts';
import { type Listening, Listeners } from '../api/listeners.ts';
import { createMemoryBus } from '../bus/memory.ts';
import { InvalidMessageError } from '../domain/errors.ts';
import { OandaFeed } from '../feeds/oanda/feed.ts';
import { FeedSupervisor } from '../feeds/supervisor.ts';
import { Admission } from '../gateways/admission.ts';
import { EventMessages } from '../gateways/event-messages.ts';
import { routeUpgrades } from '../gateways/upgrade-router.ts';
import { WebSocketGateway } from '../gateways/websocket.ts';
import { SocketIoGateway } from '../gateways/socket-io.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { CandleIntake } from '../tape/candle-intake.ts';
import { LastValues } from '../tape/last-values.ts';
import { type RelayChannel, parseRelayed } from '../tape/relay.ts';
import { Tape } from '../tape/tape.ts';
import { readCacheStats } from './cache-stats.ts';
import type { Config, OandaConfig } from './config.ts';
import { readHealth } from './health.ts';
import { Lifecycle, type Part } from './lifecycle.ts';

export interface ComposeOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A program that is put together and not started yet. */
export interface Server {
  /** Resolves when clients can connect; feeds connect in their own time. */
  start(): Promise<void>;
  /** Tells the clients and stops in order; resolves when nothing is left, and never rejects. */
  close(): Promise<void>;
  /** Where the server listens, once it has started. */
  readonly listening: readonly Listening[];
  /** What `GET /health` answers on the given port. */
  health(localPort?: number): Health;
  /**
   * Puts a message of the contract's shape on the tape, as if another program had published it.
   * Throws an InvalidMessageError for any other shape.
   */
  publish(channel: RelayChannel, payload: unknown): void;
}

/** Wires all parts together, top to bottom. */
export function compose({ config, clock, logger }: ComposeOptions): Server {
  const now = (): number => clock.now();
  const bus = createMemoryBus({
    onError: (error) => {
      logger.error({ err: error }, 'A reader of the bus failed');
    },
  });
  const lastValues = new LastValues(now);
  const tape = new Tape({ bus, lastValues, epoch: randomUUID() });
  const isCrypto = (instrument: string): boolean => !config.trackedPairs.includes(instrument);
  const candles = new CandleIntake({ tape, lastValues, isCrypto, clock, logger });
  const messages = new EventMessages(now, config.timestampStyle);
  const admission = new Admission(config.clients.max);
  const timestamp = (): string => messages.timestamp();

  const oanda =
    config.oanda && composeOanda(config.oanda, { config, clock, logger, tape, candles });
  const feeds = oanda === undefined ? [] : [oanda.supervisor];
  let listening: readonly Listening[] = [];
  const health = (localPort?: number): Health =>
    readHealth(
      {
        admission,
        feeds,
        rejectedCandles: candles.rejected,
        listening,
        isClosing: lifecycle.isClosing,
        timestamp,
      },
      localPort,
    );
  const api = createApiServer({ health, timestamp, logger });
  const gateway = new SocketIoGateway({
    httpServer: api.httpServer,
    bus,
    lastValues,
    messages,
    admission,
    trackedPairs: config.trackedPairs,
    cacheStats: () => readCacheStats(lastValues),
    ...config.clients,
    clock,
    logger,
  });
  const webSocketGateway = new WebSocketGateway({
    bus,
    lastValues,
    messages,
    admission,
    trackedPairs: config.trackedPairs,
    ...config.clients,
    clock,
    logger,
  });
  routeUpgrades(api.httpServer, [gateway.handlesUpgrade, webSocketGateway.handleUpgrade]);
  const listeners = new Listeners(api.httpServer, config.addresses);

  const lifecycle = new Lifecycle({
    parts: [
      { name: 'bus', start: nothing, close: () => bus.close() },
      {
        name: 'api',
        start: () => api.start(),
        close: async () => {
          listeners.endConnections();
          await api.close();
        },
      },
      {
        name: 'Socket.IO gateway',
        start: () => {
          gateway.start();
        },
        close: () => gateway.close(),
      },
      {
        name: 'WebSocket gateway',
        start: () => {
          webSocketGateway.start();
        },
        close: () => webSocketGateway.close(),
      },
      {
        name: 'listeners',
        start: async () => {
          listening = await listeners.start();
        },
        close: async () => {
          listeners.stopAccepting();
          return Promise.resolve();
        },
      },
      ...(oanda?.parts ?? []),
    ],
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    clock,
    logger,
  });

  return {
    start: () => lifecycle.start(),
    close: () => lifecycle.close(),
    get listening() {
      return listening;
    },
    health,
    publish(channel, payload) {
      const event = parseRelayed(channel, payload, now());
      if (event.type === 'quote' && !config.trackedPairs.includes(event.instrument)) {
        throw new InvalidMessageError(
          `${channel}: instrument: expected a tracked pair, got ${event.instrument}`,
        );
      }
      tape.publish(event);
    },
  };
}

interface FeedOptions extends ComposeOptions {
  readonly tape: Tape;
  readonly candles: CandleIntake;
}

interface FeedParts {
  readonly supervisor: FeedSupervisor;
  readonly parts: readonly Part[];
}

/** OANDA's feed under its supervisor, behind the built-in simulator where that is the venue. */
function composeOanda(
  { feed, venue, environment }: OandaConfig,
  { config, clock, logger, tape, candles }: FeedOptions,
): FeedParts {
  const log = logger.child({ venue: 'oanda' });
  const simulator =
    venue.type === 'simulator'
      ? createOandaSimulator({
          ...venue.simulator,
          log: (line) => {
            log.info({}, line);
          },
        })
      : undefined;
  const hosts = venue.type === 'hosts' ? venue.hosts : simulator;
  if (hosts === undefined) {
    throw new TypeError('Expected a venue to have hosts or a simulator');
  }
  const supervisor = new FeedSupervisor({
    feed: new OandaFeed({ ...feed, hosts }, clock),
    isSimulated: environment === 'simulated',
    staleAfterMs: config.staleAfterMs,
    clock,
    logger: log,
    onEvent: (event) => {
      if (event.type === 'candle') {
        candles.accept(event);
      } else {
        tape.publish(event);
      }
    },
    onHistory: (channel, history) => {
      candles.begin(channel, history);
    },
  });
  const simulatorPart = simulator && {
    name: 'simulator',
    start: async () => {
      await simulator.start();
      const { restUrl, streamUrl } = simulator;
      log.info({ restUrl, streamUrl }, 'The built-in simulator is the venue');
    },
    close: () => simulator.close(),
  };
  const feedPart = {
    name: 'oanda feed',
    start: () => {
      supervisor.start();
    },
    close: () => supervisor.close(),
  };
  return {
    supervisor,
    parts: simulatorPart === undefined ? [feedPart] : [simulatorPart, feedPart],
  };
}

function nothing(): void {
  // The memory bus is usable as soon as it exists.
}
