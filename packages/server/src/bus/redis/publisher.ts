import { RedisError, toError } from '../../domain/errors.ts';
import { Spacing } from '../../domain/spacing.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RedisConnection } from '../../ports/redis.ts';
import { type Operation, toArguments } from './operation.ts';
import type { PublishScript } from './publish-script.ts';
import { FENCED } from './scripts.ts';
import { WaitingOperations } from './waiting-operations.ts';

export interface PublisherOptions {
  /** Tells this publisher from all others there have ever been. */
  readonly name: string;
  readonly script: PublishScript;
  /** Nothing is published for whoever has lost the lease of which this is the token. */
  readonly token?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What one call of the script takes at most: it keeps all others from Redis meanwhile. */
const MAX_BATCH = 250;
/**
 * In UTF-16 units, one operation more or less: Redis ends connections to which much is still to be
 * sent (`client-output-buffer-limit pubsub`), and what 250 channels start from can be 30 megabytes.
 */
const MAX_BATCH_LENGTH = 1_048_576;
const RETRY_MS = 250;
const LOG_SPACING_MS = 60_000;

/** What was begun to be sent, and must be sent as it is until it is known that it was taken. */
interface Batch {
  readonly number: number;
  /** How many operations it has. */
  readonly size: number;
  /** As the script takes them. */
  readonly operations: readonly string[];
}

/**
 * Publishes operations in their order, in batches: what comes while one is under way is the next. A
 * batch of which nobody knows whether it was taken is sent again under its number, which Redis takes
 * once.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #waiting = new WaitingOperations();
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #batch: Batch | undefined;
  #sent = 0;
  #suppressed = 0;
  #refusal: string | undefined;
  #connection: RedisConnection | undefined;
  #pumping: Promise<void> | undefined;
  #isFenced = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** How many operations wait, those under way included. */
  get waiting(): number {
    return this.#waiting.size + (this.#batch?.size ?? 0);
  }

  /** How many were dropped because too many waited. */
  get dropped(): number {
    return this.#waiting.dropped;
  }

  /** How many events another had published already. */
  get suppressed(): number {
    return this.#suppressed;
  }

  /** Why Redis takes nothing though it answers; undefined while it does, or was not asked. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Publishes when it can; never throws. */
  push(operation: Operation): void {
    if (!this.#isFenced) {
      this.#waiting.push(operation);
      this.#pump();
    }
  }

  /** A connection stands over which can be published. */
  resume(connection: RedisConnection): void {
    this.#connection = connection;
    this.#pump();
  }

  /** The connection has ended: what comes waits for the next. */
  pause(): void {
    this.#connection = undefined;
  }

  /** Resolves when nothing waits, or nothing can be published for now. */
  async flush(): Promise<void> {
    await this.#pumping;
  }

  #pump(): void {
    this.#pumping ??= this.#publishAll();
  }

  async #publishAll(): Promise<void> {
    // What is published in one turn of the event loop goes together.
    await Promise.resolve();
    for (;;) {
      const connection = this.#connection;
      if (this.#batch === undefined && this.#waiting.size > 0) {
        this.#batch = this.#takeBatch();
      }
      if (connection === undefined || this.#batch === undefined) {
        // In the same step as it was found out: what is pushed after it starts anew.
        this.#pumping = undefined;
        return;
      }
      await this.#publish(connection, this.#batch);
    }
  }

  #takeBatch(): Batch {
    const operations: string[] = [];
    let length = 0;
    const taken = this.#waiting.take(MAX_BATCH, (operation) => {
      const hasRoom = length < MAX_BATCH_LENGTH;
      if (hasRoom) {
        const words = toArguments(operation);
        length += words.reduce((sum, word) => sum + word.length, 0);
        operations.push(...words);
      }
      return hasRoom;
    });
    return { number: (this.#sent += 1), size: taken.length, operations };
  }

  async #publish(connection: RedisConnection, { number, operations }: Batch): Promise<void> {
    const { name, script, token = '' } = this.#options;
    try {
      const answer = await script.run(connection, { name, number, token, operations });
      this.#batch = undefined;
      this.#refusal = undefined;
      if (answer === FENCED) {
        this.#isFenced = true;
        this.#waiting.take(Infinity);
      } else {
        this.#suppressed += answer;
      }
    } catch (error) {
      this.#noteFailure(toError(error));
      // Where the connection has ended, it is paused by then.
      await this.#options.clock.sleep(RETRY_MS);
    }
  }

  #noteFailure(error: Error): void {
    const { clock, logger } = this.#options;
    if (!(error instanceof RedisError) || error.code !== 'REDIS_REFUSED') {
      return;
    }
    this.#refusal = error.message;
    if (this.#logSpacing.take(clock.elapsed())) {
      logger.error({ err: error, waiting: this.waiting }, 'Redis does not take what is published');
    }
  }
}
