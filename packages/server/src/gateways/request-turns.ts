import { toError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';

/** Whose requests are carried out. */
export interface TurnsOwner {
  readonly hasEnded: boolean;
  /**
   * Resolves when the client has taken enough of what it was sent; undefined where it has already.
   * So there is one answer at a time: the next is not even made before the client has read.
   */
  ready(): Promise<void> | undefined;
  /** More requests wait than may. */
  overflow(): void;
}

/** Requests that wait for those before them. */
const MAX_QUEUED = 100;

/** Carries out the requests of one client one after another. */
export class RequestTurns {
  readonly #owner: TurnsOwner;
  readonly #logger: Logger;
  #previous: Promise<unknown> = Promise.resolve();
  #queued = 0;

  constructor(owner: TurnsOwner, logger: Logger) {
    this.#owner = owner;
    this.#logger = logger;
  }

  /** Resolves when the work is done, or failed, which is logged; nothing is done for who has gone. */
  async run(work: () => Promise<void> | void): Promise<void> {
    const owner = this.#owner;
    this.#queued += 1;
    if (this.#queued > MAX_QUEUED) {
      owner.overflow();
    }
    const done = this.#previous.then(async () => {
      this.#queued -= 1;
      const wait = owner.hasEnded ? undefined : owner.ready();
      if (wait !== undefined) {
        await wait;
      }
      if (!owner.hasEnded) {
        await work();
      }
    });
    this.#previous = done.catch((error: unknown) => {
      this.#logger.error({ err: toError(error) }, 'A request of a client failed');
    });
    await this.#previous;
  }
}
