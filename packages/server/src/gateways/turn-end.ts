import { toError } from '../domain/errors.ts';

/** Runs what is to be done once at the end of a turn of the event loop. */
export class TurnEnd {
  #tasks: (() => void)[] = [];
  readonly #onError: (error: Error) => void;

  /** `onError` is called with what a task threw, which keeps none of the others from running. */
  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  /** Runs a task after everything that this turn still brings. */
  run(task: () => void): void {
    if (this.#tasks.length === 0) {
      setImmediate(() => {
        const tasks = this.#tasks;
        this.#tasks = [];
        for (const each of tasks) {
          this.#try(each);
        }
      });
    }
    this.#tasks.push(task);
  }

  #try(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#onError(toError(error));
    }
  }
}
