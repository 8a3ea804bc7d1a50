import { toError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

/** A part of the program that is started and stopped with it. */
export interface Part {
  readonly name: string;
  readonly start: () => void | Promise<void>;
  readonly close: () => Promise<void>;
}

export interface LifecycleOptions {
  readonly parts: readonly Part[];
  /** How long stopping may take all in all; what has not ended by then is left. */
  readonly shutdownTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Starts parts in their order and stops them in reverse, so that nothing is received that could
 * not be delivered. A part that fails to start stops those that have started; so does a close
 * while parts are still starting.
 */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #started: Part[] = [];
  #starting: Promise<void> | undefined;
  /** Settles when the part that is starting now has, or has failed to. */
  #startingPart: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Resolves when every part is usable; rejects with what kept one from starting, or when it is
   * closed before all have started.
   */
  async start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Resolves when every part has ended, or its time is over; never rejects. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(): Promise<void> {
    for (const part of this.#options.parts) {
      if (this.isClosing) {
        throw new Error('Closed before it had started');
      }
      this.#started.push(part);
      const starting = (async () => part.start())();
      this.#startingPart = starting.catch(() => undefined);
      try {
        await starting;
      } catch (error) {
        await this.close();
        throw error;
      }
    }
  }

  async #close(): Promise<void> {
    const { clock, shutdownTimeoutMs, logger } = this.#options;
    const done = new AbortController();
    const overdue = clock.sleep(shutdownTimeoutMs, done.signal);
    await Promise.race([this.#startingPart, overdue]);
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) {
      const { name } = part;
      const ended = part.close().then(
        () => 'ended' as const,
        (error: unknown) => {
          logger.error({ part: name, err: toError(error) }, 'A part failed to stop');
          return 'ended' as const;
        },
      );
      // Past the limit a part still gets one turn of the event loop: most end at once.
      const lastChance = overdue.then(() => clock.sleep(0));
      if ((await Promise.race([ended, lastChance])) !== 'ended') {
        logger.error({ part: name }, 'A part did not stop in time');
      }
    }
    done.abort();
  }
}
