import type { Envelope } from '../ports/bus.ts';

/** Who wants the messages of one channel. */
export interface ChannelSubscriber {
  receive(envelope: Envelope, seq: number): void;
}

/** Who is told that messages of a channel are missing; without a name, of all. */
export interface Bereaved {
  sendAnew(channel: string | undefined): void;
}

/**
 * Brings each message to those of its channels who are to have it each for itself: to be sent later,
 * or not more often than so. All others are brought it by the fan-out.
 */
export class ChannelHub {
  readonly #subscribers = new Map<string, Set<ChannelSubscriber>>();
  /** Those who are owed a state, by channel. */
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Those who are told of messages that are missing. */
  readonly #bereaved = new Set<Bereaved>();

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

  /** From now on somebody is told of losses, until {@link ignoreLosses}. */
  followLosses(bereaved: Bereaved): void {
    this.#bereaved.add(bereaved);
  }

  ignoreLosses(bereaved: Bereaved): void {
    this.#bereaved.delete(bereaved);
  }

  /** Messages of a channel are missing; without a name, of any. */
  tellLoss(channel?: string): void {
    for (const each of this.#bereaved) {
      each.sendAnew(channel);
    }
  }

  publish(envelope: Envelope): void {
    this.#bring(envelope.channel, envelope, envelope.seq);
    for (const [name, seq] of Object.entries(envelope.also ?? {})) {
      this.#bring(name, envelope, seq);
    }
  }

  #bring(channel: string, envelope: Envelope, seq: number): void {
    const subscribers = this.#subscribers.get(channel);
    if (subscribers !== undefined) {
      for (const subscriber of subscribers) {
        subscriber.receive(envelope, seq);
      }
    }
  }
}
