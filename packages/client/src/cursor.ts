import type { Gap } from './subscription.ts';

/** How far a channel has been received, under one numbering. */
export class Cursor {
  readonly epoch: string;
  #last: number;
  /** Numbers that came before others: those of alerts that came by another of their channels. */
  readonly #ahead = new Set<number>();

  constructor(epoch: string, last: number) {
    this.epoch = epoch;
    this.#last = last;
  }

  /** Everything up to this number has been received. */
  get last(): number {
    return this.#last;
  }

  /** A message has been received, in its turn or before it. */
  note(seq: number): void {
    if (seq > this.#last) {
      this.#ahead.add(seq);
    }
    while (this.#ahead.delete(this.#last + 1)) {
      this.#last += 1;
    }
  }

  /**
   * What is lost between this and a later cursor, or the number with which what is not lost begins;
   * undefined where nothing is.
   */
  gapBefore(later: Cursor | undefined, first?: number): Gap | undefined {
    const from = this.#last + 1;
    if (later?.epoch !== this.epoch || later.last < this.#last) {
      return { from };
    }
    const to = first === undefined ? later.last : first - 1;
    return to < from ? undefined : { from, to };
  }

  /** Nothing up to this number is to come any more. */
  moveTo(seq: number): void {
    this.#last = Math.max(this.#last, seq);
    for (const each of this.#ahead) {
      if (each <= seq) {
        this.#ahead.delete(each);
      }
    }
    this.note(this.#last);
  }
}
