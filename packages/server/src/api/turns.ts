import { setImmediate } from 'node:timers/promises';

/**
 * Has work done one piece after another, in the order in which it came. Between two pieces the event
 * loop gets on with everything else: many large answers at once would hold up prices.
 */
export class Turns {
  #previous: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the work does, which begins once all before it is over. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#previous.then(work);
    const pause = (): Promise<void> => setImmediate();
    this.#previous = done.then(pause, pause);
    return done;
  }
}
