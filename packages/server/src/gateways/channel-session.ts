import {
  type Candle,
  type ChannelRefused,
  type ChannelSubscribed,
  type ChannelsConfirmed,
  type ChannelsLeft,
  type StreamState,
  formatChannel,
} from '@tickwire/protocol';
import { ChannelError, toError } from '../domain/errors.ts';
import type { Envelope } from '../ports/bus.ts';
import type { ChannelDirectory } from '../ports/channels.ts';
import type { ChannelLog } from '../ports/channel-log.ts';
import type { Logger } from '../ports/logger.ts';
import type { ChannelContents } from './channel-contents.ts';
import type { ChannelHub } from './channel-hub.ts';
import { ChannelReplays } from './channel-replays.ts';
import type { AskedChannels } from './channel-request.ts';
import { ChannelStates } from './channel-states.ts';
import { ChannelSubscription, type WantedChannel } from './channel-subscription.ts';
import type { PastCandles } from './past-candles.ts';
import type { ReplayPacer } from './replay-pacer.ts';

/** How one client is reached. */
export interface SessionTransport {
  /** Sends a message of a channel, under its number there. */
  deliver(channel: string, seq: number, envelope: Envelope): void;
  /** Sends a state that was not asked for. */
  deliverState(state: StreamState): void;
  /**
   * Resolves when the client has taken enough of what it was sent to be sent more; undefined where
   * it has already.
   */
  ready(): Promise<void> | undefined;
  /** Ends a client that does not take what it is sent. */
  refuse(): void;
  /** Messages of a channel are kept from now on, to be sent after those that were missed. */
  begin?(subscription: ChannelSubscription): void;
  /** Whether an alert has reached the client in a way that is no channel's. */
  hasDelivered?(alert: Envelope): boolean;
  /** Where the transport brings live messages by itself: it begins, or ends, to do so. */
  takeOver?(subscription: ChannelSubscription): void;
  giveBack?(subscription: ChannelSubscription): void;
}

export interface ChannelSessionOptions {
  readonly directory: ChannelDirectory;
  readonly log: ChannelLog;
  readonly hub: ChannelHub;
  readonly contents: ChannelContents;
  readonly past: PastCandles;
  readonly pacer: ReplayPacer;
  /** How many missed messages are sent in one turn. */
  readonly sentAtOnce?: number;
  readonly logger: Logger;
}

const SENT_AT_ONCE = 100;
const MAX_SUBSCRIPTIONS = 1_000;
/** Requests that wait for those before them. */
const MAX_QUEUED = 100;

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
  #previous: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #hasEnded = false;

  constructor(options: ChannelSessionOptions, transport: SessionTransport) {
    this.#options = options;
    this.#transport = transport;
    this.#replays = new ChannelReplays({
      pacer: options.pacer,
      sentAtOnce: options.sentAtOnce ?? SENT_AT_ONCE,
      subscriptions: () => this.#subscriptions.values(),
      ready: () => transport.ready(),
      hasDelivered: (alert) => transport.hasDelivered?.(alert) === true,
      canHold: transport.takeOver === undefined,
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
    return this.#inTurn(() => this.#subscribe(asked, answer));
  }

  /** Ends subscriptions; names that are not subscribed are none. */
  unsubscribe(names: readonly string[], answer: (left: ChannelsLeft) => void): Promise<void> {
    return this.#inTurn(() => {
      for (const name of names) {
        this.end(name);
      }
      answer({ channels: names, subscriptions: this.subscriptions });
      return Promise.resolve();
    });
  }

  /** Runs what answers a request after the answers to those before it. */
  afterwards(answer: () => void): Promise<void> {
    return this.#inTurn(() => {
      answer();
      return Promise.resolve();
    });
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
    const room = MAX_SUBSCRIPTIONS - this.#subscriptions.size;
    const beyond = new Set(wanted.filter(isNew).slice(room));
    const prepared = await Promise.all(
      wanted.map((each) => this.#prepare(each, !beyond.has(each))),
    );
    const channels: Record<string, ChannelSubscribed> = {};
    const refused: Record<string, ChannelRefused> = { ...errors };
    const begun: ChannelSubscription[] = [];
    for (const each of prepared) {
      if ('error' in each) {
        refused[each.name] = each.error;
      } else if (this.#hasEnded) {
        this.#drop(each.subscription);
      } else {
        const { subscription } = each;
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

  /** Takes a place at a channel, and looks for what the client wants to begin with. */
  async #prepare(wanted: WantedChannel, hasRoom: boolean): Promise<Prepared> {
    const { directory, hub, log, past, logger } = this.#options;
    const name = formatChannel(wanted.channel);
    try {
      if (!hasRoom) {
        const message = `At most ${MAX_SUBSCRIPTIONS} channels for one client`;
        throw new ChannelError('RATE_LIMITED', message);
      }
      const lease = await directory.lease(wanted.channel);
      const subscription = new ChannelSubscription({
        wanted,
        lease,
        recipient: this,
        deliver: (envelope, seq) => {
          this.#transport.deliver(subscription.name, seq, envelope);
        },
        onOverflow: () => {
          this.close();
          this.#transport.refuse();
        },
      });
      hub.join(subscription.name, subscription);
      try {
        const missed = wanted.since && (await log.since(subscription.name, wanted.since));
        const older = missed === undefined ? await past.read(lease.channel, wanted.history) : [];
        return { subscription, missed, older };
      } catch (error) {
        this.#drop(subscription);
        throw error;
      }
    } catch (error) {
      if (error instanceof ChannelError) {
        return { name, error: { error_code: error.code, error_message: error.message } };
      }
      logger.error({ err: toError(error), channel: name }, 'A channel could not be served');
      const message = 'The log of the server has the reason';
      return { name, error: { error_code: 'INTERNAL_ERROR', error_message: message } };
    }
  }

  /** Decides what the client begins with; nothing may come between this and the answer. */
  #begin({ subscription, missed, older }: PreparedChannel): ChannelSubscribed {
    const { log } = this.#options;
    const { name, wanted } = subscription;
    this.#transport.begin?.(subscription);
    const position = log.position(name);
    const options = wanted.isConfirmedOnly ? { confirmed_only: true as const } : {};
    const { since } = wanted;
    const hasAll = since && missed && subscription.recover(since.seq, missed, position.seq);
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
    if (this.#transport.takeOver !== undefined) {
      this.#options.hub.leave(subscription.name, subscription);
      this.#transport.takeOver(subscription);
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
      this.#transport.giveBack?.(subscription);
    }
    subscription.end();
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#queued += 1;
    if (this.#queued > MAX_QUEUED) {
      this.close();
      this.#transport.refuse();
    }
    const done = this.#previous.then(async () => {
      this.#queued -= 1;
      if (!this.#hasEnded) {
        await work();
      }
    });
    this.#previous = done.catch((error: unknown) => {
      this.#options.logger.error({ err: toError(error) }, 'A request of a client failed');
    });
    await this.#previous;
  }
}

/** A channel that can be had, and what there is to begin with. */
interface PreparedChannel {
  readonly subscription: ChannelSubscription;
  /** Undefined where the client does not say what it has, or that is too long ago. */
  readonly missed: readonly Envelope[] | undefined;
  readonly older: readonly Candle[];
}

type Prepared = PreparedChannel | { readonly name: string; readonly error: ChannelRefused };
