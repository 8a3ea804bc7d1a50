import type { Channel } from '@tickwire/protocol';
import { formatChannel } from '@tickwire/protocol';
import type { Envelope } from '../ports/bus.ts';
import type { ChannelLease } from '../ports/channels.ts';
import type { Position } from '../ports/channel-log.ts';
import type { ChannelSubscriber } from './channel-hub.ts';
import type { RateLimit } from './rate-limit.ts';

/** What a client is to have of a channel. */
export interface ChannelTerms {
  /** How many confirmed candles it wants to begin with. */
  readonly history?: number | undefined;
  readonly isConfirmedOnly: boolean;
  /** How many messages a second it wants at most, of those that may be conflated. */
  readonly maxRate?: number | undefined;
}

/** All messages, as they come: one object for all who ask for nothing else. */
export const USUAL_TERMS: ChannelTerms = { isConfirmedOnly: false };

/** How a client wants a channel, checked. */
export interface WantedChannel {
  readonly channel: Channel;
  /** The place of the last message that it has. */
  readonly since?: Position | undefined;
  readonly terms: ChannelTerms;
}

/** A channel that a client is on. */
export interface HeldChannel {
  readonly name: string;
  /** By which it was asked for, which may be another name of the channel. */
  readonly askedName: string;
  readonly channel: Channel;
  readonly terms: ChannelTerms;
  /** Whether nothing waits to be sent. */
  readonly isLive: boolean;
}

/** Who holds subscriptions of one client. */
export interface SubscriptionOwner {
  /** Sends a message on; `isMissed` where it is one of those that the client was away for. */
  deliver(
    subscription: ChannelSubscription,
    envelope: Envelope,
    seq: number,
    isMissed: boolean,
  ): void;
  /** More has come than is kept for a client that does not take what it missed. */
  overflow(): void;
}

interface Waiting {
  readonly envelope: Envelope;
  readonly seq: number;
}

/** How many messages may come while others wait to be sent. */
const MAX_NEW_WAITING = 10_000;

/**
 * One client on one channel.
 *
 * waiting: what comes is kept until the client has been told where the channel stands, and has been
 * sent what it missed. live: what comes is sent at once; it may have to wait again. ended: the
 * channel was given back, and nothing is sent any more.
 */
export class ChannelSubscription implements ChannelSubscriber, HeldChannel {
  readonly name: string;
  readonly askedName: string;
  readonly channel: Channel;
  readonly terms: ChannelTerms;
  /** Where the client wants less than all. */
  limit: RateLimit | undefined;
  readonly #lease: ChannelLease;
  readonly #owner: SubscriptionOwner;
  #state: 'waiting' | 'live' | 'ended' = 'waiting';
  /** The number after which every message was sent or waits; undefined until that is decided. */
  #since: number | undefined;
  /** Made when something waits: there may be a thousand of these for each client. */
  #waiting: Waiting[] | undefined;
  #maxWaiting = MAX_NEW_WAITING;

  constructor(wanted: WantedChannel, lease: ChannelLease, owner: SubscriptionOwner) {
    this.name = formatChannel(lease.channel);
    const askedName = formatChannel(wanted.channel);
    // One string where both are the same.
    this.askedName = askedName === this.name ? this.name : askedName;
    this.channel = lease.channel;
    this.terms = wanted.terms;
    this.#lease = lease;
    this.#owner = owner;
  }

  get isLive(): boolean {
    return this.#state === 'live';
  }

  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** The lease, where it is shared and nothing else is this client's alone. */
  get sharedLease(): ChannelLease | undefined {
    const isUsual = this.terms === USUAL_TERMS && this.askedName === this.name;
    return isUsual && this.#lease.isShared === true ? this.#lease : undefined;
  }

  /** The oldest message that waits. */
  get next(): Envelope | undefined {
    return this.#waiting?.[0]?.envelope;
  }

  receive(envelope: Envelope, seq: number): void {
    if (this.#state === 'live') {
      this.#send({ envelope, seq }, false);
      return;
    }
    this.#waiting ??= [];
    if (this.#waiting.length < this.#maxWaiting) {
      this.#waiting.push({ envelope, seq });
    } else if (this.#since === undefined) {
      // The hole is found when it is decided what the client begins with.
      this.#waiting = undefined;
    } else {
      this.#owner.overflow();
    }
  }

  /**
   * Puts what was missed before what came meanwhile; false where that leaves a hole: then the client
   * begins from the state. `head` is the number of the newest message of the channel.
   */
  recover(since: number, missed: readonly Envelope[], head: number): boolean {
    const known = missed.map((envelope): Waiting => ({ envelope, seq: this.#placeOf(envelope) }));
    const last = known.at(-1)?.seq ?? since;
    const all = [...known, ...(this.#waiting ?? []).filter(({ seq }) => seq > last)];
    const isWhole =
      all.every(({ seq }, index) => seq === since + 1 + index) && since + all.length === head;
    if (isWhole) {
      this.#since = since;
      this.#waiting = all;
      this.#maxWaiting = all.length + MAX_NEW_WAITING;
    }
    return isWhole;
  }

  /** Drops what came meanwhile: the state that the client is sent has it. `head` as above. */
  beginFromState(head: number): void {
    this.#since = head;
    this.#waiting = undefined;
  }

  /** Whether a message was sent, here or over another channel of the client, and does not wait. */
  hasPassed({ channel, seq, also }: Envelope): boolean {
    const place = channel === this.name ? seq : also?.[this.name];
    return place !== undefined && place > (this.#since ?? Infinity) && !this.#isWaiting(place);
  }

  /** Drops those that wait and are not wanted. */
  keep(isWanted: (envelope: Envelope) => boolean): void {
    this.#waiting = this.#waiting?.filter(({ envelope }) => isWanted(envelope));
  }

  /** Sends the oldest of what waits, at most so many. */
  sendSome(count: number): void {
    for (const waiting of this.#waiting?.splice(0, count) ?? []) {
      this.#send(waiting, true);
    }
  }

  /** Drops the oldest of what waits. */
  skip(): void {
    this.#waiting?.shift();
  }

  /** Keeps what comes from now on, until it is live again. */
  hold(): void {
    this.#state = 'waiting';
  }

  /** From now on, messages are sent as they come. */
  goLive(): void {
    this.#state = 'live';
    this.#waiting = undefined;
  }

  /** Gives the channel back; nothing is sent any more. */
  end(): void {
    if (!this.hasEnded) {
      this.#state = 'ended';
      this.#waiting = undefined;
      this.limit?.close();
      this.#lease.release();
    }
  }

  #send({ envelope, seq }: Waiting, isMissed: boolean): void {
    const { event } = envelope;
    const isPassedOver =
      this.terms.isConfirmedOnly && event.type === 'candle' && !event.isConfirmed;
    if (!this.hasEnded && !isPassedOver) {
      this.#owner.deliver(this, envelope, seq, isMissed);
    }
  }

  /** What waits is in order, but not without holes: {@link keep} drops what the client has had. */
  #isWaiting(place: number): boolean {
    const waiting = this.#waiting ?? [];
    let low = 0;
    let high = waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((waiting[middle]?.seq ?? Infinity) < place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return waiting[low]?.seq === place;
  }

  #placeOf({ channel, seq, also }: Envelope): number {
    return channel === this.name ? seq : (also?.[this.name] ?? seq);
  }
}
