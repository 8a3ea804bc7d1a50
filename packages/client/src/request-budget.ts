import type { Clock } from './clock.ts';

/** A little less than what the server takes: 60 messages, and 10 a second since. */
const BURST = 50;
const PER_SECOND = 8;

/** How many messages may be sent over one connection, so that it is not closed as abuse. */
export class RequestBudget {
  readonly #clock: Clock;
  #left = BURST;
  #countedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedAt = clock.elapsed();
  }

  /** Takes one message of it: 0, or the milliseconds after which there is one. */
  take(): number {
    const now = this.#clock.elapsed();
    const earned = ((now - this.#countedAt) / 1_000) * PER_SECOND;
    this.#left = Math.min(BURST, this.#left + earned);
    this.#countedAt = now;
    if (this.#left < 1) {
      return Math.ceil(((1 - this.#left) / PER_SECOND) * 1_000);
    }
    this.#left -= 1;
    return 0;
  }
}
