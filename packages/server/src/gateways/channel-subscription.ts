import type { Channel } from '@tickwire/protocol';
import { formatChannel } from '@tickwire/protocol';
import type { Envelope } from '../ports/bus.ts';
import type { ChannelLease } from '../ports/channels.ts';
import type { Position } from '../ports/channel-log.ts';
import type { ChannelSubscriber } from './channel-hub.ts';
import type { RateLimit } from './rate-limit.ts';

/** How a client wants a channel, checked. */
export interface WantedChannel {
  readonly channel: Channel;
  /** The place of the last message that it has. */
  readonly since?: Position | undefined;
  /** How many confirmed candles it wants to begin with. */
  readonly history?: number | undefined;
  readonly isConfirmedOnly: boolean;
  /** How many messages a second it wants at most, of those that may be conflated. */
  readonly maxRate?: number | undefined;
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
const NOTHING: Waiting[] = [];

/**
 * One client on one channel. What comes is kept until the client has been told where the channel
 * stands and has been sent what it missed; from then on it is sent at once.
 */
export class ChannelSubscription implements ChannelSubscriber {
  readonly name: string;
  readonly channel: Channel;
  readonly wanted: WantedChannel;
  /** Forgets that the client is to be sent a state that the channel does not have yet. */
  owedState: (() => void) | undefined;
  /** Where the client wants less than all. */
  limit: RateLimit | undefined;
  readonly #lease: ChannelLease;
  readonly #owner: SubscriptionOwner;
  /** The number after which every message was sent or waits; Infinity until that is decided. */
  #since = Infinity;
  #waiting: Waiting[] = [];
  #maxWaiting = MAX_NEW_WAITING;
  #isLive = false;
  #hasEnded = false;

  constructor(wanted: WantedChannel, lease: ChannelLease, owner: SubscriptionOwner) {
    this.name = formatChannel(lease.channel);
    this.channel = lease.channel;
    this.wanted = wanted;
    this.#lease = lease;
    this.#owner = owner;
  }

  /** By which it was asked for, where that is another name of the channel. */
  get askedName(): string {
    return formatChannel(this.wanted.channel);
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The oldest message that waits. */
  get next(): Envelope | undefined {
    return this.#waiting[0]?.envelope;
  }

  receive(envelope: Envelope, seq: number): void {
    if (this.#isLive) {
      this.#send({ envelope, seq }, false);
    } else if (this.#waiting.length < this.#maxWaiting) {
      this.#waiting.push({ envelope, seq });
    } else if (this.#since === Infinity) {
      // The hole is found when it is decided what the client begins with.
      this.#waiting = [];
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
    const all = [...known, ...this.#waiting.filter(({ seq }) => seq > last)];
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
    this.#waiting = [];
  }

  /** Whether a message was sent, here or over another channel of the client, and does not wait. */
  hasPassed({ channel, seq, also }: Envelope): boolean {
    const place = channel === this.name ? seq : also?.[this.name];
    return place !== undefined && place > this.#since && !this.#isWaiting(place);
  }

  /** Drops those that wait and are not wanted. */
  keep(isWanted: (envelope: Envelope) => boolean): void {
    this.#waiting = this.#waiting.filter(({ envelope }) => isWanted(envelope));
  }

  /** Sends the oldest of what waits, at most so many. */
  sendSome(count: number): void {
    for (const waiting of this.#waiting.splice(0, count)) {
      this.#send(waiting, true);
    }
  }

  /** Drops the oldest of what waits. */
  skip(): void {
    this.#waiting.shift();
  }

  /** Keeps what comes from now on, until it is live again. */
  hold(): void {
    this.#isLive = false;
    this.#waiting = [];
  }

  /** From now on, messages are sent as they come. */
  goLive(): void {
    this.#isLive = true;
    // Nothing waits any more; there may be a thousand of these for each client.
    this.#waiting = NOTHING;
  }

  /** Gives the channel back; nothing is sent any more. */
  end(): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.#waiting = [];
      this.owedState?.();
      this.limit?.close();
      this.#lease.release();
    }
  }

  #send({ envelope, seq }: Waiting, isMissed: boolean): void {
    const { event } = envelope;
    const isPassedOver =
      this.wanted.isConfirmedOnly && event.type === 'candle' && !event.isConfirmed;
    if (!this.#hasEnded && !isPassedOver) {
      this.#owner.deliver(this, envelope, seq, isMissed);
    }
  }

  /** What waits is in order, but not without holes: {@link keep} drops what the client has had. */
  #isWaiting(place: number): boolean {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#waiting[middle]?.seq ?? Infinity) < place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return this.#waiting[low]?.seq === place;
  }

  #placeOf({ channel, seq, also }: Envelope): number {
    return channel === this.name ? seq : (also?.[this.name] ?? seq);
  }
}
