/** Runs what is to be done once at the end of a turn of the event loop. */
export class TurnEnd {
  #tasks: (() => void)[] = [];

  /** Runs a task after everything that this turn still brings; tasks MUST NOT throw. */
  run(task: () => void): void {
    if (this.#tasks.length === 0) {
      setImmediate(() => {
        const tasks = this.#tasks;
        this.#tasks = [];
        for (const each of tasks) {
          each();
        }
      });
    }
    this.#tasks.push(task);
  }
}
