import type { Candle, ChannelSnapshot } from '@tickwire/protocol';
import type { ChannelLog } from '../ports/channel-log.ts';
import type { ChannelContents } from './channel-contents.ts';
import type { ChannelHub } from './channel-hub.ts';
import { ChannelSubscription, type HeldChannel } from './channel-subscription.ts';
import type { SessionTransport } from './session-transport.ts';

export interface ChannelStatesOptions {
  readonly log: ChannelLog;
  readonly hub: ChannelHub;
  readonly contents: ChannelContents;
}

/** The states that one client begins with, and those that it is owed. */
export class ChannelStates {
  readonly #options: ChannelStatesOptions;
  readonly #transport: Pick<SessionTransport, 'deliverState'>;
  /** By name, what forgets that the client is to be sent a state that the channel does not have. */
  #owed: Map<string, () => void> | undefined;

  constructor(options: ChannelStatesOptions, transport: Pick<SessionTransport, 'deliverState'>) {
    this.#options = options;
    this.#transport = transport;
  }

  /**
   * The state of a channel, with candles that may be older than those known; where there is none
   * yet, and it comes without an event, it is sent then.
   */
  take(held: HeldChannel, older: readonly Candle[] = []): ChannelSnapshot | undefined {
    const { contents, hub } = this.#options;
    const { name, channel, terms } = held;
    const snapshot = contents.snapshot(channel, terms.history, older);
    const comesByItself = channel.kind === 'candles' || channel.kind === 'orderbook';
    this.forget(name);
    if (snapshot === undefined && comesByItself) {
      this.#owed ??= new Map();
      const forget = hub.onState(name, () => {
        this.#send(held, older);
      });
      this.#owed.set(name, forget);
    }
    return snapshot;
  }

  /** The client is not owed the state of a channel any more. */
  forget(name: string): void {
    this.#owed?.get(name)?.();
    this.#owed?.delete(name);
  }

  /**
   * The server has missed messages of a channel, or without a name of all: who follows it begins
   * anew.
   */
  sendAnew(all: Iterable<HeldChannel>, name: string | undefined): void {
    const { log } = this.#options;
    for (const held of all) {
      const channel = held.name;
      if (name === undefined || name === channel) {
        const { seq, epoch } = log.position(channel);
        if (held instanceof ChannelSubscription) {
          held.beginFromState(seq);
        }
        const snapshot = this.take(held);
        const state = snapshot === undefined ? {} : { snapshot };
        this.#transport.deliverState({ channel, seq, epoch, recovered: false, ...state });
      }
    }
  }

  #send({ name, channel, terms }: HeldChannel, older: readonly Candle[]): void {
    const { log, contents } = this.#options;
    const snapshot = contents.snapshot(channel, terms.history, older);
    if (snapshot !== undefined) {
      this.#transport.deliverState({ channel: name, seq: log.position(name).seq, snapshot });
    }
  }
}
