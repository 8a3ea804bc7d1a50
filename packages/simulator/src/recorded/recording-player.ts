/**
 * Plays the prices of recordings to the streams that are connected. It begins with the first
 * stream that asks for one of its instruments, so that nothing is missed, and each recording
 * begins with its own first line.
 */
import type { RecordedPrice } from './recorded-data.ts';
import { type StampedPrice, toPriceText } from './recorded-price.ts';
import type { VenueClock } from '../venue-clock.ts';
import { formatTime, type TimeFormat } from '../venue-time.ts';
import type { PlayedPrice, Player, PriceText } from '../oanda/venue.ts';

/** One recording, oldest first. */
export interface Track {
  /** How many prices there are. */
  readonly length: number;
  priceAt(index: number): RecordedPrice;
  /** Whether streams send at most one of its prices per window. */
  readonly isThrottled: boolean;
  readonly instruments: ReadonlySet<string>;
}

export interface RecordingPlayerOptions {
  readonly tracks: readonly Track[];
  /** Milliseconds of the recording in one real millisecond. */
  readonly speed: number;
  /** Whether the venue's time takes the place of the recorded one. */
  readonly isRestamped: boolean;
  readonly clock: VenueClock;
  /** The real time, epoch milliseconds. */
  readonly now: () => number;
}

export interface RecordingPlayer extends Player {
  /** The price played last; undefined while none was. */
  lastPlayed(instrument: string, format: TimeFormat): PriceText | undefined;
  /** The first price of the recording, as if it were played now. */
  first(instrument: string, format: TimeFormat): PriceText | undefined;
}

interface Playing {
  readonly track: Track;
  next: number;
}

interface Listener {
  readonly instruments: ReadonlySet<string>;
  readonly onPrice: (price: PlayedPrice) => void;
}

/** A fast recording is played in portions, so that sockets drain in between. */
const MAX_PORTION = 200;
const MAX_TIMER_MS = 2 ** 31 - 1;

export function createRecordingPlayer(options: RecordingPlayerOptions): RecordingPlayer {
  const { tracks, speed, isRestamped, clock, now } = options;
  const playing: Playing[] = tracks.map((track) => ({ track, next: 0 }));
  const listeners = new Set<Listener>();
  const last = new Map<string, StampedPrice>();
  let beganAtMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let stampMs = 0;
  let stampNanos = 0;

  const plays = (name: string): boolean => tracks.some((track) => track.instruments.has(name));

  /** The venue's time in nine digits, each later than the one before. */
  function nextStamp(): string {
    const nowMs = clock.now();
    stampNanos = nowMs > stampMs ? 0 : stampNanos + 1;
    stampMs = Math.max(stampMs, nowMs);
    return formatTime(stampMs, 'RFC3339', stampNanos);
  }

  function stamped(price: RecordedPrice): StampedPrice {
    return { price, time: isRestamped ? nextStamp() : price.time };
  }

  /** How far into its track a price lies, in milliseconds of the recording. */
  function positionOf({ track, next }: Playing): number {
    return next < track.length ? track.priceAt(next).atMs - track.priceAt(0).atMs : Infinity;
  }

  function play(): void {
    if (beganAtMs === undefined) {
      return;
    }
    const position = (now() - beganAtMs) * speed;
    let played = 0;
    let first = furthestBehind();
    while (first !== undefined && positionOf(first) <= position && played < MAX_PORTION) {
      deliver(first.track, first.track.priceAt(first.next));
      first.next += 1;
      played += 1;
      first = furthestBehind();
    }
    const nextPosition = first === undefined ? Infinity : positionOf(first);
    if (nextPosition < Infinity) {
      const dueMs = beganAtMs + nextPosition / speed;
      timer = setTimeout(play, Math.min(Math.max(0, Math.ceil(dueMs - now())), MAX_TIMER_MS));
    }
  }

  /** The recording whose next price is due first; on a tie, the one that was named first. */
  function furthestBehind(): Playing | undefined {
    let found: Playing | undefined;
    for (const candidate of playing) {
      if (found === undefined || positionOf(candidate) < positionOf(found)) {
        found = candidate;
      }
    }
    return found;
  }

  function deliver(track: Track, recorded: RecordedPrice): void {
    const price = stamped(recorded);
    last.set(recorded.instrument, price);
    for (const { instruments, onPrice } of listeners) {
      if (instruments.has(recorded.instrument)) {
        onPrice({
          instrument: recorded.instrument,
          isThrottled: track.isThrottled,
          toJson: (format) => toPriceText(price, format).json,
        });
      }
    }
  }

  return {
    plays,
    join(instruments, onPrice) {
      const listener = { instruments, onPrice };
      listeners.add(listener);
      if (!isClosed && beganAtMs === undefined && [...instruments].some(plays)) {
        beganAtMs = now();
        play();
      }
      return () => {
        listeners.delete(listener);
      };
    },
    lastPlayed(instrument, format) {
      const price = last.get(instrument);
      return price === undefined ? undefined : toPriceText(price, format);
    },
    first(instrument, format) {
      for (const track of tracks.filter(({ instruments }) => instruments.has(instrument))) {
        for (let index = 0; index < track.length; index += 1) {
          const price = track.priceAt(index);
          if (price.instrument === instrument) {
            return toPriceText(stamped(price), format);
          }
        }
      }
      return undefined;
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      listeners.clear();
    },
  };
}
