import { Cron } from 'croner';

/** When a job is due. Only computed here: what waits is a clock of ours. */
export class DueTimes {
  readonly #cron: Cron;

  /** Throws for what is not a cron pattern; its times are UTC. */
  constructor(pattern: string) {
    this.#cron = new Cron(pattern, { timezone: 'UTC', paused: true });
  }

  /** The last one at or before a time, in epoch milliseconds; undefined where there is none. */
  last(time: number): number | undefined {
    // A time itself is not before it.
    const [last] = this.#cron.previousRuns(1, new Date(time + 1));
    return last?.getTime();
  }

  /** The first one after a time, in epoch milliseconds; undefined where there is none. */
  next(time: number): number | undefined {
    return this.#cron.nextRun(new Date(time))?.getTime();
  }
}
