import { type MarketEvent, channelOf } from '@tickwire/protocol';
import { versionOf } from '../domain/event-version.ts';
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

/** An event that has been published and is not on the bus yet. */
interface Underway {
  readonly channel: string;
  readonly version: string;
  readonly receivedAt: number;
}

/** Takes the times of an event on its way from the venue to the bus. */
export class EventTimes {
  readonly #options: EventTimesOptions;
  #receivedAt: number | undefined;
  #underway: Underway | undefined;

  constructor(options: EventTimesOptions) {
    this.#options = options;
  }

  /**
   * An event has been received, which is when it has been read and understood; `publish` puts it on
   * the tape. The bus of one process brings it while `publish` runs; one of several processes brings
   * it later, or one that stands for it: there it is one event at a time whose time is taken.
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
      this.#follow(event);
    } finally {
      this.#receivedAt = undefined;
    }
  }

  /** Something is on the bus: what was received, or what followed from it, or another's. */
  published(event: MarketEvent): void {
    const { clock, onPublishDelay } = this.#options;
    if (this.#receivedAt !== undefined) {
      onPublishDelay(clock.elapsed() - this.#receivedAt);
      // What follows from the event has been received by nobody.
      this.#receivedAt = undefined;
    } else if (this.#underway !== undefined && this.#isUnderway(event, this.#underway)) {
      onPublishDelay(clock.elapsed() - this.#underway.receivedAt);
      this.#underway = undefined;
    }
  }

  /** Waits for an event that has been published, unless it is on the bus, or another is waited for. */
  #follow(event: MarketEvent): void {
    const receivedAt = this.#receivedAt;
    const version = versionOf(event)?.version;
    if (receivedAt === undefined || version === undefined) {
      return;
    }
    if (this.#underway === undefined || receivedAt - this.#underway.receivedAt > MAX_DELAY_MS) {
      this.#underway = { channel: channelOf(event), version, receivedAt };
    }
  }

  /** Whether an event is the one whose time is taken, or newer: that one was conflated. */
  #isUnderway(event: MarketEvent, { channel, version }: Underway): boolean {
    const own = channelOf(event) === channel ? versionOf(event)?.version : undefined;
    return own !== undefined && own >= version;
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
