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
 * not be delivered. A part that fails to start stops those that have started.
 */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #started: Part[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Resolves when every part is usable; rejects with what kept one from starting. */
  async start(): Promise<void> {
    for (const part of this.#options.parts) {
      try {
        this.#started.push(part);
        await part.start();
      } catch (error) {
        await this.close();
        throw error;
      }
    }
  }

  /** Resolves when every part has ended, or its time is over; never rejects. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock, shutdownTimeoutMs, logger } = this.#options;
    const done = new AbortController();
    const overdue = clock.sleep(shutdownTimeoutMs, done.signal);
    for (const part of this.#started.toReversed()) {
      const ended = part.close().then(
        () => 'ended' as const,
        (error: unknown) => {
          logger.error({ part: part.name, err: toError(error) }, 'A part failed to stop');
          return 'ended' as const;
        },
      );
      // Past the limit a part still gets one turn of the event loop: most end at once.
      const lastChance = overdue.then(() => clock.sleep(0));
      if ((await Promise.race([ended, lastChance])) !== 'ended') {
        logger.error({ part: part.name }, 'A part did not stop in time');
      }
    }
    done.abort();
  }
}
