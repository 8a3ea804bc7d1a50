import { BoundedQueue } from '../domain/bounded-queue.ts';
import type { Envelope } from '../ports/bus.ts';

/** All that a ring holds. */
export interface SavedRing {
  /** The number of the newest message. */
  readonly seq: number;
  /** What came up to this number is not followed by what comes after it; -1 for none. */
  readonly brokenAt: number;
  readonly messages: readonly Envelope[];
}

const EMPTY: SavedRing = { seq: 0, brokenAt: -1, messages: [] };

/** The newest messages of one channel, in their order and without a hole. */
export class MessageRing {
  readonly #messages: BoundedQueue<Envelope>;
  #seq: number;
  #brokenAt: number;

  constructor(size: number, { seq, brokenAt, messages } = EMPTY) {
    this.#messages = new BoundedQueue(size);
    this.#seq = seq;
    this.#brokenAt = brokenAt;
    for (const message of messages) {
      this.#messages.push(message);
    }
  }

  /** The number of the newest message. */
  get seq(): number {
    return this.#seq;
  }

  /** The number that the next message has. */
  get next(): number {
    return this.#seq + 1;
  }

  push(message: Envelope): void {
    this.#seq += 1;
    this.#messages.push(message);
  }

  /** What comes next does not follow on what has come: nobody can go on from here. */
  break(): void {
    this.#brokenAt = this.#seq;
    this.#messages.take(Infinity);
  }

  /** Drops what was numbered before a time. */
  dropBefore(time: number): void {
    while ((this.#messages.first?.at ?? Infinity) < time) {
      this.#messages.take(1);
    }
  }

  /** Whether somebody who has all up to a number can go on from there. */
  canFollow(seq: number): boolean {
    return Number.isInteger(seq) && seq > this.#brokenAt && seq <= this.#seq;
  }

  /** All after a number; undefined where some are gone, or the number is yet to come. */
  since(seq: number): readonly Envelope[] | undefined {
    const count = this.#seq - seq;
    return this.canFollow(seq) && count <= this.#messages.size ? this.newest(count) : undefined;
  }

  /** The newest, oldest first: at most so many. */
  newest(count: number): readonly Envelope[] {
    return this.#messages.newest(count);
  }

  save(): SavedRing {
    const messages = this.#messages.newest(Infinity);
    return { seq: this.#seq, brokenAt: this.#brokenAt, messages };
  }
}
