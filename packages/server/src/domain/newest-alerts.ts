import { type PlacedAlert, parseAlertId } from './kept-alert.ts';

/** How many alerts are the state of a channel. */
export const NEWEST_ALERTS = 100;

/** The newest alerts of one channel, each once, in the order in which they were published. */
export class NewestAlerts {
  #alerts: readonly PlacedAlert[] = [];
  #isComplete = false;

  /** Oldest first. */
  get all(): readonly PlacedAlert[] {
    return this.#alerts;
  }

  /** Whether it is known that there are no others that are older. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Takes an alert in, which may be older than what is known. */
  add(alert: PlacedAlert): void {
    if (this.#alerts.some(({ id }) => id === alert.id)) {
      return;
    }
    const place = this.#alerts.findLastIndex((known) => !isAfter(known, alert)) + 1;
    const alerts = this.#alerts.toSpliced(place, 0, alert);
    if (alerts.length > NEWEST_ALERTS) {
      this.#isComplete = false;
    }
    this.#alerts = alerts.slice(-NEWEST_ALERTS);
  }

  /** Takes in the newest that were kept: {@link NEWEST_ALERTS} of them, or all. */
  restore(kept: readonly PlacedAlert[]): void {
    // Of a full list some may have been dropped that are not kept yet.
    this.#isComplete = Math.max(kept.length, this.#alerts.length) < NEWEST_ALERTS;
    for (const alert of kept) {
      this.add(alert);
    }
  }

  /** Some were missed, nobody knows how many. */
  noteLoss(): void {
    this.#isComplete = false;
  }
}

/** Numbers say it under one epoch: the clock may have been set back. */
function isAfter(a: PlacedAlert, b: PlacedAlert): boolean {
  const [one, other] = [parseAlertId(a.id), parseAlertId(b.id)];
  return one.epoch === other.epoch ? one.seq > other.seq : a.time > b.time;
}
