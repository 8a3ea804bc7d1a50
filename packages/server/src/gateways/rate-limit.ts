import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { ChannelMessage } from './channel-message.ts';

export interface RateLimitOptions {
  /** How long there is at least between two messages that may be conflated. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Sends a message on, and calls back when it is handed to the connection. */
  readonly post: (message: ChannelMessage, onSent: (() => void) | undefined) => void;
  readonly onConflated: () => void;
}

/**
 * The most that one client wants of one channel. A message that comes too early is held, and
 * replaced by newer ones, until its time has come. What may not be left out passes at once, behind
 * what is held.
 *
 * idle: nothing is held. holding: until enough time has passed. posted: what was sent on waits for
 * the client to read, and newer messages replace it there; only when it is sent, time begins.
 */
export class RateLimit {
  readonly #options: RateLimitOptions;
  #held: ChannelMessage | undefined;
  #timer: ScheduledCall | undefined;
  #isPosted = false;
  #sentAt = -Infinity;

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  take(message: ChannelMessage): void {
    const { intervalMs, clock, post, onConflated } = this.#options;
    if (!message.isConflatable) {
      this.#release();
      post(message, undefined);
    } else if (this.#held !== undefined) {
      this.#held = this.#held.replacedBy(message);
      onConflated();
    } else {
      const early = this.#isPosted ? 0 : this.#sentAt + intervalMs - clock.elapsed();
      if (early <= 0) {
        this.#post(message);
      } else {
        this.#held = message;
        this.#timer = clock.schedule(Math.ceil(early), () => {
          this.#release();
        });
      }
    }
  }

  /** Drops what is held. */
  close(): void {
    this.#timer?.cancel();
    this.#held = undefined;
  }

  #release(): void {
    const held = this.#held;
    this.close();
    if (held !== undefined) {
      this.#post(held);
    }
  }

  #post(message: ChannelMessage): void {
    this.#isPosted = true;
    this.#options.post(message, () => {
      this.#isPosted = false;
      this.#sentAt = this.#options.clock.elapsed();
    });
  }
}
