import {
  type ChannelRefused,
  type ChannelSubscribed,
  type ChannelsConfirmed,
  type ChannelsLeft,
  formatChannel,
} from '@tickwire/protocol';
import type { ChannelContents } from './channel-contents.ts';
import {
  ChannelPreparation,
  type PreparationOptions,
  type PreparedChannel,
  candlesWanted,
  refusedChannel,
} from './channel-preparation.ts';
import { ChannelReplays } from './channel-replays.ts';
import type { AskedChannels } from './channel-request.ts';
import { ChannelStates } from './channel-states.ts';
import type { ChannelSubscription, WantedChannel } from './channel-subscription.ts';
import type { ReplayPacer } from './replay-pacer.ts';
import { RequestTurns } from './request-turns.ts';
import type { SessionTransport } from './session-transport.ts';

export interface ChannelSessionOptions extends PreparationOptions {
  readonly contents: ChannelContents;
  readonly pacer: ReplayPacer;
  /** How many missed messages are sent in one turn. */
  readonly sentAtOnce?: number;
}

const SENT_AT_ONCE = 100;
const MAX_SUBSCRIPTIONS = 1_000;
/** Candles in all states of one answer: some megabytes. */
const MAX_ANSWERED_CANDLES = 20_000;
const TOO_MANY_CHANNELS: ChannelRefused = {
  error_code: 'RATE_LIMITED',
  error_message: `At most ${MAX_SUBSCRIPTIONS} channels for one client`,
};
const TOO_MANY_CANDLES: ChannelRefused = {
  error_code: 'RATE_LIMITED',
  error_message: `At most ${MAX_ANSWERED_CANDLES} candles in one answer; ask again for the rest`,
};

/**
 * What one client follows, whatever its transport: the rules of "Channels" in PROTOCOL.md. Its
 * requests are carried out one after another.
 */
export class ChannelSession {
  readonly #options: ChannelSessionOptions;
  readonly #transport: SessionTransport;
  readonly #subscriptions = new Map<string, ChannelSubscription>();
  readonly #replays: ChannelReplays;
  readonly #states: ChannelStates;
  readonly #endLoss: () => void;
  readonly #turns: RequestTurns;
  readonly #preparation: ChannelPreparation;
  #hasEnded = false;

