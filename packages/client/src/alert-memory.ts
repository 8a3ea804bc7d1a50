import type { AlertMessage, ChannelSnapshot } from '@tickwire/protocol';
import type { HandedAlerts } from './handed-alerts.ts';

/** Which alerts of a channel the user has had: handed out, by any channel, or in a state. */
export class AlertMemory {
  readonly #handed: HandedAlerts;
  /** Those of the state that was shown last. */
  #shown: ReadonlySet<string> = new Set();

  constructor(handed: HandedAlerts) {
    this.#handed = handed;
  }

  /** A state is shown. */
  note({ alerts = [] }: ChannelSnapshot): void {
    this.#shown = new Set(alerts.map(({ id }) => id));
  }

  /** Whether a state has all since what was had: it begins with that, or with the first of all. */
  reachesBack({ alerts = [], complete }: ChannelSnapshot): boolean {
    return complete === true || alerts.slice(0, 1).some((alert) => this.#isKnown(alert));
  }

  /** What a state has and the user has not. */
  missed({ alerts = [] }: ChannelSnapshot): readonly AlertMessage[] {
    return alerts.filter((alert) => !this.#isKnown(alert));
  }

  #isKnown({ id }: AlertMessage): boolean {
    return this.#handed.has(id) || this.#shown.has(id);
  }
}
