import type { Envelope } from '../ports/bus.ts';

/** Who wants the messages of one channel. */
export interface ChannelSubscriber {
  /** To whom they go: an alert of several channels goes to nobody twice. */
  readonly recipient: object;
  /** Whether messages are sent on at once, and not kept for later. */
  readonly isLive: boolean;
  receive(envelope: Envelope, seq: number): void;
}

/** Brings each message to all who are on one of its channels. */
export class ChannelHub {
  readonly #subscribers = new Map<string, Set<ChannelSubscriber>>();
  /** Those who are owed a state, by channel. */
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Those who are told of messages that are missing. */
  readonly #bereaved = new Set<(channel: string | undefined) => void>();

  join(channel: string, subscriber: ChannelSubscriber): void {
    const subscribers = this.#subscribers.get(channel) ?? new Set();
    this.#subscribers.set(channel, subscribers);
    subscribers.add(subscriber);
  }

  leave(channel: string, subscriber: ChannelSubscriber): void {
    const subscribers = this.#subscribers.get(channel);
    subscribers?.delete(subscriber);
    if (subscribers?.size === 0) {
      this.#subscribers.delete(channel);
    }
  }

  /** Calls back once, when a channel has a state though there was no event; the result cancels. */
  onState(channel: string, callback: () => void): () => void {
    const waiting = this.#waiting.get(channel) ?? new Set();
    this.#waiting.set(channel, waiting);
    waiting.add(callback);
    return () => {
      waiting.delete(callback);
    };
  }

  /** A channel has a state though there was no event. */
  tellState(channel: string): void {
    const waiting = this.#waiting.get(channel) ?? [];
    this.#waiting.delete(channel);
    for (const callback of waiting) {
      callback();
    }
  }

  /** Calls back when messages of a channel are missing, or of all; the result ends it. */
  onLoss(callback: (channel: string | undefined) => void): () => void {
    this.#bereaved.add(callback);
    return () => {
      this.#bereaved.delete(callback);
    };
  }

  /** Messages of a channel are missing; without a name, of any. */
  tellLoss(channel?: string): void {
    for (const callback of this.#bereaved) {
      callback(channel);
    }
  }

  publish(envelope: Envelope): void {
    const { channel, seq, also } = envelope;
    if (also === undefined) {
      for (const subscriber of this.#subscribers.get(channel) ?? []) {
        subscriber.receive(envelope, seq);
      }
      return;
    }
    const told = new Set<object>();
    for (const [name, place] of Object.entries({ [channel]: seq, ...also })) {
      for (const subscriber of this.#subscribers.get(name) ?? []) {
        if (!subscriber.isLive) {
          subscriber.receive(envelope, place);
        } else if (!told.has(subscriber.recipient)) {
          told.add(subscriber.recipient);
          subscriber.receive(envelope, place);
        }
      }
    }
  }
}
