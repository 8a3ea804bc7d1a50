import { type MarketEvent, channelsOf } from '@tickwire/protocol';
import type { Envelope } from '../ports/bus.ts';
import type { ChannelLog, Position } from '../ports/channel-log.ts';
import { MessageRing, type SavedRing } from './message-ring.ts';

export interface MemoryLogOptions {
  /** Names this numbering; a new one whenever numbering starts anew. */
  readonly epoch: string;
  /** How many messages of each channel are kept, and for how long: milliseconds. */
  readonly size: number;
  readonly maxAgeMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** All that a log holds, so that the next run of the program can go on with it. */
export interface SavedLog {
  readonly epoch: string;
  readonly channels: Readonly<Record<string, SavedRing>>;
}

const SWEEP_EVERY_MS = 60_000;

/** The log of one process. */
export class MemoryLog implements ChannelLog {
  readonly #options: MemoryLogOptions;
  readonly #rings = new Map<string, MessageRing>();
  #epoch: string;
  #sweptAt = 0;

  constructor(options: MemoryLogOptions) {
    this.#options = options;
    this.#epoch = options.epoch;
  }

  /** Numbers an event in each of its channels, and keeps it. */
  append(event: MarketEvent): Envelope {
    const at = this.#options.now();
    if (at - this.#sweptAt >= SWEEP_EVERY_MS) {
      this.#sweep();
    }
    const [channel = '', ...others] = channelsOf(event);
    const ring = this.#ringOf(channel);
    const seq = ring.next;
    const also = others.map((other) => [other, this.#ringOf(other).next] as const);
    const envelope: Envelope = {
      channel,
      epoch: this.#epoch,
      seq,
      at,
      event,
      ...(also.length === 0 ? {} : { also: Object.fromEntries(also) }),
    };
    ring.push(envelope);
    for (const [other] of also) {
      this.#ringOf(other).push(envelope);
    }
    return envelope;
  }

  position(channel: string): Position {
    return { epoch: this.#epoch, seq: this.#rings.get(channel)?.seq ?? 0 };
  }

  since(channel: string, { epoch, seq }: Position): Promise<readonly Envelope[] | undefined> {
    if (epoch !== this.#epoch) {
      return Promise.resolve(undefined);
    }
    const ring = this.#rings.get(channel);
    if (ring === undefined) {
      return Promise.resolve(seq === 0 ? [] : undefined);
    }
    ring.dropBefore(this.#oldest());
    return Promise.resolve(ring.since(seq));
  }

  /** Numbering of a channel goes on, but nobody can go on from before this. */
  breakAt(channel: string): void {
    this.#ringOf(channel).break();
  }

  /** The channels that have had messages, or a break. */
  get channels(): readonly string[] {
    return [...this.#rings.keys()];
  }

  /** The newest messages of a channel, oldest first: at most so many. */
  newest(channel: string, count: number): readonly Envelope[] {
    const ring = this.#rings.get(channel);
    ring?.dropBefore(this.#oldest());
    return ring?.newest(count) ?? [];
  }

  /** All of it, for {@link restore}. */
  save(): SavedLog {
    this.#sweep();
    const channels = Array.from(this.#rings, ([channel, ring]) => {
      return [channel, ring.save()] as const;
    });
    return { epoch: this.#epoch, channels: Object.fromEntries(channels) };
  }

  /** Goes on with what an earlier run of the program has saved; MUST be called before any append. */
  restore({ epoch, channels }: SavedLog): void {
    this.#epoch = epoch;
    for (const [channel, ring] of Object.entries(channels)) {
      this.#rings.set(channel, new MessageRing(this.#options.size, ring));
    }
  }

  /** Forgets what is too old, also of channels in which nothing happens any more. */
  #sweep(): void {
    this.#sweptAt = this.#options.now();
    for (const ring of this.#rings.values()) {
      ring.dropBefore(this.#oldest());
    }
  }

  #oldest(): number {
    return this.#options.now() - this.#options.maxAgeMs;
  }

  #ringOf(channel: string): MessageRing {
    const ring = this.#rings.get(channel) ?? new MessageRing(this.#options.size);
    this.#rings.set(channel, ring);
    return ring;
  }
}
