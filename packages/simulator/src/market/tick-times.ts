/**
 * When an instrument ticks within one hour. Each minute has a hashed number of ticks, and each tick
 * an equal share of the minute in which it falls at a hashed millisecond: ticks can be counted and
 * found without listing them.
 *
 * A tick is named by its slot, which grows with time: 1,024 slots to the minute.
 */
import { childKey, toUnit } from './integer-hash.ts';

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const SLOTS_PER_MINUTE = 1_024;
/** Leaves each tick a share of 100 ms, so that no two fall on one millisecond. */
const MAX_TICKS_PER_MINUTE = 600;
/** A tick keeps clear of the end of its share, for the same reason. */
const SHARE_USED = 0.98;
/** This much of a minute's rate is certain; the rest comes in bursts. */
const STEADY_SHARE = 0.3;
const BURST_PART = 1;
const ROUNDING_PART = 2;
const FIRST_TICK_PART = 3;

/** The slot before the first of an hour. */
export const NO_SLOT = -1;
/** The slot after the last of an hour. */
export const END_SLOT = HOUR_MINUTES * SLOTS_PER_MINUTE;

/** How often the instrument ticks in an hour, and what its ticks are drawn from. */
export interface TickTimesOptions {
  readonly key: number;
  /** Hours since 1970-01-01T00Z. */
  readonly hour: number;
  readonly ticksPerMinute: number;
  /** Whether the instrument trades in a minute of the hour, 0 to 59. */
  readonly isOpen: (minute: number) => boolean;
}

/** The ticks of one instrument in one hour; times are milliseconds since the hour's start. */
export class TickTimes {
  readonly #key: number;
  readonly #firstMinute: number;
  /** How many ticks come before each minute; at the end, how many there are. */
  readonly #before = new Uint16Array(HOUR_MINUTES + 1);

  constructor({ key, hour, ticksPerMinute, isOpen }: TickTimesOptions) {
    this.#key = key;
    this.#firstMinute = hour * HOUR_MINUTES;
    let total = 0;
    for (let minute = 0; minute < HOUR_MINUTES; minute += 1) {
      total += isOpen(minute) ? drawCount(this.#minuteKey(minute), ticksPerMinute) : 0;
      this.#before[minute + 1] = total;
    }
  }

  /** How many ticks the hour has. */
  get count(): number {
    return this.#before[HOUR_MINUTES] ?? 0;
  }

  /** The first slot with a tick at or after a time; `END_SLOT` if there is none. */
  slotFrom(timeMs: number): number {
    const minute = Math.floor(timeMs / MINUTE_MS);
    if (minute < 0) {
      return this.#firstSlotFrom(0);
    }
    if (minute >= HOUR_MINUTES) {
      return END_SLOT;
    }
    const count = this.#countIn(minute);
    const share = Math.floor(((timeMs - minute * MINUTE_MS) * count) / MINUTE_MS);
    for (let tick = Math.max(0, share - 1); tick < count; tick += 1) {
      const slot = minute * SLOTS_PER_MINUTE + tick;
      if (this.timeOf(slot) >= timeMs) {
        return slot;
      }
    }
    return this.#firstSlotFrom(minute + 1);
  }

  /** The next slot with a tick; `END_SLOT` after the last. */
  slotAfter(slot: number): number {
    const minute = Math.floor(slot / SLOTS_PER_MINUTE);
    const tick = slot - minute * SLOTS_PER_MINUTE;
    return tick + 1 < this.#countIn(minute) ? slot + 1 : this.#firstSlotFrom(minute + 1);
  }

  /** The nearest earlier slot with a tick; `NO_SLOT` before the first. */
  slotBefore(slot: number): number {
    let minute = Math.floor(slot / SLOTS_PER_MINUTE);
    if (slot > minute * SLOTS_PER_MINUTE) {
      return slot - 1;
    }
    do {
      minute -= 1;
    } while (minute >= 0 && this.#countIn(minute) === 0);
    return minute < 0 ? NO_SLOT : minute * SLOTS_PER_MINUTE + this.#countIn(minute) - 1;
  }

  /** How many ticks come before a slot. */
  rankOf(slot: number): number {
    const minute = Math.floor(slot / SLOTS_PER_MINUTE);
    return (this.#before[minute] ?? 0) + (slot - minute * SLOTS_PER_MINUTE);
  }

  /** The time of the tick in a slot. */
  timeOf(slot: number): number {
    const minute = Math.floor(slot / SLOTS_PER_MINUTE);
    const tick = slot - minute * SLOTS_PER_MINUTE;
    const position = tick + SHARE_USED * toUnit(this.keyOf(slot));
    return minute * MINUTE_MS + Math.floor((position * MINUTE_MS) / this.#countIn(minute));
  }

  /** The key that the tick in a slot draws from. */
  keyOf(slot: number): number {
    const minute = Math.floor(slot / SLOTS_PER_MINUTE);
    const tick = slot - minute * SLOTS_PER_MINUTE;
    return childKey(this.#minuteKey(minute), FIRST_TICK_PART + tick);
  }

  #firstSlotFrom(firstMinute: number): number {
    let minute = firstMinute;
    while (minute < HOUR_MINUTES && this.#countIn(minute) === 0) {
      minute += 1;
    }
    return minute * SLOTS_PER_MINUTE;
  }

  #countIn(minute: number): number {
    return (this.#before[minute + 1] ?? 0) - (this.#before[minute] ?? 0);
  }

  #minuteKey(minute: number): number {
    return childKey(this.#key, this.#firstMinute + minute);
  }
}

/** On average the rate, whose part it is at least: a market that moves does not fall silent. */
function drawCount(minuteKey: number, ticksPerMinute: number): number {
  const burst = childKey(minuteKey, BURST_PART);
  const unevenness = ((burst & 0xffff) + (burst >>> 16)) / 0x1_0000;
  const activity = STEADY_SHARE + (1 - STEADY_SHARE) * unevenness;
  const count = Math.floor(ticksPerMinute * activity + toUnit(childKey(minuteKey, ROUNDING_PART)));
  return Math.min(count, MAX_TICKS_PER_MINUTE);
}
