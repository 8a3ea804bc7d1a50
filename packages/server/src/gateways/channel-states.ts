import type { Candle, ChannelSnapshot, StreamState } from '@tickwire/protocol';
import type { ChannelLog } from '../ports/channel-log.ts';
import type { ChannelContents } from './channel-contents.ts';
import type { ChannelHub } from './channel-hub.ts';
import type { ChannelSubscription } from './channel-subscription.ts';

export interface ChannelStatesOptions {
  readonly log: ChannelLog;
  readonly hub: ChannelHub;
  readonly contents: ChannelContents;
  /** Sends a state that was not asked for. */
  readonly deliver: (state: StreamState) => void;
}

/** The states that one client begins with, and those that it is owed. */
export class ChannelStates {
  readonly #options: ChannelStatesOptions;

  constructor(options: ChannelStatesOptions) {
    this.#options = options;
  }

  /**
   * The state of a channel, with candles that may be older than those known; where there is none
   * yet, and it comes without an event, it is sent then.
   */
  take(
    subscription: ChannelSubscription,
    older: readonly Candle[] = [],
  ): ChannelSnapshot | undefined {
    const { contents, hub } = this.#options;
    const { name, channel, wanted } = subscription;
    const snapshot = contents.snapshot(channel, wanted.history, older);
    const comesByItself = channel.kind === 'candles' || channel.kind === 'orderbook';
    subscription.owedState?.();
    if (snapshot === undefined && comesByItself) {
      subscription.owedState = hub.onState(name, () => {
        this.#send(subscription, older);
      });
    }
    return snapshot;
  }

  /**
   * The server has missed messages of a channel, or without a name of all: who follows it begins
   * anew.
   */
  sendAnew(subscriptions: Iterable<ChannelSubscription>, name: string | undefined): void {
    const { log, deliver } = this.#options;
    for (const subscription of subscriptions) {
      const channel = subscription.name;
      if (name === undefined || name === channel) {
        const { seq, epoch } = log.position(channel);
        subscription.beginFromState(seq);
        const snapshot = this.take(subscription);
        const state = snapshot === undefined ? {} : { snapshot };
        deliver({ channel, seq, epoch, recovered: false, ...state });
      }
    }
  }

  #send({ name, channel, wanted }: ChannelSubscription, older: readonly Candle[]): void {
    const { log, contents, deliver } = this.#options;
    const snapshot = contents.snapshot(channel, wanted.history, older);
    if (snapshot !== undefined) {
      deliver({ channel: name, seq: log.position(name).seq, snapshot });
    }
  }
}
