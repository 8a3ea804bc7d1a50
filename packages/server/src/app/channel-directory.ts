import { type Channel, type Interval, formatChannel } from '@tickwire/protocol';
import { ChannelError } from '../domain/errors.ts';
import { isBybitChannel } from '../feeds/bybit/topics.ts';
import type { BybitChannels } from '../feeds/bybit/channels.ts';
import { ChannelLeases } from '../feeds/channel-leases.ts';
import type { ChannelDirectory, ChannelLease, ChannelList } from '../ports/channels.ts';
import type { Clock } from '../ports/clock.ts';
import { FX_INTERVALS, type FxCandles } from '../tape/fx-candles.ts';
import type { CandleChannel } from './kept-series.ts';

export interface ChannelDirectoryOptions {
  readonly trackedPairs: readonly string[];
  readonly fxCandles: FxCandles;
  /** Undefined where no crypto venue is followed. */
  readonly crypto: BybitChannels | undefined;
  /** The crypto instruments that other programs may bring where no venue is followed. */
  readonly cryptoInstruments: readonly string[];
  /** Takes back what is kept of a channel that is about to be followed. */
  readonly recall: (channel: Channel) => Promise<void>;
  /** A channel is not followed any more. */
  readonly onReleased: (channel: string) => void;
  readonly clock: Clock;
}

/** Every channel that clients can have: FX of the tracked pairs, crypto of its venue. */
export function createChannelDirectory(options: ChannelDirectoryOptions): ChannelDirectory {
  const { trackedPairs, cryptoInstruments, fxCandles, crypto, recall, onReleased, clock } = options;
  const fxLeases = new ChannelLeases<CandleChannel>({
    follow: ({ instrument, interval }) => {
      fxCandles.follow(instrument, interval);
    },
    unfollow: (channel) => {
      fxCandles.unfollow(channel.instrument, channel.interval);
      onReleased(formatChannel(channel));
    },
    limit: trackedPairs.length * FX_INTERVALS.length,
    clock,
  });

  const leaseFxCandles = async (channel: CandleChannel): Promise<ChannelLease> => {
    if (!isFxInterval(channel.interval)) {
      const message = `Expected a timeframe of FX, ${FX_INTERVALS.join(', ')}, got ${channel.interval}`;
      throw new ChannelError('INVALID_TIMEFRAME', message);
    }
    if (!fxLeases.has(channel)) {
      await recall(channel);
    }
    return fxLeases.lease(channel);
  };

  const sharedLeases = shareLeases(trackedPairs);

  const leaseOf = async (channel: Channel): Promise<ChannelLease> => {
    const shared = sharedLeases.get(formatChannel(channel));
    if (shared !== undefined) {
      return shared;
    }
    if (isFollowedAlways(channel, trackedPairs)) {
      return { channel, release: doNothing };
    }
    const isFx = isOfPairs(channel, trackedPairs);
    if (isFx && channel.kind === 'candles') {
      return leaseFxCandles(channel);
    }
    if (!isFx && crypto !== undefined && isBybitChannel(channel)) {
      return crypto.lease(channel);
    }
    const isRelayed =
      channel.kind === 'candles' || channel.kind === 'trades' || channel.kind === 'ticker';
    if (crypto === undefined && isRelayed && cryptoInstruments.includes(channel.instrument)) {
      return { channel, release: doNothing };
    }
    const name = formatChannel(channel);
    throw new ChannelError('INVALID_SYMBOL', `There is no channel ${name}`);
  };

  return {
    lease: leaseOf,
    list(): ChannelList {
      const { configured = [], followed = [] } = crypto?.list() ?? {};
      const prices = trackedPairs.map((instrument) => formatChannel({ kind: 'price', instrument }));
      return { configured, followed: [...prices, ...fxLeases.followed, ...followed] };
    },
  };
}

/**
 * Whether a channel is there without anybody asking for it: what we find out ourselves, and the
 * prices of tracked pairs.
 */
export function isFollowedAlways(channel: Channel, trackedPairs: readonly string[]): boolean {
  switch (channel.kind) {
    case 'system':
    case 'alerts':
    case 'correlation':
      return true;
    case 'price':
    case 'volatility':
      return isOfPairs(channel, trackedPairs);
    default:
      return false;
  }
}

/** The leases of what most clients ask for: one each for all of them, by the channels' names. */
function shareLeases(trackedPairs: readonly string[]): ReadonlyMap<string, ChannelLease> {
  const channels = trackedPairs.flatMap((instrument): Channel[] => [
    { kind: 'price', instrument },
    { kind: 'volatility', instrument },
  ]);
  return new Map(
    channels.map((channel) => [
      formatChannel(channel),
      { channel, isShared: true, release: doNothing },
    ]),
  );
}

/** What is followed always is not given back. */
function doNothing(): void {}

function isOfPairs(channel: Channel, trackedPairs: readonly string[]): boolean {
  const instrument = 'instrument' in channel ? channel.instrument : undefined;
  return instrument !== undefined && trackedPairs.includes(instrument);
}

function isFxInterval(interval: Interval): boolean {
  return (FX_INTERVALS as readonly Interval[]).includes(interval);
}
