import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Health } from '@tickwire/protocol';
import { createApiServer } from '../api/server.ts';
import { type Listening, Listeners } from '../api/listeners.ts';
import { createMemoryBus } from '../bus/memory.ts';
import { InvalidMessageError } from '../domain/errors.ts';
import { Admission } from '../gateways/admission.ts';
import { EventMessages } from '../gateways/event-messages.ts';
import type { Clock } from '../ports/clock.ts';
import type { FanOutStats } from '../ports/fan-out-stats.ts';
import type { Logger } from '../ports/logger.ts';
import { CandleIntake } from '../tape/candle-intake.ts';
import { FxCandles } from '../tape/fx-candles.ts';
import { LastValues } from '../tape/last-values.ts';
import { MemoryLog } from '../tape/memory-log.ts';
import { type RelayChannel, parseRelayed } from '../tape/relay.ts';
import { Tape } from '../tape/tape.ts';
import { createChannelDirectory } from './channel-directory.ts';
import type { Config } from './config.ts';
import { composeGateways } from './gateways.ts';
import { readHealth, readHistoryHealth } from './health.ts';
import { composeHistory } from './history.ts';
import type { HistoryConfig } from './history-config.ts';
import { isCandleChannel, keptSeries } from './kept-series.ts';
import { Lifecycle } from './lifecycle.ts';
import { Metrics } from './metrics.ts';
import { tapeFilePart, unfollowedPart } from './tape-file.ts';
import { createVenueSources } from './venue-sources.ts';
import { composeVenues, configuredChannels } from './venues.ts';

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
  const now = (): number => clock.now();
  const bus = createMemoryBus({
    onError: (error) => {
      logger.error({ err: error }, 'A reader of the bus failed');
    },
  });
  const lastValues = new LastValues(() => clock.elapsed());
  const log = new MemoryLog({ epoch: randomUUID(), ...config.channelLog, now });
  const tape = new Tape({ bus, lastValues, log });
  const isCrypto = (instrument: string): boolean => !config.trackedPairs.includes(instrument);
  const candles = new CandleIntake({
    tape,
    lastValues,
    log,
    isCrypto,
    onBegun: (channel) => {
      gateways.tellState(channel);
    },
    onHistory: (known) => history?.keep(known),
    clock,
    logger,
  });
  const messages = new EventMessages(now, config.timestampStyle);
  const admission = new Admission(config.clients.max);
  const timestamp = (): string => messages.timestamp();

  const forget = (channel: string): void => {
    lastValues.forget(channel);
  };
  const letGo = (channel: string): void => {
    forget(channel);
    log.breakAt(channel);
  };
  const sources = createVenueSources({ config, clock, logger });
  const history =
    config.history &&
    composeHistory({
      config,
      history: config.history,
      sources,
      bus,
      tape,
      candles,
      lastValues,
      trackedPairs: config.trackedPairs,
      series: keptSeries(config),
      followed: configuredChannels(config.bybit).filter(isCandleChannel),
      clock,
      logger,
    });
  const venues = composeVenues({
    config,
    sources,
    tape,
    candles,
    receive: (venue, event, publish) => {
      metrics.receive(venue, event, publish);
    },
    forget,
    letGo,
    onLive: () => history?.check(),
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
  const { trackedPairs } = config;
  const directory = createChannelDirectory({
    trackedPairs,
    fxCandles,
    crypto,
    recall: async (channel) => history?.recall(channel),
    onReleased: letGo,
    clock,
    logger,
  });
  let listening: readonly Listening[] = [];
  const health = (localPort?: number): Health =>
    readHealth(
      {
        admission,
        feeds: venues.health(),
        rejectedCandles: candles.rejected,
        databaseMode: config.history?.database.type ?? 'none',
        history,
        listening,
        isClosing: lifecycle.isClosing,
        timestamp,
      },
      localPort,
    );
  const live = { directory, activeChannels: () => crypto?.activeCandles ?? 0 };
  const api = createApiServer({
    ...{ health, live, timestamp, logger },
    metrics: { read: () => metrics.read() },
  });
  const gateways = composeGateways({
    config,
    httpServer: api.httpServer,
    bus,
    log,
    lastValues,
    directory,
    store: history?.store,
    messages,
    admission,
    clock,
    logger,
  });
  const metrics = new Metrics({
    bus,
    fanOut: gateways.stats,
    feeds: () => venues.health(),
    history: () => history && readHistoryHealth(history),
    rejectedCandles: () => candles.rejected,
    // Nobody else writes on the bus of one process.
    busRejections: () => [],
    clock,
  });
  const listeners = new Listeners(api.httpServer, config.addresses);

  const lifecycle = new Lifecycle({
    parts: [
      ...(history ? [history.storePart] : []),
      ...(sources.simulator ? [sources.simulator] : []),
      ...(config.history ? [tapeFilePart({ path: tapePath(config.history), log, logger })] : []),
      { name: 'bus', start: nothing, close: () => bus.close() },
      {
        name: 'metrics',
        start: () => {
          metrics.start();
        },
        close: () => metrics.close(),
      },
      ...(history?.parts ?? []),
      unfollowedPart(log, lastValues),
      {
        name: 'api',
        start: () => api.start(),
        close: async () => {
          listeners.endConnections();
          await api.close();
        },
      },
      ...gateways.parts,
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
      ...venues.parts,
      {
        name: 'FX candles',
        start: () => {
          fxCandles.start();
        },
        close: () => fxCandles.close(),
      },
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
    fanOut: gateways.stats,
    health,
    publish(channel, payload) {
      const event = parseRelayed(channel, payload, now());
      if (event.type === 'quote' && !trackedPairs.includes(event.instrument)) {
        throw new InvalidMessageError(
          `${channel}: instrument: expected a tracked pair, got ${event.instrument}`,
        );
      }
      metrics.receive('relay', event, () => {
        tape.publish(event);
      });
    },
  };
}

function tapePath({ directory }: HistoryConfig): string {
  return join(directory, 'tape.json');
}

function nothing(): void {
  // The memory bus is usable as soon as it exists.
}
