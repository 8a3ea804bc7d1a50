import { toError } from '../domain/errors.ts';
import { inTime } from '../domain/in-time.ts';
import { Spacing } from '../domain/spacing.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

export interface DatabaseWatchOptions {
  /** Opens the database and all that must be done before it is used. */
  readonly open: () => Promise<void>;
  /** Resolves when the database answers. */
  readonly ping: () => Promise<void>;
  /** It answers again after it did not. */
  readonly onRecovered: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const PING_EVERY_MS = 5_000;
const PING_TIMEOUT_MS = 5_000;
const LOG_SPACING_MS = 60_000;

/** Opens the database as soon as it can be had, and knows whether it can be reached. */
export class DatabaseWatch {
  /** Resolves when the database can be used; never rejects. */
  readonly opened: Promise<void>;
  readonly #options: DatabaseWatchOptions;
  readonly #stop = new AbortController();
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #resolveOpened: () => void = () => undefined;
  #isOpen = false;
  #trouble: string | undefined;
  #running: Promise<void> | undefined;

  constructor(options: DatabaseWatchOptions) {
    this.#options = options;
    this.opened = new Promise((resolve) => {
      this.#resolveOpened = resolve;
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Why the database cannot be reached; undefined while it can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * Opens the database; rejects with what keeps it from being opened, unless `mayComeLater` says of
   * that error that it passes: then it goes on trying.
   */
  async start(mayComeLater: (error: Error) => boolean): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      const reason = toError(error);
      if (!mayComeLater(reason)) {
        throw error;
      }
      this.#note(reason);
    }
    this.#running = this.#run();
  }

  /** Ends the watch; never rejects. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #open(): Promise<void> {
    await this.#options.open();
    this.#isOpen = true;
    this.#resolveOpened();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      await clock.sleep(PING_EVERY_MS, signal);
      if (signal.aborted) {
        return;
      }
      try {
        await (this.#isOpen ? this.#ping() : this.#open());
        this.#noteAnswer();
      } catch (error) {
        this.#note(toError(error));
      }
    }
  }

  async #ping(): Promise<void> {
    const { ping, clock } = this.#options;
    if (!(await inTime(ping(), PING_TIMEOUT_MS, clock))) {
      throw new Error(`No answer within ${PING_TIMEOUT_MS / 1_000} s`);
    }
  }

  #noteAnswer(): void {
    if (this.#trouble !== undefined) {
      this.#trouble = undefined;
      this.#options.logger.info({}, 'The database answers again');
      this.#options.onRecovered();
    }
  }

  #note(error: Error): void {
    const { logger, clock } = this.#options;
    if (this.#stop.signal.aborted) {
      // Who closes the database has kept it from answering.
      return;
    }
    const isNew = this.#trouble === undefined;
    this.#trouble = error.message;
    if (this.#logSpacing.take(clock.elapsed()) || isNew) {
      logger.error({ reason: error.message }, 'The database cannot be used: records wait for it');
    }
  }
}
