import type { Channel, FeedHealth, MarketEvent } from '@tickwire/protocol';
import { BybitChannels } from '../feeds/bybit/channels.ts';
import { BYBIT_CATEGORIES } from '../feeds/bybit/config.ts';
import { type BybitChannel, resolveInstrument } from '../feeds/bybit/topics.ts';
import { FeedSupervisor } from '../feeds/supervisor.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Feed } from '../ports/feed.ts';
import type { Logger } from '../ports/logger.ts';
import type { BookIntake } from '../tape/book-intake.ts';
import type { CandleIntake } from '../tape/candle-intake.ts';
import type { BybitConfig, Config, OandaConfig } from './config.ts';
import type { Part } from './lifecycle.ts';
import type { VenueSources } from './venue-sources.ts';

export interface VenuesOptions {
  readonly config: Pick<Config, 'oanda' | 'bybit' | 'staleAfterMs'>;
  readonly sources: VenueSources;
  readonly bus: Pick<Bus, 'publish' | 'forget'>;
  readonly candles: CandleIntake;
  readonly books: BookIntake;
  /** An event has come from a venue; `publish` puts it on the tape. */
  readonly receive: (venue: string, event: MarketEvent, publish: () => void) => void;
  /** Takes back what is kept of a channel that is about to be followed. */
  readonly recall: (channel: Channel) => Promise<void>;
  /** A channel is not followed any more. */
  readonly letGo: (channel: string) => void;
  /** A feed is live again, or for the first time. */
  readonly onLive: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The feeds of all venues, under their supervisors. */
export interface Venues {
  /** In the order in which they start. */
  readonly parts: readonly Part[];
  /** The health of the feeds that follow anything. */
  health(): readonly FeedHealth[];
  readonly bybitChannels: BybitChannels | undefined;
}

/** Wires the feeds that are wanted. */
export function composeVenues(options: VenuesOptions): Venues {
  const { config, sources, letGo, clock } = options;
  const bybit = config.bybit && sources.bybit && { config: config.bybit, feeds: sources.bybit };
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
  const bybitChannels =
    bybit &&
    new BybitChannels({
      usualCategory: bybit.config.category,
      feeds: bybit.feeds,
      configured: configuredChannels(bybit.config),
      maxOnDemand: bybit.config.maxTopics,
      recall: options.recall,
      onReleased: letGo,
      clock,
    });
  return {
    parts: [
      ...(config.oanda && sources.oanda ? [supervise(sources.oanda, config.oanda)] : []),
      ...(bybit
        ? BYBIT_CATEGORIES.map((category) => supervise(bybit.feeds[category], bybit.config))
        : []),
    ],
    health: () =>
      supervisors
        .filter(({ feed }) => feed.instruments.length > 0)
        .map(({ supervisor }) => supervisor.health()),
    bybitChannels,
  };
}

function createSupervisor(
  feed: Feed,
  isSimulated: boolean,
  { config, bus, candles, books, receive, onLive, clock, logger }: VenuesOptions,
): FeedSupervisor {
  const { venue, category } = feed;
  return new FeedSupervisor({
    feed,
    isSimulated,
    staleAfterMs: config.staleAfterMs,
    clock,
    logger: logger.child(category === undefined ? { venue } : { venue, category }),
    onEvent: (event) => {
      receive(venue, event, () => {
        switch (event.type) {
          case 'candle':
            candles.accept(event);
            break;
          case 'orderBook':
            books.accept(event);
            break;
          default:
            bus.publish(event);
        }
      });
    },
    onHistory: (channel, history) => {
      candles.begin(channel, history);
    },
    onStateLost: (channel) => {
      books.forget(channel);
      bus.forget(channel);
    },
    onLive,
  });
}

/** Candles of every instrument in every interval, then trades and tickers of every instrument. */
export function configuredChannels(config: BybitConfig | undefined): readonly BybitChannel[] {
  if (config === undefined) {
    return [];
  }
  const { category, instruments, intervals } = config;
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
