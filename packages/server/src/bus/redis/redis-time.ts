import type { Clock } from '../../ports/clock.ts';
import type { RedisConnection } from '../../ports/redis.ts';

/**
 * What time it is for Redis, which says of every message when it was numbered: the clocks of two
 * machines may differ by more than messages are kept for.
 */
export class RedisTime {
  readonly #clock: Clock;
  /** What Redis's time is ahead of the clock that does not jump; undefined until it was read. */
  #aheadMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Epoch milliseconds: our own until Redis was asked, and never later than Redis's own. */
  now(): number {
    return this.#aheadMs === undefined ? this.#clock.now() : this.#clock.elapsed() + this.#aheadMs;
  }

  /** Asks Redis; rejects with a RedisError. */
  async read(connection: RedisConnection): Promise<void> {
    const reply = await connection.command('TIME');
    const [seconds, micros] = Array.isArray(reply) ? reply.map(Number) : [];
    if (seconds !== undefined && micros !== undefined) {
      const time = seconds * 1_000 + Math.floor(micros / 1_000);
      this.#aheadMs = time - this.#clock.elapsed();
    }
  }
}
