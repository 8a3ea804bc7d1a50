import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Lets replays go on one after another, one part in each turn of the event loop, so that a thousand
 * clients that come back at once do not keep live messages from the others.
 */
export class ReplayPacer {
  #previous: Promise<unknown> = Promise.resolve();

  /** Resolves when it is the caller's turn. */
  async turn(): Promise<void> {
    const turn = this.#previous.then(() => nextTurn());
    this.#previous = turn;
    await turn;
  }
}
