import type { Channel } from '@tickwire/protocol';
import { formatChannel } from '@tickwire/protocol';
import type { Envelope } from '../ports/bus.ts';
import type { ChannelLease } from '../ports/channels.ts';
import type { Position } from '../ports/channel-log.ts';
import type { ChannelSubscriber } from './channel-hub.ts';

/** How a client wants a channel, checked. */
export interface WantedChannel {
  readonly channel: Channel;
  /** The place of the last message that it has. */
  readonly since?: Position | undefined;
  /** How many confirmed candles it wants to begin with. */
  readonly history?: number | undefined;
  readonly isConfirmedOnly: boolean;
}

export interface ChannelSubscriptionOptions {
  readonly wanted: WantedChannel;
  readonly lease: ChannelLease;
  readonly recipient: object;
  /** Sends a message on. */
  readonly deliver: (envelope: Envelope, seq: number) => void;
}

interface Waiting {
  readonly envelope: Envelope;
  readonly seq: number;
}

/**
 * One client on one channel. What comes is kept until the client has been told where the channel
 * stands and has been sent what it missed; from then on it is sent at once.
 */
export class ChannelSubscription implements ChannelSubscriber {
  readonly name: string;
  readonly channel: Channel;
  readonly wanted: WantedChannel;
  readonly recipient: object;
  /** The number after which messages were sent as they came; Infinity before. */
  liveSince = Infinity;
  /** Forgets that the client is to be sent a state that the channel does not have yet. */
  owedState: (() => void) | undefined;
  readonly #lease: ChannelLease;
  readonly #deliver: ChannelSubscriptionOptions['deliver'];
  #waiting: Waiting[] = [];
  #hasEnded = false;

  constructor({ wanted, lease, recipient, deliver }: ChannelSubscriptionOptions) {
    this.name = formatChannel(lease.channel);
    this.channel = lease.channel;
    this.wanted = wanted;
    this.recipient = recipient;
    this.#lease = lease;
    this.#deliver = deliver;
  }

  get isLive(): boolean {
    return this.liveSince !== Infinity;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether nothing waits. */
  get isDrained(): boolean {
    return this.#waiting.length === 0;
  }

  receive(envelope: Envelope, seq: number): void {
    if (this.isLive) {
      this.#send({ envelope, seq });
    } else {
      this.#waiting.push({ envelope, seq });
    }
  }

  /**
   * Puts what was missed before what came meanwhile; false where that leaves a hole, and then
   * nothing waits. `head` is the number of the channel's newest message.
   */
  recover(since: number, missed: readonly Envelope[], head: number): boolean {
    const known = missed.map((envelope): Waiting => ({ envelope, seq: this.#placeOf(envelope) }));
    const last = known.at(-1)?.seq ?? since;
    const all = [...known, ...this.#waiting.filter(({ seq }) => seq > last)];
    const isWhole =
      all.every(({ seq }, index) => seq === since + 1 + index) && since + all.length === head;
    this.#waiting = isWhole ? all : [];
    return isWhole;
  }

  /** Drops what came meanwhile: the state that the client is sent has it. */
  beginFromState(): void {
    this.#waiting = [];
  }

  /** Sends the oldest of what waits, at most so many. */
  sendSome(count: number, isWanted: (envelope: Envelope) => boolean): void {
    const some = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const waiting of some) {
      if (isWanted(waiting.envelope)) {
        this.#send(waiting);
      }
    }
  }

  /** From now on, messages after a number are sent at once. */
  goLive(seq: number): void {
    this.liveSince = seq;
  }

  /** Gives the channel back; nothing is sent any more. */
  end(): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.#waiting = [];
      this.owedState?.();
      this.#lease.release();
    }
  }

  #send({ envelope, seq }: Waiting): void {
    const { event } = envelope;
    const isPassedOver =
      this.wanted.isConfirmedOnly && event.type === 'candle' && !event.isConfirmed;
    if (!this.#hasEnded && !isPassedOver) {
      this.#deliver(envelope, seq);
    }
  }

  #placeOf({ channel, seq, also }: Envelope): number {
    return channel === this.name ? seq : (also?.[this.name] ?? seq);
  }
}