  constructor(options: ChannelSessionOptions, transport: SessionTransport) {
    this.#options = options;
    this.#transport = transport;
    const refuse = (): void => {
      this.close();
      transport.refuse();
    };
    this.#preparation = new ChannelPreparation(options, transport, refuse);
    this.#turns = new RequestTurns({
      ready: () => transport.ready(),
      onTooMany: refuse,
      hasEnded: () => this.#hasEnded,
      logger: options.logger,
    });
    this.#replays = new ChannelReplays({
      pacer: options.pacer,
      sentAtOnce: options.sentAtOnce ?? SENT_AT_ONCE,
      subscriptions: () => this.#subscriptions.values(),
      ready: () => transport.ready(),
      hasDelivered: (alert) => transport.hasDelivered?.(alert) === true,
      hold: transport.canHold
        ? (subscription) => {
            this.#hold(subscription);
          }
        : undefined,
      onDone: (subscription) => {
        this.#goLive(subscription);
      },
    });
    this.#states = new ChannelStates({
      ...options,
      deliver: (state) => {
        transport.deliverState(state);
      },
    });
    this.#endLoss = options.hub.onLoss((channel) => {
      this.#states.sendAnew(this.#subscriptions.values(), channel);
    });
  }

  /** The names of the channels that are subscribed now. */
  get subscriptions(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  /**
   * Subscribes to channels, each by itself: what cannot be had leaves the others as they are. The
   * answer comes before any message of these channels; it MUST be sent synchronously.
   */
  subscribe(asked: AskedChannels, answer: (confirmed: ChannelsConfirmed) => void): Promise<void> {
    return this.#turns.run(() => this.#subscribe(asked, answer));
  }

  /** Ends subscriptions; names that are not subscribed are none. */
  unsubscribe(names: readonly string[], answer: (left: ChannelsLeft) => void): Promise<void> {
    return this.#turns.run(() => {
      for (const name of names) {
        this.end(name);
      }
      answer({ channels: names, subscriptions: this.subscriptions });
    });
  }

  /** Runs what answers a request after the answers to those before it. */
  afterwards(answer: () => void): Promise<void> {
    return this.#turns.run(answer);
  }

  /** Whether a channel is subscribed, and something that was missed waits to be sent. */
  isCatchingUp(name: string): boolean {
    return this.#subscriptions.get(name)?.isLive === false;
  }

  /** Ends everything. */
  close(): void {
    this.#hasEnded = true;
    this.#endLoss();
    for (const name of this.subscriptions) {
      this.end(name);
    }
  }

  async #subscribe(
    { wanted, errors }: AskedChannels,
    answer: (confirmed: ChannelsConfirmed) => void,
  ): Promise<void> {
    const isNew = ({ channel }: WantedChannel): boolean =>
      !this.#subscriptions.has(formatChannel(channel));
    const left = MAX_SUBSCRIPTIONS - this.#subscriptions.size;
    const beyond = new Set(wanted.filter(isNew).slice(left));
    const prepared = await Promise.all(
      wanted.map(async (each) =>
        beyond.has(each)
          ? refusedChannel(each, TOO_MANY_CHANNELS)
          : this.#preparation.prepare(each),
      ),
    );
    const channels: Record<string, ChannelSubscribed> = {};
    const refused: Record<string, ChannelRefused> = { ...errors };
    const begun: ChannelSubscription[] = [];
    let room = MAX_ANSWERED_CANDLES;
    for (const each of prepared) {
      if ('error' in each) {
        refused[each.name] = each.error;
      } else if (this.#hasEnded) {
        this.#drop(each.subscription);
      } else if (candlesWanted(each) > room) {
        this.#drop(each.subscription);
        refused[each.subscription.askedName] = TOO_MANY_CANDLES;
      } else {
        const { subscription } = each;
        room -= candlesWanted(each);
        this.end(subscription.name);
        this.#subscriptions.set(subscription.name, subscription);
        channels[subscription.name] = this.#begin(each);
        begun.push(subscription);
      }
    }
    if (!this.#hasEnded) {
      answer({ channels, subscriptions: this.subscriptions, errors: refused });
      // One that was named twice is there once.
      this.#replays.begin(begun.filter(({ hasEnded }) => !hasEnded));
    }
  }

  /** Decides what the client begins with; nothing may come between this and the answer. */
  #begin({ subscription, missed, older }: PreparedChannel): ChannelSubscribed {
    const { log, counters } = this.#options;
    const { name, wanted } = subscription;
    this.#transport.begin?.(subscription);
    const position = log.position(name);
    const options = {
      ...(wanted.isConfirmedOnly ? { confirmed_only: true as const } : {}),
      ...(wanted.maxRate === undefined ? {} : { max_rate: wanted.maxRate }),
    };
    const { since } = wanted;
    const hasAll = since && missed && subscription.recover(since.seq, missed, position.seq);
    if (since !== undefined) {
      counters.recoveries[hasAll === true ? 'recovered' : 'notRecovered'] += 1;
    }
    if (hasAll === true) {
      return { ...position, recovered: true, ...options };
    }
    subscription.beginFromState(position.seq);
    const snapshot = this.#states.take(subscription, older);
    return {
      ...position,
      ...(since === undefined ? {} : { recovered: false }),
      ...(snapshot === undefined ? {} : { snapshot }),
      ...options,
    };
  }

  #goLive(subscription: ChannelSubscription): void {
    subscription.goLive();
    // Whoever wants less than all is brought each message by itself.
    if (subscription.wanted.maxRate === undefined) {
      this.#options.hub.leave(subscription.name, subscription);
      this.#transport.takeOver(subscription);
    }
  }

  /** Keeps what comes from now on, behind what waits. */
  #hold(subscription: ChannelSubscription): void {
    if (subscription.isLive) {
      this.#transport.giveBack(subscription);
      this.#options.hub.join(subscription.name, subscription);
      subscription.hold();
    }
  }

  /** Ends a subscription at once, if there is one, by either of its names. */
  end(name: string): void {
    const subscription =
      this.#subscriptions.get(name) ??
      Array.from(this.#subscriptions.values()).find(({ askedName }) => askedName === name);
    if (subscription !== undefined) {
      this.#subscriptions.delete(subscription.name);
      this.#drop(subscription);
    }
  }

  #drop(subscription: ChannelSubscription): void {
    this.#options.hub.leave(subscription.name, subscription);
    if (subscription.isLive) {
      this.#transport.giveBack(subscription);
    }
    subscription.end();
  }
}
