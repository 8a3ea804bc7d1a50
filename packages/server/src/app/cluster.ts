import { type BusHealth, type Channel, formatChannel } from '@tickwire/protocol';
import { Relay, type RelayBus, type RelayTaker } from '../bus/redis/relay.ts';
import type { RedisBus } from '../bus/redis/redis-bus.ts';
import type { EventMessages } from '../gateways/event-messages.ts';
import type { Cache } from '../ports/cache.ts';
import type { ChannelDirectory } from '../ports/channels.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { RedisUser } from '../ports/redis.ts';
import type { RedisAddress } from '../redis/connection.ts';
import { LeaseServer } from '../redis/lease-server.ts';
import { RemoteDirectory } from '../redis/remote-directory.ts';
import type { LastValues } from '../tape/last-values.ts';
import { PriceCache } from '../tape/price-cache.ts';
import type { RelayParser } from '../tape/relay.ts';
import { isFollowedAlways } from './channel-directory.ts';
import type { Config } from './config.ts';
import type { Part } from './lifecycle.ts';
import type { BusRejections } from './metrics.ts';
import { redisPrefix } from './redis-config.ts';
import { configuredChannels } from './venues.ts';

export interface ClusterOptions {
  readonly config: Config;
  readonly address: RedisAddress;
  readonly bus: RedisBus;
  readonly cache: Cache;
  readonly lastValues: LastValues;
  readonly messages: EventMessages;
  /** Reads what other programs write. */
  readonly parse: RelayParser;
  /** Takes in what other programs publish. */
  readonly createTaker: (bus: RelayBus) => RelayTaker;
  /** What this process can follow itself. */
  readonly directory: ChannelDirectory;
  /** Tells all what a channel starts from. */
  readonly tellStart: (channel: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a process is to others, and they to it. */
export interface Cluster {
  /** Where its clients get their channels. */
  readonly directory: ChannelDirectory;
  /** In the order in which they are told of a connection. */
  readonly users: readonly RedisUser[];
  /** Once there is a connection. */
  readonly parts: readonly Part[];
  /** Tells what a channel starts from that other programs bring, if this process takes that in. */
  tellRelayedStart(channel: string): void;
  health(): BusHealth;
  /** The same, one by one. */
  rejections(): readonly BusRejections[];
}

/** Wires what several processes on one Redis do for each other. */
export function composeCluster(options: ClusterOptions): Cluster {
  const { config, bus, cache, lastValues, messages, parse, clock, logger } = options;
  const ingests = config.roles.includes('ingest');
  const prices = new PriceCache({
    bus,
    cache,
    lastValues,
    pairs: config.trackedPairs,
    fieldsOf: (quote) => messages.priceFields(quote),
    parse,
    ttlMs: config.cacheTtls.pricesMs,
    clock,
    logger,
  });
  const relay = ingests
    ? new Relay({ ...options, prefix: redisPrefix(options.address) })
    : undefined;
  const rejections = (): readonly BusRejections[] =>
    Array.from(relay?.rejected ?? []).flatMap(([channel, reasons]) =>
      Array.from(reasons, ([reason, count]) => ({ channel, reason, count })),
    );
  const { directory, user } = ingests ? serveLeases(options) : askForLeases(options);
  return {
    directory,
    users: [user, ...(relay ? [relay] : [])],
    parts: [
      { name: 'price cache', start: () => prices.start(), close: () => prices.close() },
      ...(relay ? [{ name: 'relay', start: nothing, close: () => relay.close() }] : []),
    ],
    tellRelayedStart: (channel) => {
      relay?.tellStart(channel);
    },
    health: () => {
      const { waiting, dropped, suppressed } = bus.stats;
      const counts = Array.from(relay?.rejected ?? [], ([kind, reasons]) => {
        return [kind, Object.fromEntries(reasons)] as const;
      });
      return { waiting, dropped, suppressed, rejected: Object.fromEntries(counts) };
    },
    rejections,
  };
}

interface Leases {
  readonly directory: ChannelDirectory;
  readonly user: RedisUser;
}

/** For processes that have clients and follow no venue. */
function serveLeases({
  address,
  bus,
  directory,
  tellStart,
  clock,
  logger,
}: ClusterOptions): Leases {
  const user = new LeaseServer({
    prefix: redisPrefix(address),
    directory,
    tellStart: async (channel) => {
      tellStart(channel);
      await bus.flush();
    },
    clock,
    logger,
  });
  return { directory, user };
}

/** Of those that follow venues. */
function askForLeases({ address, config, bus, clock }: ClusterOptions): Leases {
  const remote = new RemoteDirectory({
    prefix: redisPrefix(address),
    isAlways: (channel: Channel) => isFollowedAlways(channel, config.trackedPairs),
    list: () => ({
      configured: configuredChannels(config.bybit)
        .filter(({ kind }) => kind === 'candles')
        .map(formatChannel),
      followed: bus.channels,
    }),
    clock,
  });
  return { directory: remote, user: remote };
}

function nothing(): void {
  // It begins with each connection.
}
