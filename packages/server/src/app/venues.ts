import type { FeedHealth } from '@tickwire/protocol';
import { type VenueSimulators, createVenueSimulators } from '@tickwire/simulator';
import { BybitChannels } from '../feeds/bybit/channels.ts';
import { BYBIT_CATEGORIES, type BybitHosts } from '../feeds/bybit/config.ts';
import { BybitFeed } from '../feeds/bybit/feed.ts';
import { RequestGate } from '../feeds/bybit/request-gate.ts';
import { type BybitChannel, instrumentPrefix, resolveInstrument } from '../feeds/bybit/topics.ts';
import type { OandaHosts } from '../feeds/oanda/config.ts';
import { OandaFeed } from '../feeds/oanda/feed.ts';
import { FeedSupervisor } from '../feeds/supervisor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Feed } from '../ports/feed.ts';
import type { Logger } from '../ports/logger.ts';
import type { CandleIntake } from '../tape/candle-intake.ts';
import type { Tape } from '../tape/tape.ts';
import type { BybitConfig, Config, OandaConfig, VenueConfig } from './config.ts';
import type { Part } from './lifecycle.ts';

export interface VenuesOptions {
  readonly config: Config;
  readonly tape: Tape;
  readonly candles: CandleIntake;
  /** What is known of a channel's state is not to be told any more. */
  readonly forget: (channel: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The feeds of all venues, under their supervisors, with the simulators that they connect to. */
export interface Venues {
  /** In the order in which they start. */
  readonly parts: readonly Part[];
  /** The health of the feeds that follow anything. */
  health(): readonly FeedHealth[];
  /** Undefined where the feed is not wanted. */
  readonly oanda: OandaFeed | undefined;
  readonly bybitChannels: BybitChannels | undefined;
}

/** How many levels of each side of a book are followed: one of Bybit's depths. */
const BOOK_DEPTH = 50;

/** Wires the feeds that are wanted. */
export function composeVenues(options: VenuesOptions): Venues {
  const { config, clock } = options;
  const simulators = config.simulator && composeSimulators(options);
  const oanda =
    config.oanda &&
    new OandaFeed(
      { ...config.oanda.feed, hosts: oandaHosts(config.oanda.venue, simulators) },
      clock,
    );
  const bybit = config.bybit && composeBybit(config.bybit, simulators, options);
  const supervisors: { readonly feed: Feed; readonly supervisor: FeedSupervisor }[] = [];
  const supervise = (feed: Feed, { environment }: OandaConfig | BybitConfig): Part => {
    const isSimulated = environment === 'simulated';
    const supervisor = createSupervisor(feed, isSimulated, options);
    supervisors.push({ feed, supervisor });
    return {
      name: [feed.venue, feed.category, 'feed'].join(' '),
      start: () => {
        supervisor.start();
      },
      close: () => supervisor.close(),
    };
  };
  return {
    parts: [
      ...(simulators === undefined ? [] : [simulatorPart(simulators, options)]),
      ...(config.oanda && oanda ? [supervise(oanda, config.oanda)] : []),
      ...(bybit?.feeds.map((feed) => supervise(feed, bybit.config)) ?? []),
    ],
    health: () =>
      supervisors
        .filter(({ feed }) => feed.instruments.length > 0)
        .map(({ supervisor }) => supervisor.health()),
    oanda,
    bybitChannels: bybit?.channels,
  };
}

function createSupervisor(
  feed: Feed,
  isSimulated: boolean,
  { config, tape, candles, forget, clock, logger }: VenuesOptions,
): FeedSupervisor {
  const { venue, category } = feed;
  return new FeedSupervisor({
    feed,
    isSimulated,
    staleAfterMs: config.staleAfterMs,
    clock,
    logger: logger.child(category === undefined ? { venue } : { venue, category }),
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
    onStateLost: forget,
  });
}

/** A feed for each category: the usual one, and others for instruments that say theirs. */
function composeBybit(
  config: BybitConfig,
  simulators: VenueSimulators | undefined,
  { clock, forget }: VenuesOptions,
) {
  const hosts = bybitHosts(config.venue, simulators);
  const gate = new RequestGate(clock);
  const createFeed = (category: BybitConfig['category']): BybitFeed => {
    const prefix = instrumentPrefix(category, config.category);
    const feedConfig = { hosts, category, instrumentPrefix: prefix, bookDepth: BOOK_DEPTH };
    return new BybitFeed(feedConfig, clock, gate);
  };
  const feeds = {
    linear: createFeed('linear'),
    inverse: createFeed('inverse'),
    spot: createFeed('spot'),
  };
  const channels = new BybitChannels({
    usualCategory: config.category,
    feeds,
    configured: configuredChannels(config),
    maxOnDemand: config.maxTopics,
    onReleased: forget,
    clock,
  });
  return { config, channels, feeds: BYBIT_CATEGORIES.map((category) => feeds[category]) };
}

/** Candles of every instrument in every interval, then trades and tickers of every instrument. */
function configuredChannels({ category, instruments, intervals }: BybitConfig): BybitChannel[] {
  const resolved = instruments.map((name) => resolveInstrument(name, category).instrument);
  const names = [...new Set(resolved)];
  return [
    ...names.flatMap((instrument) =>
      intervals.map((interval) => ({ kind: 'candles' as const, instrument, interval })),
    ),
    ...names.map((instrument) => ({ kind: 'trades' as const, instrument })),
    ...names.map((instrument) => ({ kind: 'ticker' as const, instrument })),
  ];
}

function composeSimulators({ config, logger }: VenuesOptions): VenueSimulators | undefined {
  if (config.simulator === undefined) {
    return undefined;
  }
  const optionsOf = (venue: string) => ({
    log: (line: string) => {
      logger.info({ venue }, line);
    },
  });
  return createVenueSimulators({
    settings: config.simulator,
    oanda: config.oanda?.venue.type === 'simulator' ? optionsOf('oanda') : undefined,
    bybit: config.bybit?.venue.type === 'simulator' ? optionsOf('bybit') : undefined,
  });
}

function simulatorPart(simulators: VenueSimulators, { logger }: VenuesOptions): Part {
  return {
    name: 'simulator',
    start: async () => {
      await simulators.start();
      const { oanda, bybit } = simulators;
      if (oanda !== undefined) {
        const { restUrl, streamUrl } = oanda;
        logger.info({ venue: 'oanda', restUrl, streamUrl }, 'The built-in simulator is the venue');
      }
      if (bybit !== undefined) {
        const { restUrl, wsUrl } = bybit;
        logger.info({ venue: 'bybit', restUrl, wsUrl }, 'The built-in simulator is the venue');
      }
    },
    close: () => simulators.close(),
  };
}

/** Hosts of a simulator are known once it has started, which is before any feed asks. */
function oandaHosts(
  venue: VenueConfig<OandaHosts>,
  simulators: VenueSimulators | undefined,
): OandaHosts {
  if (venue.type === 'hosts') {
    return venue.hosts;
  }
  return {
    get restUrl() {
      return simulators?.oanda?.restUrl ?? '';
    },
    get streamUrl() {
      return simulators?.oanda?.streamUrl ?? '';
    },
  };
}

function bybitHosts(
  venue: VenueConfig<BybitHosts>,
  simulators: VenueSimulators | undefined,
): BybitHosts {
  if (venue.type === 'hosts') {
    return venue.hosts;
  }
  return {
    get wsUrl() {
      return simulators?.bybit?.wsUrl ?? '';
    },
    get restUrl() {
      return simulators?.bybit?.restUrl ?? '';
    },
  };
}
