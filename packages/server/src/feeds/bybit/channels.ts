import { type Channel, formatChannel } from '@tickwire/protocol';
import { ChannelError, toError } from '../../domain/errors.ts';
import type { ChannelDirectory, ChannelLease, ChannelList } from '../../ports/channels.ts';
import type { Clock } from '../../ports/clock.ts';
import { ChannelLeases } from '../channel-leases.ts';
import type { BybitCategory } from './config.ts';
import type { BybitFeed } from './feed.ts';
import { type BybitChannel, resolveInstrument } from './topics.ts';

export interface BybitChannelsOptions {
  /** The category of instruments whose name says none. */
  readonly usualCategory: BybitCategory;
  readonly feeds: Readonly<Record<BybitCategory, BybitFeed>>;
  /** Followed for good. */
  readonly configured: readonly BybitChannel[];
  /** How many more may be followed at once. */
  readonly maxOnDemand: number;
  /** Takes back what an earlier run has left of a channel that is about to be followed. */
  readonly recall: (channel: Channel) => Promise<void>;
  /** A channel is not followed any more. */
  readonly onReleased: (channel: string) => void;
  readonly clock: Clock;
}

/** The channels that Bybit has: those that are configured, and any other that somebody asks for. */
export class BybitChannels implements ChannelDirectory {
  readonly #options: BybitChannelsOptions;
  readonly #leases: ChannelLeases<BybitChannel>;

  constructor(options: BybitChannelsOptions) {
    this.#options = options;
    this.#leases = new ChannelLeases({
      follow: (channel) => {
        this.#feedOf(channel).want(channel);
      },
      unfollow: (channel) => {
        this.#feedOf(channel).unwant(channel);
        options.onReleased(formatChannel(channel));
      },
      limit: options.maxOnDemand,
      clock: options.clock,
    });
    for (const channel of options.configured) {
      this.#leases.keep(channel);
    }
  }

  async lease(asked: BybitChannel): Promise<ChannelLease> {
    const { instrument } = resolveInstrument(asked.instrument, this.#options.usualCategory);
    const channel = { ...asked, instrument };
    const isFollowed = this.#leases.has(channel);
    const isMissing = isFollowed
      ? this.#feedOf(channel).isMissing(instrument)
      : !(await this.#has(channel));
    if (isMissing) {
      throw new ChannelError('INVALID_SYMBOL', `Bybit has no ${instrument}`);
    }
    if (!isFollowed) {
      await this.#options.recall(channel);
    }
    return this.#leases.lease(channel);
  }

  list(): ChannelList {
    const { configured } = this.#options;
    const candles = configured.filter(({ kind }) => kind === 'candles');
    return { configured: candles.map(formatChannel), followed: this.#leases.followed };
  }

  /** How many channels of candles are followed now. */
  get activeCandles(): number {
    return this.#leases.followed.filter((name) => name.startsWith('candles:')).length;
  }

  async #has(channel: BybitChannel): Promise<boolean> {
    try {
      return await this.#feedOf(channel).has(channel.instrument);
    } catch (error) {
      const message = `Bybit cannot be asked for ${channel.instrument}: ${toError(error).message}`;
      throw new ChannelError('INTERNAL_ERROR', message);
    }
  }

  #feedOf({ instrument }: BybitChannel): BybitFeed {
    const { feeds, usualCategory } = this.#options;
    return feeds[resolveInstrument(instrument, usualCategory).category];
  }
}
