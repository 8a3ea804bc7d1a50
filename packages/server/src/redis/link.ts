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
/** How long the start waits for the first attempt. */
const START_WITHIN_MS = 5_000;
const CONNECT_WITHIN_MS = 5_000;
const PING_EVERY_MS = 1_000;
/** Without an answer for so long, it is said that Redis does not answer … */
const SILENT_AFTER_MS = 2_000;
/** … and for so long, another connection is tried: this one may have no other end any more. */
const GIVE_UP_AFTER_MS = 60_000;

const NO_ANSWER = 'it does not answer';

/** Keeps one connection to Redis, and has its users work with it: again after each that ends. */
export class RedisLink {
  readonly #options: RedisLinkOptions;
  readonly #stop = new AbortController();
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #trouble: string | undefined = 'not connected yet';
  #starting: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
  }

  /** Why Redis cannot be used now; undefined while it can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Resolves when the first attempt to connect has ended, or takes long; others follow. */
  start(): Promise<void> {
    this.#starting ??= new Promise((resolve) => {
      const overdue = this.#options.clock.schedule(START_WITHIN_MS, resolve);
      this.#running = this.#run(() => {
        overdue.cancel();
        resolve();
      });
    });
    return this.#starting;
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
    const { users } = this.#options;
    const { signal } = this.#stop;
    const over = new AbortController();
    const stop = (): void => {
      over.abort(new RedisError('REDIS_UNAVAILABLE', 'The connection was closed'));
    };
    signal.addEventListener('abort', stop);
    let connection: OpenConnection | undefined;
    let isUsable = false;
    try {
      connection = await this.#connect(over);
      void this.#open(connection, over, () => {
        isUsable = true;
        onUsable();
      });
      await this.#watch(connection, over.signal, () => isUsable);
    } catch (error) {
      this.#noteTrouble(toError(error).message);
    } finally {
      signal.removeEventListener('abort', stop);
      over.abort();
      connection?.end();
      users.forEach((user) => {
        user.ended();
      });
    }
    return isUsable;
  }

  /** Connects, and has the end of the connection told by the signal. */
  async #connect(over: AbortController): Promise<OpenConnection> {
    const { address, clock } = this.#options;
    // One that is stopped takes a connection, and says nothing.
    const overdue = clock.schedule(CONNECT_WITHIN_MS, () => {
      over.abort(new RedisError('REDIS_UNAVAILABLE', NO_ANSWER));
    });
    try {
      const connection = await connect(address, over.signal);
      void connection.ended.then((error) => {
        over.abort(error);
      });
      return connection;
    } finally {
      overdue.cancel();
    }
  }

  /** Tells the users of a connection, one after another; where one cannot use it, it is over. */
  async #open(
    connection: OpenConnection,
    over: AbortController,
    onUsable: () => void,
  ): Promise<void> {
    const { users, logger, address } = this.#options;
    try {
      for (const user of users) {
        await user.opened(connection);
        if (over.signal.aborted) {
          return;
        }
      }
      this.#trouble = undefined;
      logger.info({ redis: address.name }, 'Redis is connected');
      onUsable();
    } catch (error) {
      over.abort(error);
    }
  }

  /** Rejects with why it is over with a connection, or that it is given up. */
  async #watch(
    connection: OpenConnection,
    over: AbortSignal,
    isUsable: () => boolean,
  ): Promise<never> {
    const { clock } = this.#options;
    let answeredAt = clock.elapsed();
    let isAsked = false;
    for (;;) {
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
      await clock.sleep(PING_EVERY_MS, over);
      over.throwIfAborted();
      this.#judge(clock.elapsed() - answeredAt, isUsable());
    }
  }

  #judge(silentMs: number, isUsable: boolean): void {
    if (silentMs >= GIVE_UP_AFTER_MS) {
      throw new RedisError('REDIS_UNAVAILABLE', `No answer for ${Math.round(silentMs / 1_000)} s`);
    }
    if (silentMs >= SILENT_AFTER_MS) {
      this.#noteTrouble(NO_ANSWER);
    } else if (isUsable && this.#trouble !== undefined) {
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
