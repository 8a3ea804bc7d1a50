/** Runs tasks one at a time, in the order in which they come, whatever becomes of each. */
export class TaskQueue {
  #previous: Promise<unknown> = Promise.resolve();

  /** Settles as the task does, once its turn has come. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#previous.then(task, task);
    this.#previous = result;
    return result;
  }
}
