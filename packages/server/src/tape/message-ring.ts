import type { Envelope } from '../ports/bus.ts';

/** A message with the time at which it was numbered: epoch milliseconds. */
export interface KeptMessage {
  readonly at: number;
  readonly envelope: Envelope;
}

/** The newest messages of one channel, in their order and without a hole. */
export class MessageRing {
  readonly #size: number;
  #messages: KeptMessage[];
  /** How many of the messages have been dropped already. */
  #dropped = 0;
  #seq: number;
  /** What came up to this number is not followed by what comes after it. */
  #brokenAt = -1;

  constructor(size: number, seq = 0, messages: readonly KeptMessage[] = []) {
    this.#size = size;
    this.#seq = seq;
    this.#messages = messages.slice(-size);
  }

  /** The number of the newest message. */
  get seq(): number {
    return this.#seq;
  }

  /** The number that the next message has. */
  get next(): number {
    return this.#seq + 1;
  }

  get messages(): readonly KeptMessage[] {
    return this.#messages.slice(this.#dropped);
  }

  push(message: KeptMessage): void {
    this.#seq += 1;
    this.#messages.push(message);
    this.#drop(this.#length - this.#size);
  }

  /** What comes next does not follow on what has come: nobody can go on from here. */
  break(): void {
    this.#brokenAt = this.#seq;
    this.#drop(this.#length);
  }

  /** Drops what was numbered before a time. */
  dropBefore(time: number): void {
    let count = 0;
    while ((this.#messages[this.#dropped + count]?.at ?? Infinity) < time) {
      count += 1;
    }
    this.#drop(count);
  }

  /** All after a number; undefined where some are gone, or the number is yet to come. */
  since(seq: number): readonly Envelope[] | undefined {
    const count = this.#seq - seq;
    return seq <= this.#brokenAt || count < 0 || count > this.#length || !Number.isInteger(count)
      ? undefined
      : this.newest(count);
  }

  /** The newest, oldest first: at most so many. */
  newest(count: number): readonly Envelope[] {
    const length = Math.min(count, this.#length);
    const from = this.#messages.length - length;
    return this.#messages.slice(from).map(({ envelope }) => envelope);
  }

  get #length(): number {
    return this.#messages.length - this.#dropped;
  }

  #drop(count: number): void {
    this.#dropped += Math.max(0, count);
    // Moving what is left costs as much as it is long: only once half of it is gone.
    if (this.#dropped * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#dropped);
      this.#dropped = 0;
    }
  }
}
