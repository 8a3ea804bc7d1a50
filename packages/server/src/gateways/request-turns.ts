import { toError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';

export interface RequestTurnsOptions {
  /**
   * Resolves when the client has taken enough of what it was sent; undefined where it has already.
   * So there is one answer at a time: the next is not even made before the client has read.
   */
  readonly ready: () => Promise<void> | undefined;
  /** More requests wait than may. */
  readonly onTooMany: () => void;
  readonly hasEnded: () => boolean;
  readonly logger: Logger;
}

/** Requests that wait for those before them. */
const MAX_QUEUED = 100;

/** Carries out the requests of one client one after another. */
export class RequestTurns {
  readonly #options: RequestTurnsOptions;
  #previous: Promise<unknown> = Promise.resolve();
  #queued = 0;

  constructor(options: RequestTurnsOptions) {
    this.#options = options;
  }

  /** Resolves when the work is done, or failed, which is logged; nothing is done for who has gone. */
  async run(work: () => Promise<void> | void): Promise<void> {
    const { ready, onTooMany, hasEnded, logger } = this.#options;
    this.#queued += 1;
    if (this.#queued > MAX_QUEUED) {
      onTooMany();
    }
    const done = this.#previous.then(async () => {
      this.#queued -= 1;
      const wait = hasEnded() ? undefined : ready();
      if (wait !== undefined) {
        await wait;
      }
      if (!hasEnded()) {
        await work();
      }
    });
    this.#previous = done.catch((error: unknown) => {
      logger.error({ err: toError(error) }, 'A request of a client failed');
    });
    await this.#previous;
  }
}
