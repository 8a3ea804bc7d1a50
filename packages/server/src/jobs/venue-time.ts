import { type MarketEvent, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import type { Clock } from '../ports/clock.ts';

/** What is later than our clock by more says nothing: all others would have to wait for it. */
const MAX_AHEAD_MS = 3_600_000;
const HOUR_MS = 3_600_000;

/**
 * What time it is at a venue, which may live in the past: what its newest event says, and as much
 * later as has passed since. Until there is an event, and at the latest, it is our clock's time.
 */
export class VenueTime {
  readonly #clock: Clock;
  #newest: { readonly time: number; readonly at: number } | undefined;
  /** Until when nothing has to be looked at: as a number, and as the beginning of an ISO 8601 time. */
  #next = -Infinity;
  #nextText = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Epoch milliseconds. */
  now(): number {
    const now = this.#clock.now();
    if (this.#newest === undefined) {
      return now;
    }
    const { time, at } = this.#newest;
    return Math.min(now, time + this.#clock.elapsed() - at);
  }

  /** Whether the venue has said what time it is. */
  get isKnown(): boolean {
    return this.#newest !== undefined;
  }

  /** How long until another hour begins. */
  get restOfHourMs(): number {
    const now = this.now();
    return nextIntervalStart('60', intervalStart('60', now)) - now;
  }

  /**
   * Looks at the time of an event, and tells whether it is the first or the first of an hour: all
   * others must cost next to nothing.
   */
  note(event: MarketEvent): boolean {
    if (event.type === 'quote') {
      // ISO 8601 times of UTC are in the order of their letters.
      return event.time >= this.#nextText && this.#take(Date.parse(event.time));
    }
    if (event.type === 'trades') {
      return this.#takeNumber(event.trades.at(-1)?.time);
    }
    // The start of a longer candle may be long ago.
    const isNear = event.type === 'candle' && event.end - event.start < HOUR_MS;
    return isNear && this.#takeNumber(event.start);
  }

  #takeNumber(time: number | undefined): boolean {
    return time !== undefined && time >= this.#next && this.#take(time);
  }

  #take(time: number): boolean {
    if (!(time <= this.#clock.now() + MAX_AHEAD_MS)) {
      return false;
    }
    this.#newest = { time, at: this.#clock.elapsed() };
    this.#next = nextIntervalStart('60', intervalStart('60', time));
    this.#nextText = new Date(this.#next).toISOString().slice(0, -'.000Z'.length);
    return true;
  }
}
