import { randomUUID } from 'node:crypto';
import { RedisError, toError } from '../../domain/errors.ts';
import { Spacing } from '../../domain/spacing.ts';
import type { Clock, ScheduledCall } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RedisConnection } from '../../ports/redis.ts';
import { ACQUIRE_LEASE, RELEASE_LEASE, RENEW_LEASE } from './lease-scripts.ts';

export interface LeaseOptions {
  /** Where in Redis it is. */
  readonly key: string;
  /**
   * It is held, under a token that nobody has had before. Where this rejects, it is given up again.
   */
  readonly onHeld: (token: string, connection: RedisConnection) => Promise<void>;
  /** It is not held any more. */
  readonly onLost: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long it is held without being renewed: a holder that was killed has it for so long. */
const TTL_MS = 1_200;
/** How often it is renewed, or tried for: both together are how long nobody may have it. */
const EVERY_MS = 300;
const LOG_SPACING_MS = 60_000;

interface Term {
  readonly token: string;
  /** Until when Redis keeps it for sure, on our clock. */
  until: number;
}

/**
 * What one process alone may have at a time, for as long as Redis keeps it.
 *
 * States: without a connection; trying; held. Trying becomes held when Redis has kept it for us, and
 * held becomes trying when it is not renewed in time, or Redis says that another has it. The end of
 * the connection ends both. Each time that it is held it has another token. Whoever is late to notice
 * that it has lost it is to be refused by that: fencing, as Martin Kleppmann describes it
 * (https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html).
 */
export class Lease {
  readonly #options: LeaseOptions;
  /** All tokens of this process begin with it: it need not wait for a term of its own to end. */
  readonly #owner = randomUUID();
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #terms = 0;
  #term: Term | undefined;
  #expiry: ScheduledCall | undefined;
  #connection: RedisConnection | undefined;
  #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** Whether it is held now, by our clock: another may have it all the same. */
  get isHeld(): boolean {
    return this.#term !== undefined && this.#options.clock.elapsed() < this.#term.until;
  }

  /** Tries for it over a connection, again and again, until that ends. */
  open(connection: RedisConnection): void {
    this.#connection = connection;
    this.#stop = new AbortController();
    this.#running = this.#run(connection, this.#stop.signal);
  }

  /** The connection has ended, and with it what was held. */
  end(): void {
    this.#connection = undefined;
    this.#stop.abort();
    this.#lose();
  }

  /** Gives it up for good, so that another need not wait; never rejects. */
  async close(): Promise<void> {
    const { token } = this.#term ?? {};
    const connection = this.#connection;
    this.end();
    if (connection !== undefined && token !== undefined) {
      try {
        await this.#evaluate(connection, RELEASE_LEASE, token);
      } catch (error) {
        // It passes by itself.
        this.#options.logger.debug({ err: toError(error) }, 'The lease could not be released');
      }
    }
    await this.#running;
  }

  async #run(connection: RedisConnection, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await (this.#term === undefined ? this.#acquire(connection) : this.#renew(connection));
      } catch (error) {
        this.#noteFailure(toError(error));
      }
      await this.#options.clock.sleep(EVERY_MS, signal);
    }
  }

  async #acquire(connection: RedisConnection): Promise<void> {
    const { clock, onHeld } = this.#options;
    const token = `${this.#owner} ${(this.#terms += 1)}`;
    // Redis began to count later than this.
    const until = clock.elapsed() + TTL_MS;
    const ttl = String(TTL_MS);
    const answer = await this.#evaluate(connection, ACQUIRE_LEASE, this.#owner, token, ttl);
    if (answer !== 1 || this.#connection !== connection || clock.elapsed() >= until) {
      return;
    }
    const term = { token, until };
    this.#term = term;
    this.#expect();
    try {
      await onHeld(token, connection);
    } catch (error) {
      if (this.#term === term) {
        this.#lose();
      }
      throw error;
    }
  }

  async #renew(connection: RedisConnection): Promise<void> {
    const term = this.#term;
    if (term === undefined) {
      return;
    }
    const until = this.#options.clock.elapsed() + TTL_MS;
    const answer = await this.#evaluate(connection, RENEW_LEASE, term.token, String(TTL_MS));
    if (this.#term !== term) {
      return;
    }
    if (answer === 1) {
      term.until = until;
      this.#expect();
    } else {
      this.#lose();
    }
  }

  /** Has it lost at its end, if nothing comes before. */
  #expect(): void {
    const { clock } = this.#options;
    const { until = 0 } = this.#term ?? {};
    this.#expiry?.cancel();
    this.#expiry = clock.schedule(Math.max(0, until - clock.elapsed()), () => {
      this.#lose();
    });
  }

  #lose(): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    if (this.#term !== undefined) {
      this.#term = undefined;
      this.#options.onLost();
    }
  }

  async #evaluate(
    connection: RedisConnection,
    script: string,
    ...words: readonly string[]
  ): Promise<unknown> {
    return connection.command('EVAL', script, '1', this.#options.key, ...words);
  }

  #noteFailure(error: Error): void {
    const { clock, logger, key } = this.#options;
    // That the connection has ended is told to all who use it.
    const isTold = error instanceof RedisError && error.code === 'REDIS_UNAVAILABLE';
    if (!isTold && this.#logSpacing.take(clock.elapsed())) {
      logger.error({ err: error, key }, 'The lease cannot be had');
    }
  }
}
