import type { MarketEvent } from '@tickwire/protocol';
import type { Clock } from '../ports/clock.ts';

export interface EventTimesOptions {
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  /** Told how long an event was on its way from its venue, in milliseconds. */
  readonly onVenueDelay: (venue: string, delayMs: number) => void;
  /** Told of an event whose time says nothing of that. */
  readonly onUndated: (venue: string) => void;
  /** Told how long it took from receiving an event to its first appearance on the bus. */
  readonly onPublishDelay: (delayMs: number) => void;
}

/**
 * What is older was not on its way for so long: a new connection begins with prices of any age, and
 * a simulator may live at another time.
 */
const MAX_DELAY_MS = 60_000;
/** A venue's clock may be ahead of ours by so much, and its delay then counts 0. */
const MAX_AHEAD_MS = 1_000;

/** Takes the times of an event on its way from the venue to the bus. */
export class EventTimes {
  readonly #options: EventTimesOptions;
  #receivedAt: number | undefined;

  constructor(options: EventTimesOptions) {
    this.#options = options;
  }

  /**
   * An event has been received, which is when it has been read and understood; `publish` puts it on
   * the tape. The bus of one process brings it while `publish` runs.
   */
  receive(venue: string, event: MarketEvent, publish: () => void): void {
    const { clock, onVenueDelay, onUndated } = this.#options;
    const time = timeOf(event);
    const delayMs = time === undefined ? NaN : clock.now() - time;
    if (delayMs >= -MAX_AHEAD_MS && delayMs <= MAX_DELAY_MS) {
      onVenueDelay(venue, Math.max(0, delayMs));
    } else {
      onUndated(venue);
    }
    this.#receivedAt = clock.elapsed();
    try {
      publish();
    } finally {
      this.#receivedAt = undefined;
    }
  }

  /** Something is on the bus: what was received just now, or what followed from it. */
  published(): void {
    if (this.#receivedAt !== undefined) {
      this.#options.onPublishDelay(this.#options.clock.elapsed() - this.#receivedAt);
      // What follows from the event has been received by nobody.
      this.#receivedAt = undefined;
    }
  }
}

/** Epoch milliseconds at which the venue knew an event; undefined where it does not say. */
function timeOf(event: MarketEvent): number | undefined {
  switch (event.type) {
    case 'quote':
      return Date.parse(event.time);
    case 'trades':
      return event.trades.at(-1)?.time;
    default:
      return undefined;
  }
}
