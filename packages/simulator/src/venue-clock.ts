/**
 * The venue's time. It may begin in the past and run fast; once it has caught up it is the real
 * time and stays it, so that a simulator started with `-3h` at 60 times the pace is live after
 * three minutes.
 */

/** When a venue's clock begins and how fast it runs. */
export interface VenueClockOptions {
  /** Where the clock begins, relative to the real time: zero or negative. */
  readonly startOffsetMs: number;
  /** How many milliseconds of the venue pass in one real millisecond, until it has caught up. */
  readonly speed: number;
  /** The real time, epoch milliseconds. */
  readonly now: () => number;
}

export interface VenueClock {
  /** Where it began, epoch milliseconds. */
  readonly startMs: number;
  /** By how much that was before the real time: zero or negative. */
  readonly startOffsetMs: number;
  /** Epoch milliseconds on the venue's clock. */
  now(): number;
  /** Real milliseconds until the venue's clock shows a time; 0 if it is past. */
  realMsUntil(venueMs: number): number;
}

/** The clock begins to run when it is made. */
export function createVenueClock({ startOffsetMs, speed, now }: VenueClockOptions): VenueClock {
  // A clock that begins with the real time has caught up: what is slow then is the recording alone.
  const pace = startOffsetMs === 0 ? Math.max(1, speed) : speed;
  const realStartMs = now();
  const venueStartMs = realStartMs + startOffsetMs;

  return {
    startMs: venueStartMs,
    startOffsetMs,
    now() {
      const realMs = now();
      return Math.min(realMs, Math.floor(venueStartMs + (realMs - realStartMs) * pace));
    },
    realMsUntil(venueMs) {
      // The clock is the lower of two rising lines, so it shows a time once both have reached it.
      const onFastLine = realStartMs + (venueMs - venueStartMs) / pace;
      return Math.max(0, Math.ceil(Math.max(onFastLine, venueMs) - now()));
    },
  };
}
