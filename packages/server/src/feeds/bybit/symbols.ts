import { FeedError, toError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { RECHECK_MS } from './config.ts';
import type { BybitRest } from './rest.ts';

/** How long a failure to get the list stands for all who ask. */
const FAILURE_MS = 1_000;

/** The symbols of a category, asked for when they are needed and once in a while. */
export class SymbolList {
  readonly #rest: BybitRest;
  readonly #clock: Clock;
  #symbols: ReadonlySet<string> | undefined;
  #loading: Promise<ReadonlySet<string>> | undefined;
  #loadedAt = -Infinity;
  #failure: FeedError | undefined;
  #failedAt = -Infinity;

  constructor(rest: BybitRest, clock: Clock) {
    this.#rest = rest;
    this.#clock = clock;
  }

  /** Whether it is known that the venue does not have a symbol. */
  isMissing(symbol: string): boolean {
    return this.#symbols?.has(symbol) === false;
  }

  /**
   * Whether the venue has a symbol. One that is not in the list may be new: the list is asked for
   * again, at most once a minute. Rejects with a FeedError where there is no list.
   */
  async has(symbol: string): Promise<boolean> {
    return this.#symbols?.has(symbol) === true || (await this.current()).has(symbol);
  }

  /** The list, at most a minute old; rejects with a FeedError. */
  async current(): Promise<ReadonlySet<string>> {
    const now = this.#clock.elapsed();
    if (this.#symbols !== undefined && now - this.#loadedAt < RECHECK_MS) {
      return this.#symbols;
    }
    if (this.#failure !== undefined && now - this.#failedAt < FAILURE_MS) {
      throw this.#failure;
    }
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** Once more if the connection broke: the end of a stream ends those of requests too. */
  async #ask(): Promise<ReadonlySet<string>> {
    try {
      return await this.#rest.symbols();
    } catch (error) {
      if (error instanceof FeedError && error.code === 'FEED_UNREACHABLE') {
        return this.#rest.symbols();
      }
      throw error;
    }
  }

  async #load(): Promise<ReadonlySet<string>> {
    try {
      this.#symbols = await this.#ask();
      this.#loadedAt = this.#clock.elapsed();
      this.#failure = undefined;
      return this.#symbols;
    } catch (error) {
      this.#failedAt = this.#clock.elapsed();
      this.#failure =
        error instanceof FeedError
          ? error
          : new FeedError('FEED_INVALID_ANSWER', toError(error).message, { cause: error });
      throw this.#failure;
    }
  }
}
