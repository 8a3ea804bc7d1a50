import { type Candle, type ChannelRefused, formatChannel } from '@tickwire/protocol';
import { ChannelError, toError } from '../domain/errors.ts';
import type { Envelope } from '../ports/bus.ts';
import type { ChannelDirectory } from '../ports/channels.ts';
import type { ChannelLog, Position } from '../ports/channel-log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ChannelHub } from './channel-hub.ts';
import {
  ChannelSubscription,
  type SubscriptionOwner,
  type WantedChannel,
} from './channel-subscription.ts';
import type { FanOutCounters } from './fan-out-counters.ts';
import { SNAPSHOT_CANDLES } from './live-contents.ts';
import type { PastCandles } from './past-candles.ts';
import { RateLimit } from './rate-limit.ts';
import type { SessionTransport } from './session-transport.ts';

export interface PreparationOptions {
  readonly directory: ChannelDirectory;
  readonly log: ChannelLog;
  readonly hub: ChannelHub;
  readonly past: PastCandles;
  readonly counters: FanOutCounters;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A channel that can be had, and what there is to begin with. */
export interface PreparedChannel {
  readonly subscription: ChannelSubscription;
  /** Undefined where the client does not say what it has, or that is too long ago. */
  readonly missed: readonly Envelope[] | undefined;
  readonly since: Position | undefined;
  readonly older: readonly Candle[];
}

export interface RefusedChannel {
  readonly name: string;
  readonly error: ChannelRefused;
}

const SECOND_MS = 1_000;

/** Takes places at channels for one client, and looks for what it wants to begin with. */
export class ChannelPreparation implements SubscriptionOwner {
  readonly #options: PreparationOptions;
  readonly #transport: Pick<SessionTransport, 'message' | 'post'>;
  readonly #session: Pick<SubscriptionOwner, 'overflow'>;

  constructor(
    options: PreparationOptions,
    transport: Pick<SessionTransport, 'message' | 'post'>,
    session: Pick<SubscriptionOwner, 'overflow'>,
  ) {
    this.#options = options;
    this.#transport = transport;
    this.#session = session;
  }

  /** Resolves with a subscription that keeps what comes from now on, or with why there is none. */
  async prepare(wanted: WantedChannel): Promise<PreparedChannel | RefusedChannel> {
    const { directory, hub, log, past, logger } = this.#options;
    try {
      const lease = await directory.lease(wanted.channel);
      const subscription = new ChannelSubscription(wanted, lease, this);
      const { maxRate, history } = wanted.terms;
      subscription.limit = maxRate === undefined ? undefined : this.#limitTo(maxRate);
      const { name, channel } = subscription;
      hub.join(name, subscription);
      try {
        const missed = wanted.since && (await log.since(name, wanted.since));
        const older = missed === undefined ? await past.read(channel, history) : [];
        return { subscription, missed, since: wanted.since, older };
      } catch (error) {
        this.giveUp(subscription);
        throw error;
      }
    } catch (error) {
      if (error instanceof ChannelError) {
        return refusedChannel(wanted, { error_code: error.code, error_message: error.message });
      }
      const channel = formatChannel(wanted.channel);
      logger.error({ err: toError(error), channel }, 'A channel could not be served');
      const message = 'The log of the server has the reason';
      return refusedChannel(wanted, { error_code: 'INTERNAL_ERROR', error_message: message });
    }
  }

  /** Gives the place of a subscription back that will not begin. */
  giveUp(subscription: ChannelSubscription): void {
    this.#options.hub.leave(subscription.name, subscription);
    subscription.end();
  }

  deliver(
    { name, limit }: ChannelSubscription,
    envelope: Envelope,
    seq: number,
    isMissed: boolean,
  ): void {
    const message = this.#transport.message(name, seq, envelope);
    if (limit === undefined || isMissed) {
      this.#transport.post({ message, isKept: isMissed, onSent: undefined });
    } else {
      limit.take(message);
    }
  }

  overflow(): void {
    this.#session.overflow();
  }

  #limitTo(maxRate: number): RateLimit {
    const { counters, clock } = this.#options;
    return new RateLimit({
      intervalMs: SECOND_MS / maxRate,
      clock,
      post: (message, onSent) => {
        this.#transport.post({ message, isKept: false, onSent });
      },
      onConflated: () => {
        counters.conflated += 1;
      },
    });
  }
}

export function refusedChannel({ channel }: WantedChannel, error: ChannelRefused): RefusedChannel {
  return { name: formatChannel(channel), error };
}

/** How many candles the state of a channel may have, though it may come only later. */
export function candlesWanted({ subscription, missed }: PreparedChannel): number {
  const { channel, terms } = subscription;
  return channel.kind === 'candles' && missed === undefined
    ? (terms.history ?? SNAPSHOT_CANDLES)
    : 0;
}
