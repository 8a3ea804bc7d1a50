import { backoffDelayMs } from '@tickwire/protocol';
import { RedisError, toError } from '../domain/errors.ts';
import { Spacing } from '../domain/spacing.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { RedisUser } from '../ports/redis.ts';
import { type OpenConnection, type RedisAddress, connect } from './connection.ts';

export interface RedisLinkOptions {
  readonly address: RedisAddress;
  /** In the order in which they are told of a connection. */
  readonly users: readonly RedisUser[];
  readonly clock: Clock;
  readonly logger: Logger;
}

const RECONNECT = { baseMs: 100, capMs: 2_000 };
const LOG_SPACING_MS = 60_000;
const PING_EVERY_MS = 1_000;
/** Without an answer for so long, it is said that Redis does not answer … */
const SILENT_AFTER_MS = 2_000;
/** … and for so long, another connection is tried: this one may have no other end any more. */
const GIVE_UP_AFTER_MS = 60_000;

/** Keeps one connection to Redis, and has its users work with it: again after each that ends. */
export class RedisLink {
  readonly #options: RedisLinkOptions;
  readonly #stop = new AbortController();
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #trouble: string | undefined = 'not connected yet';
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
  }

  /** Why Redis cannot be used now; undefined while it can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Resolves when the first attempt to connect has ended, well or not; others follow. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running ??= this.#run(resolve);
    });
  }

  /** Ends the connection; never rejects. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#stop.abort();
      await this.#running;
    })();
    return this.#closing;
  }

  async #run(onAttempt: () => void): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const wasUsable = await this.#useOne(onAttempt);
      onAttempt();
      attempt = wasUsable ? 0 : attempt;
      await clock.sleep(backoffDelayMs(attempt, RECONNECT), signal);
    }
  }

  /** Lives with one connection; says whether it was of any use. */
  async #useOne(onUsable: () => void): Promise<boolean> {
    const { address, users, logger } = this.#options;
    let connection: OpenConnection | undefined;
    let isUsable = false;
    try {
      connection = await connect(address);
      for (const user of users) {
        await Promise.race([user.opened(connection), failed(connection)]);
      }
      isUsable = true;
      this.#trouble = undefined;
      logger.info({ redis: address.name }, 'Redis is connected');
      onUsable();
      await this.#watch(connection);
    } catch (error) {
      this.#noteTrouble(toError(error).message);
    } finally {
      connection?.end();
      users.forEach((user) => {
        user.ended();
      });
    }
    return isUsable;
  }

  /** Resolves when it is to be closed; rejects when the connection has ended or is given up. */
  async #watch(connection: OpenConnection): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    let answeredAt = clock.elapsed();
    let isAsked = false;
    while (!signal.aborted) {
      if (!isAsked) {
        isAsked = true;
        connection.command('PING').then(
          () => {
            answeredAt = clock.elapsed();
            isAsked = false;
          },
          () => {
            isAsked = false;
          },
        );
      }
      const wake = new AbortController();
      const stop = (): void => {
        wake.abort();
      };
      signal.addEventListener('abort', stop);
      await Promise.race([clock.sleep(PING_EVERY_MS, wake.signal), failed(connection)]).finally(
        () => {
          signal.removeEventListener('abort', stop);
          wake.abort();
        },
      );
      this.#judge(clock.elapsed() - answeredAt);
    }
  }

  #judge(silentMs: number): void {
    if (silentMs >= GIVE_UP_AFTER_MS) {
      throw new RedisError('REDIS_UNAVAILABLE', `No answer for ${Math.round(silentMs / 1_000)} s`);
    }
    if (silentMs >= SILENT_AFTER_MS) {
      this.#noteTrouble('it does not answer');
    } else if (this.#trouble !== undefined) {
      this.#trouble = undefined;
      this.#options.logger.info({}, 'Redis answers again');
    }
  }

  #noteTrouble(reason: string): void {
    const { clock, logger, address } = this.#options;
    this.#trouble = reason;
    if (!this.#stop.signal.aborted && this.#logSpacing.take(clock.elapsed())) {
      logger.warn({ redis: address.name, reason }, 'Redis cannot be used');
    }
  }
}

/** Rejects once a connection has ended. */
async function failed({ ended }: OpenConnection): Promise<never> {
  throw await ended;
}
