import type { Envelope } from '../../ports/bus.ts';
import type { Position } from '../../ports/channel-log.ts';
import { MessageRing } from '../message-ring.ts';
import type { NumberedMessage } from './messages.ts';
import type { Head } from './scripts.ts';

export interface MirrorOptions {
  /** How many messages of each channel are kept, and for how long: milliseconds. */
  readonly size: number;
  readonly maxAgeMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What of Redis's tape this process has had: where it stands in each channel, and the newest. */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #rings = new Map<string, MessageRing>();
  /** By which the newest of each channel, if it was had, is told from another of its number. */
  readonly #stamps = new Map<string, string>();
  #epoch: string;

  /** `epoch` stands until Redis has told its own. */
  constructor(epoch: string, options: MirrorOptions) {
    this.#epoch = epoch;
    this.#options = options;
  }

  get epoch(): string {
    return this.#epoch;
  }

  get channels(): readonly string[] {
    return [...this.#rings.keys()];
  }

  position(channel: string): Position {
    return { epoch: this.#epoch, seq: this.#rings.get(channel)?.seq ?? 0 };
  }

  /** As {@link MessageRing.since}; `none` where nobody can go on from there, kept or not. */
  since(channel: string, seq: number): readonly Envelope[] | 'none' | undefined {
    const ring = this.#rings.get(channel);
    if (ring === undefined) {
      return seq === 0 ? [] : 'none';
    }
    ring.dropBefore(this.#options.now() - this.#options.maxAgeMs);
    return ring.canFollow(seq) ? ring.since(seq) : 'none';
  }

  /** Whether a message is not the one of its number that this process has had. */
  isAnother(message: NumberedMessage): boolean {
    const known = this.#stamps.get(message.channel);
    return known !== undefined && known !== stampOf(message);
  }

  /** Takes in a message that follows on what was had. */
  take(message: NumberedMessage): void {
    const { channel, seq, also = {} } = message;
    for (const [name, place] of [[channel, seq] as const, ...Object.entries(also)]) {
      if (this.position(name).seq !== place - 1) {
        this.adopt(name, { seq: place - 1, brokenAt: -1 });
      }
      this.#ringOf(name).push(message);
    }
    this.#stamps.set(channel, stampOf(message));
  }

  /** Whether somebody who has all of a channel up to a number can go on from there. */
  canFollow(channel: string, seq: number): boolean {
    return this.#ringOf(channel).canFollow(seq);
  }

  /** Nobody can go on from before this. */
  break(channel: string): void {
    this.#ringOf(channel).break();
  }

  /** Stands where Redis does, with the newest messages that there are, oldest first. */
  adopt(channel: string, head: Head, newest: readonly NumberedMessage[] = []): void {
    this.#rings.set(channel, new MessageRing(this.#options.size, { ...head, messages: newest }));
    const last = newest.at(-1);
    if (last === undefined) {
      this.#stamps.delete(channel);
    } else {
      this.#stamps.set(channel, stampOf(last));
    }
  }

  /** Numbering has started anew: nothing of what was had counts any more. */
  reset(epoch: string): void {
    this.#epoch = epoch;
    this.#rings.clear();
    this.#stamps.clear();
  }

  #ringOf(channel: string): MessageRing {
    const ring = this.#rings.get(channel) ?? new MessageRing(this.#options.size);
    this.#rings.set(channel, ring);
    return ring;
  }
}

/** Two messages of one number and epoch are the same only if all this is. */
function stampOf({ seq, at, origin }: NumberedMessage): string {
  return `${seq} ${at} ${origin}`;
}
