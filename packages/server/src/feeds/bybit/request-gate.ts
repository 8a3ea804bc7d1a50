import { FeedError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { BAN_MS, CONCURRENT_REQUESTS, REQUEST_BURST, REQUESTS_PER_SECOND } from './config.ts';

/** How long it takes until one more request may be sent. */
const EARNING_MS = 1_000 / REQUESTS_PER_SECOND;

/**
 * What all requests from one address pass, whatever their category: Bybit counts them together, and
 * bans the address that sends too many. Those who wait are served in their order.
 */
export class RequestGate {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #active = 0;
  /** How many requests may be sent at once, and when that was so. */
  #budget = REQUEST_BURST;
  #budgetAt: number;
  #isTimed = false;
  #bannedUntil = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#budgetAt = clock.elapsed();
  }

  /** Runs a request when its turn comes; rejects with a FeedError while the address is banned. */
  async run<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#refuseIfBanned();
    await this.#enter(signal);
    try {
      this.#refuseIfBanned();
      if (signal.aborted) {
        throw new FeedError('FEED_UNREACHABLE', 'Bybit was not asked any more');
      }
      return await request();
    } finally {
      this.#active -= 1;
      this.#admit();
    }
  }

  /** The venue has said that it bans the address. */
  ban(): void {
    this.#bannedUntil = this.#clock.elapsed() + BAN_MS;
  }

  #refuseIfBanned(): void {
    const restMs = this.#bannedUntil - this.#clock.elapsed();
    if (restMs > 0) {
      const message = `Bybit has banned this address for another ${Math.ceil(restMs / 1_000)} s`;
      throw new FeedError('FEED_RATE_LIMITED', message, { retryAfterMs: restMs });
    }
  }

  /** Resolves with a place among those that are active, at once where the signal has aborted. */
  async #enter(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const admit = (): void => {
        signal.removeEventListener('abort', admit);
        this.#waiting.delete(admit);
        this.#active += 1;
        resolve();
      };
      this.#waiting.add(admit);
      signal.addEventListener('abort', admit, { once: true });
      if (signal.aborted) {
        admit();
      } else {
        this.#admit();
      }
    });
  }

  #admit(): void {
    this.#earn();
    for (const admit of this.#waiting) {
      if (this.#active >= CONCURRENT_REQUESTS) {
        return;
      }
      if (this.#budget < 1) {
        this.#admitLater();
        return;
      }
      this.#budget -= 1;
      admit();
    }
  }

  #admitLater(): void {
    if (this.#isTimed) {
      return;
    }
    this.#isTimed = true;
    this.#clock.schedule(Math.ceil((1 - this.#budget) * EARNING_MS), () => {
      this.#isTimed = false;
      this.#admit();
    });
  }

  #earn(): void {
    const now = this.#clock.elapsed();
    const earned = (now - this.#budgetAt) / EARNING_MS;
    this.#budget = Math.min(REQUEST_BURST, this.#budget + earned);
    this.#budgetAt = now;
  }
}
