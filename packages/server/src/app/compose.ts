import type { Channel, Health } from '@tickwire/protocol';
import type { Listening } from '../api/listeners.ts';
import { Admission } from '../gateways/admission.ts';
import { EventMessages } from '../gateways/event-messages.ts';
import { FanOutCounters } from '../gateways/fan-out-counters.ts';
import { LiveContents } from '../gateways/live-contents.ts';
import type { Clock } from '../ports/clock.ts';
import type { FanOutStats } from '../ports/fan-out-stats.ts';
import type { Logger } from '../ports/logger.ts';
import { BookIntake } from '../tape/book-intake.ts';
import { CandleIntake } from '../tape/candle-intake.ts';
import { FxCandles } from '../tape/fx-candles.ts';
import { LastValues } from '../tape/last-values.ts';
import { type RelayChannel, createRelayParser } from '../tape/relay.ts';
import { RelayIntake } from '../tape/relay-intake.ts';
import { createAnnounce } from './announce.ts';
import { composeApi } from './api.ts';
import { composeBus } from './bus.ts';
import { composeCache } from './cache.ts';
import { createChannelDirectory } from './channel-directory.ts';
import { composeCluster } from './cluster.ts';
import type { Config } from './config.ts';
import { NO_CLIENTS, composeGateways } from './gateways.ts';
import { readHealth, readHistoryHealth } from './health.ts';
import { composeHistory } from './history.ts';
import { fetchedInstruments, knownInstruments } from './kept-series.ts';
import { composeListening } from './listening.ts';
import { Lifecycle } from './lifecycle.ts';
import { Metrics } from './metrics.ts';
import type { Role } from './settings.ts';
import { createVenueSources } from './venue-sources.ts';
import { composeVenues } from './venues.ts';

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
  /** What clients have been brought since the start. */
  readonly fanOut: FanOutStats;
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
  const { trackedPairs } = config;
  const hasRole = (role: Role): boolean => config.roles.includes(role);
  // Whoever does not ingest connects to no venue: another process does.
  const venueConfig = hasRole('ingest')
    ? config
    : { ...config, oanda: undefined, bybit: undefined, simulator: undefined };
  const messages = new EventMessages(() => clock.now(), config.timestampStyle);
  const timestamp = (): string => messages.timestamp();
  const lastValues = new LastValues(() => clock.elapsed());
  const live = new LiveContents(lastValues, messages);
  const parse = createRelayParser({
    trackedPairs,
    isCrypto: (instrument) => config.cryptoInstruments.includes(instrument),
    now: () => clock.now(),
  });
  const tellStart = (channel: string): void => {
    candles.tellStart(channel);
    books.tellStart(channel);
    cluster?.tellRelayedStart(channel);
  };
  const carrier = composeBus({
    config,
    announce: createAnnounce(messages, live),
    onAsked: tellStart,
    clock,
    logger,
  });
  const { bus } = carrier;
  const { cache, users: cacheUsers } = composeCache({ config, clock, logger });
  // Before all others: what a reader looks up is never older than what it is told.
  lastValues.follow(bus);
  const candles = new CandleIntake({
    bus,
    onHistory: (known) => history?.keep(known),
    clock,
    logger,
  });
  const books = new BookIntake(bus);
  const letGo = (channel: string): void => {
    candles.forget(channel);
    books.forget(channel);
    bus.forget(channel);
    bus.breakAt(channel);
  };
  const sources = createVenueSources({ config: venueConfig, clock, logger });
  const history =
    config.history &&
    composeHistory({
      config: venueConfig,
      history: config.history,
      sources,
      bus,
      candles,
      lastValues,
      analytics: {
        instruments: knownInstruments(config),
        fetched: fetchedInstruments(config),
        priceCount: () => trackedPairs.filter((pair) => lastValues.quote(pair)).length,
        cache,
      },
      clock,
      logger,
    });
  const recall = async (channel: Channel): Promise<void> => history?.recall(channel);
  const venues = composeVenues({
    config: venueConfig,
    sources,
    bus,
    candles,
    books,
    receive: (venue, event, publish) => {
      metrics.receive(venue, event, publish);
    },
    letGo,
    onLive: () => history?.check(),
    recall,
    clock,
    logger,
  });
  const fxCandles = new FxCandles({
    bus,
    intake: candles,
    history: sources.oanda?.history,
    clock,
    logger,
  });
  const crypto = venues.bybitChannels;
  const ownDirectory = createChannelDirectory({
    trackedPairs,
    fxCandles,
    crypto,
    cryptoInstruments: config.cryptoInstruments,
    recall,
    onReleased: letGo,
    clock,
  });
  const cluster =
    config.redis &&
    carrier.redis &&
    composeCluster({
      config,
      address: config.redis,
      bus: carrier.redis,
      cache,
      lastValues,
      messages,
      parse,
      createTaker: (relayBus) =>
        new RelayIntake({
          bus: relayBus,
          lastValues,
          isFollowed: (channel) => ownDirectory.list().followed.includes(channel),
          clock,
          logger,
        }),
      directory: ownDirectory,
      tellStart,
      clock,
      logger,
    });
  const directory = cluster?.directory ?? ownDirectory;
  const admission = new Admission(config.clients.max);
  const health = (localPort?: number): Health =>
    readHealth(
      {
        admission,
        feeds: venues.health(),
        rejectedCandles: candles.rejected,
        redisTrouble: bus.trouble,
        bus: cluster?.health(),
        databaseMode: config.history?.database.type ?? 'none',
        history,
        listening: door.listening,
        isClosing: lifecycle.isClosing,
        timestamp,
      },
      localPort,
    );
  const api = composeApi({
    config,
    health,
    directory,
    activeChannels: () => crypto?.activeCandles ?? directory.list().configured.length,
    metrics: { read: () => metrics.read() },
    bus,
    lastValues,
    cache,
    history,
    feeds: () => venues.health(),
    rejectedCandles: () => candles.rejected,
    timestamp,
    clock,
    logger,
  });
  const gateways = hasRole('gateway')
    ? composeGateways({
        config,
        httpServer: api.httpServer,
        bus,
        lastValues,
        cache,
        directory,
        store: history?.store,
        messages,
        admission,
        clock,
        logger,
      })
    : undefined;
  const fanOut = gateways?.stats ?? new FanOutCounters();
  const metrics = new Metrics({
    bus,
    fanOut,
    clients: () => gateways?.clients() ?? NO_CLIENTS,
    feeds: () => venues.health(),
    history: () => history && readHistoryHealth(history),
    rejectedCandles: () => candles.rejected,
    busRejections: () => cluster?.rejections() ?? [],
    clock,
  });
  const door = composeListening(api, config.addresses);

  const lifecycle = new Lifecycle({
    parts: [
      ...(history ? [history.storePart] : []),
      ...(sources.simulator ? [sources.simulator] : []),
      ...carrier.parts([...cacheUsers, ...(cluster?.users ?? [])]),
      ...(cluster?.parts ?? []),
      metrics,
      ...(history?.parts ?? []),
      ...carrier.recalledParts(lastValues),
      door.apiPart,
      ...(gateways ? gateways.parts : []),
      door.listenersPart,
      ...(gateways ? [gateways.pollsPart] : []),
      ...venues.parts,
      ...(hasRole('ingest') ? [fxCandles] : []),
    ],
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    clock,
    logger,
  });

  return {
    start: () => lifecycle.start(),
    close: () => lifecycle.close(),
    get listening() {
      return door.listening;
    },
    fanOut,
    health,
    publish(channel, payload) {
      const event = parse(channel, payload);
      metrics.receive('relay', event, () => {
        bus.publish(event);
      });
    },
  };
}
