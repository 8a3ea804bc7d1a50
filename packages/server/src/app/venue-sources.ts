import { type VenueSimulators, createVenueSimulators } from '@tickwire/simulator';
import { isCryptoInstrument } from '../domain/instrument-family.ts';
import type { BybitCategory, BybitHosts } from '../feeds/bybit/config.ts';
import { BybitFeed } from '../feeds/bybit/feed.ts';
import { BybitHistory } from '../feeds/bybit/history.ts';
import { RequestGate } from '../feeds/bybit/request-gate.ts';
import { instrumentPrefix, resolveInstrument } from '../feeds/bybit/topics.ts';
import type { OandaHosts } from '../feeds/oanda/config.ts';
import { OandaFeed } from '../feeds/oanda/feed.ts';
import type { Clock } from '../ports/clock.ts';
import type { CandleHistory } from '../ports/history.ts';
import type { Logger } from '../ports/logger.ts';
import type { HistoryOrigin } from '../ports/store.ts';
import type { BybitConfig, Config, OandaConfig, VenueConfig } from './config.ts';
import type { Part } from './lifecycle.ts';

export interface VenueSourcesOptions {
  readonly config: Pick<Config, 'oanda' | 'bybit' | 'simulator'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything that can be asked of the venues; nothing follows them yet. */
export interface VenueSources {
  /** The built-in simulator; undefined where no venue is simulated by us. MUST start first. */
  readonly simulator: Part | undefined;
  /** Undefined where the feed is not wanted. */
  readonly oanda: OandaFeed | undefined;
  /** One for each category; undefined where the feed is not wanted. */
  readonly bybit: Readonly<Record<BybitCategory, BybitFeed>> | undefined;
  /** Who can be asked for the past of an instrument; undefined where nobody can. */
  historyOf(instrument: string): CandleHistory | undefined;
  /** Of which world each venue is; known once the simulator has started. */
  origins(): readonly HistoryOrigin[];
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** How many levels of each side of a book are followed: one of Bybit's depths. */
const BOOK_DEPTH = 50;

/** Makes what the configuration asks for; connects to nothing. */
export function createVenueSources({ config, clock, logger }: VenueSourcesOptions): VenueSources {
  const simulators = composeSimulators(config, logger);
  const oanda =
    config.oanda &&
    new OandaFeed(
      { ...config.oanda.feed, hosts: oandaHosts(config.oanda.venue, simulators) },
      clock,
    );
  const bybit = config.bybit && createBybit(config.bybit, simulators, clock);
  return {
    simulator: simulators && simulatorPart(simulators, logger),
    oanda,
    bybit: bybit && {
      linear: bybit.linear.feed,
      inverse: bybit.inverse.feed,
      spot: bybit.spot.feed,
    },
    historyOf: (instrument) => {
      if (!isCryptoInstrument(instrument)) {
        return oanda?.history;
      }
      const usual = config.bybit?.category ?? 'linear';
      return bybit?.[resolveInstrument(instrument, usual).category].history;
    },
    origins: () => [
      ...originOf('oanda', config.oanda, simulators?.oanda?.origin),
      ...originOf('bybit', config.bybit, simulators?.bybit?.origin),
    ],
  };
}

/**
 * A venue on this machine is a simulator, whatever it is called; one that is simulated elsewhere does
 * not say which of its worlds it is.
 */
function originOf(
  venue: HistoryOrigin['venue'],
  config: OandaConfig | BybitConfig | undefined,
  simulated: string | undefined,
): readonly HistoryOrigin[] {
  if (config === undefined) {
    return [];
  }
  const { environment, venue: where } = config;
  const isSimulated = environment === 'simulated' || isLocal(where);
  return [{ venue, origin: simulated ?? (isSimulated ? 'simulated' : environment), isSimulated }];
}

function isLocal(venue: VenueConfig<{ readonly restUrl: string }>): boolean {
  return venue.type === 'hosts' && LOOPBACK.test(new URL(venue.hosts.restUrl).hostname);
}

/** One connection's feed for each category, and who tells its past; all within the same limits. */
function createBybit(
  { venue, category: usual }: BybitConfig,
  simulators: VenueSimulators | undefined,
  clock: Clock,
) {
  const hosts = bybitHosts(venue, simulators);
  const gate = new RequestGate(clock);
  const create = (category: BybitCategory) => {
    const prefix = instrumentPrefix(category, usual);
    const config = { hosts, category, instrumentPrefix: prefix, bookDepth: BOOK_DEPTH };
    return {
      feed: new BybitFeed(config, clock, gate),
      history: new BybitHistory(config, clock, gate),
    };
  };
  return { linear: create('linear'), inverse: create('inverse'), spot: create('spot') };
}

function composeSimulators(
  config: VenueSourcesOptions['config'],
  logger: Logger,
): VenueSimulators | undefined {
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

function simulatorPart(simulators: VenueSimulators, logger: Logger): Part {
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
