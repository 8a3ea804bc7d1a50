import {
  type ChannelRefused,
  type ChannelSubscribed,
  type ChannelsConfirmed,
  type ChannelsLeft,
  formatChannel,
} from '@tickwire/protocol';
import type { ChannelContents } from './channel-contents.ts';
import type { Bereaved } from './channel-hub.ts';
import {
  ChannelPreparation,
  type PreparationOptions,
  type PreparedChannel,
  candlesWanted,
  refusedChannel,
} from './channel-preparation.ts';
import {
  ChannelReplays,
  type ChannelReplaysOptions,
  type ReplayOwner,
  isReplayedTogether,
} from './channel-replays.ts';
import type { AskedChannels } from './channel-request.ts';
import { ChannelStates } from './channel-states.ts';
import {
  ChannelSubscription,
  type HeldChannel,
  type WantedChannel,
} from './channel-subscription.ts';
import { RequestTurns, type TurnsOwner } from './request-turns.ts';
import type { SessionTransport } from './session-transport.ts';
import { settledChannel } from './settled-channel.ts';

export interface ChannelSessionOptions extends PreparationOptions, ChannelReplaysOptions {
  readonly contents: ChannelContents;
}

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
export class ChannelSession implements Bereaved, ReplayOwner, TurnsOwner {
  readonly #options: ChannelSessionOptions;
  readonly #transport: SessionTransport;
  readonly #turns: RequestTurns;
  readonly #states: ChannelStates;
  readonly #replays: ChannelReplays;
  /** In the order in which they were subscribed. */
  #held: HeldChannel[] = [];
  #hasEnded = false;

  constructor(options: ChannelSessionOptions, transport: SessionTransport) {
    this.#options = options;
    this.#transport = transport;
    this.#turns = new RequestTurns(this, options.logger);
    this.#states = new ChannelStates(options, transport);
    this.#replays = new ChannelReplays(options, transport, this);
    options.hub.followLosses(this);
  }

  get held(): readonly HeldChannel[] {
    return this.#held;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** How many channels are subscribed now. */
  get size(): number {
    return this.#held.length;
  }

  /** The names of the channels that are subscribed now. */
  get subscriptions(): readonly string[] {
    return this.#held.map(({ name }) => name);
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
      this.#end(new Set(names));
      answer({ channels: names, subscriptions: this.subscriptions });
    });
  }

  /** Runs what answers a request after the answers to those before it. */
  afterwards(answer: () => void): Promise<void> {
    return this.#turns.run(answer);
  }

  /** Whether a channel is subscribed, and something that was missed waits to be sent. */
  isCatchingUp(name: string): boolean {
    return this.#held.find((each) => each.name === name)?.isLive === false;
  }

  /** Ends everything. */
  close(): void {
    this.#hasEnded = true;
    this.#options.hub.ignoreLosses(this);
    this.#end(new Set(this.subscriptions));
  }

  ready(): Promise<void> | undefined {
    return this.#transport.ready();
  }

  /** Ends a client that asks for more, or leaves more waiting, than is kept for it. */
  overflow(): void {
    this.close();
    this.#transport.refuse();
  }

  sendAnew(channel: string | undefined): void {
    this.#states.sendAnew(this.#held, channel);
  }

  async #subscribe(
    { wanted, errors }: AskedChannels,
    answer: (confirmed: ChannelsConfirmed) => void,
  ): Promise<void> {
    const known = new Set(this.subscriptions);
    const isNew = ({ channel }: WantedChannel): boolean => !known.has(formatChannel(channel));
    const left = MAX_SUBSCRIPTIONS - known.size;
    const beyond = new Set(wanted.filter(isNew).slice(left));
    const preparation = new ChannelPreparation(this.#options, this.#transport, this);
    const prepared = await Promise.all(
      wanted.map(async (each) =>
        beyond.has(each) ? refusedChannel(each, TOO_MANY_CHANNELS) : preparation.prepare(each),
      ),
    );
    const channels: Record<string, ChannelSubscribed> = {};
    const refused: Record<string, ChannelRefused> = { ...errors };
    const begun: ChannelSubscription[] = [];
    const held = new Map(this.#held.map((each) => [each.name, each]));
    let room = MAX_ANSWERED_CANDLES;
    for (const each of prepared) {
      if ('error' in each) {
        refused[each.name] = each.error;
      } else if (this.#hasEnded) {
        preparation.giveUp(each.subscription);
      } else if (candlesWanted(each) > room) {
        preparation.giveUp(each.subscription);
        refused[each.subscription.askedName] = TOO_MANY_CANDLES;
      } else {
        const { subscription } = each;
        room -= candlesWanted(each);
        const before = held.get(subscription.name);
        if (before !== undefined) {
          this.#drop(before);
        }
        held.delete(subscription.name);
        held.set(subscription.name, subscription);
        channels[subscription.name] = this.#begin(each);
        begun.push(subscription);
      }
    }
    if (!this.#hasEnded) {
      this.#held = [...held.values()];
      answer({ channels, subscriptions: this.subscriptions, errors: refused });
      // One that was named twice is there once.
      this.#replays.begin(begun.filter(({ hasEnded }) => !hasEnded));
    }
  }

  /** Decides what the client begins with; nothing may come between this and the answer. */
  #begin({ subscription, missed, since, older }: PreparedChannel): ChannelSubscribed {
    const { log, counters } = this.#options;
    const { name, terms } = subscription;
    this.#transport.begin?.(subscription);
    const position = log.position(name);
    const options = {
      ...(terms.isConfirmedOnly ? { confirmed_only: true as const } : {}),
      ...(terms.maxRate === undefined ? {} : { max_rate: terms.maxRate }),
    };
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

  goLive(subscription: ChannelSubscription): void {
    subscription.goLive();
    // Whoever wants less than all is brought each message by itself.
    if (subscription.terms.maxRate === undefined) {
      this.#options.hub.leave(subscription.name, subscription);
      this.#transport.takeOver(subscription);
      this.#settle(subscription);
    }
  }

  hold(subscription: ChannelSubscription): void {
    if (subscription.isLive) {
      this.#transport.giveBack(subscription);
      this.#options.hub.join(subscription.name, subscription);
      subscription.hold();
    }
  }

  /** Ends a subscription at once, if there is one, by either of its names. */
  end(name: string): void {
    this.#end(new Set([name]));
  }

  #end(names: ReadonlySet<string>): void {
    const isEnded = ({ name, askedName }: HeldChannel): boolean =>
      names.has(name) || names.has(askedName);
    const ended = this.#held.filter(isEnded);
    if (ended.length > 0) {
      this.#held = this.#held.filter((each) => !isEnded(each));
      for (const each of ended) {
        this.#drop(each);
      }
    }
  }

  /** Puts what all clients share in the place of a subscription that is like any other. */
  #settle(subscription: ChannelSubscription): void {
    const lease = subscription.sharedLease;
    if (lease !== undefined && !isReplayedTogether(subscription)) {
      this.#held[this.#held.indexOf(subscription)] = settledChannel(lease);
    }
  }

  #drop(held: HeldChannel): void {
    this.#states.forget(held.name);
    if (held.isLive) {
      this.#transport.giveBack(held);
    }
    if (held instanceof ChannelSubscription) {
      this.#options.hub.leave(held.name, held);
      held.end();
    }
  }
}
