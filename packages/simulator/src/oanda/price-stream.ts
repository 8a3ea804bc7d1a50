/**
 * One client's stream of prices. It begins with a snapshot, then sends for each instrument the
 * last price of every 250 ms window that had one, and a heartbeat every five seconds, all in the
 * venue's time. The windows begin when the stream does, so two streams see different prices.
 */
import { priceTextOf } from './market-venue.ts';
import type { Tick } from '../market/market.ts';
import type { LineWriter } from './line-writer.ts';
import type { VenueClock } from '../venue-clock.ts';
import { formatTime, type TimeFormat } from '../venue-time.ts';
import type { PlayedPrice, Venue } from './venue.ts';

const WINDOW_MS = 250;
const HEARTBEAT_MS = 5_000;
/** A fast clock must not wake the process for every window. */
const MIN_WAKE_MS = 20;
/** After a sleep of the process, older prices are no longer worth sending. */
const MAX_CATCH_UP_MS = 600_000;
/** What is sent at once, so that a reader gets its turn before more is written. */
const MAX_PORTION_MS = 10_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface PriceStreamOptions {
  readonly venue: Venue;
  readonly clock: VenueClock;
  readonly instruments: readonly string[];
  readonly format: TimeFormat;
  readonly hasSnapshot: boolean;
  readonly writer: LineWriter;
}

export interface PriceStream {
  /** Writes the snapshot and begins to follow the prices. */
  start(): void;
  close(): void;
}

interface DueLine {
  readonly dueMs: number;
  readonly timeMs: number;
  readonly json: string;
}

export function createPriceStream(options: PriceStreamOptions): PriceStream {
  const { venue, clock, instruments, format, hasSnapshot, writer } = options;
  const { market, player } = venue;
  const followed = instruments.filter((name) => player?.plays(name) !== true);
  const openInstruments = new Set<string>();
  /** Played prices that wait for the end of their window. */
  const waiting = new Map<string, PlayedPrice>();
  let sentUntilMs = 0;
  let nextHeartbeatMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let leavePlayer: (() => void) | undefined;
  let isClosed = false;

  function writeSnapshot(nowMs: number): void {
    for (const name of instruments) {
      const price = venue.snapshot(name, nowMs, format);
      if (price !== undefined) {
        writer.write(price.json);
      }
    }
  }

  function lastWindowEnd(nowMs: number): number {
    return sentUntilMs + Math.floor((nowMs - sentUntilMs) / WINDOW_MS) * WINDOW_MS;
  }

  function pump(): void {
    const nowMs = clock.now();
    sentUntilMs = Math.max(sentUntilMs, lastWindowEnd(nowMs) - MAX_CATCH_UP_MS);
    const portionEndMs = Math.min(nowMs, sentUntilMs + MAX_PORTION_MS);
    const untilMs = lastWindowEnd(portionEndMs);
    const due: DueLine[] = [];
    if (untilMs > sentUntilMs) {
      for (const name of followed) {
        due.push(...marketLines(name, sentUntilMs, untilMs));
      }
      for (const price of waiting.values()) {
        due.push({ dueMs: untilMs, timeMs: untilMs, json: price.toJson(format) });
      }
      waiting.clear();
      sentUntilMs = untilMs;
    }
    nextHeartbeatMs = Math.max(nextHeartbeatMs, nowMs - MAX_CATCH_UP_MS);
    while (nextHeartbeatMs <= portionEndMs) {
      const timeMs = nextHeartbeatMs;
      due.push({ dueMs: timeMs, timeMs, json: heartbeat(timeMs, format) });
      nextHeartbeatMs += HEARTBEAT_MS;
    }
    due.sort((a, b) => a.dueMs - b.dueMs || a.timeMs - b.timeMs);
    for (const { json } of due) {
      writer.write(json);
    }
    schedule(portionEndMs < nowMs);
  }

  /** The last tick of each window in a span, and the closing of the market if it fell into it. */
  function marketLines(name: string, afterMs: number, untilMs: number): DueLine[] {
    const lastOfWindow = new Map<number, Tick>();
    for (const tick of market.ticksBetween(name, afterMs, untilMs)) {
      const windows = Math.ceil((tick.timeMs - afterMs) / WINDOW_MS);
      lastOfWindow.set(afterMs + windows * WINDOW_MS, tick);
    }
    const lines = [...lastOfWindow].map(([dueMs, tick]) => toDueLine(dueMs, tick));
    const isOpen = market.isOpen(name, untilMs);
    const last = isOpen ? undefined : market.lastTick(name, untilMs);
    if (isOpen) {
      openInstruments.add(name);
    } else if (openInstruments.delete(name) && last !== undefined) {
      lines.push(toDueLine(untilMs, { ...last, tradeable: false }));
    }
    return lines;
  }

  function toDueLine(dueMs: number, tick: Tick): DueLine {
    return { dueMs, timeMs: tick.timeMs, json: priceTextOf(tick, format).json };
  }

  function schedule(isBehind = false): void {
    if (isClosed) {
      return;
    }
    const hasWindows = followed.length > 0 || waiting.size > 0;
    const nextMs = Math.min(nextHeartbeatMs, hasWindows ? sentUntilMs + WINDOW_MS : Infinity);
    const delayMs = isBehind ? 0 : Math.max(MIN_WAKE_MS, clock.realMsUntil(nextMs));
    clearTimeout(timer);
    timer = setTimeout(pump, Math.min(delayMs, MAX_TIMER_MS));
  }

  function onPlayed(price: PlayedPrice): void {
    if (!price.isThrottled) {
      writer.write(price.toJson(format));
      return;
    }
    const isFirst = waiting.size === 0;
    if (isFirst && followed.length === 0) {
      // Nobody kept up with the windows while there was nothing to send at their ends.
      sentUntilMs = lastWindowEnd(clock.now());
    }
    waiting.set(price.instrument, price);
    if (isFirst) {
      schedule();
    }
  }

  return {
    start() {
      const nowMs = clock.now();
      sentUntilMs = nowMs;
      nextHeartbeatMs = nowMs;
      for (const name of followed) {
        if (market.isOpen(name, nowMs)) {
          openInstruments.add(name);
        }
      }
      if (hasSnapshot) {
        writeSnapshot(nowMs);
      }
      leavePlayer = player?.join(new Set(instruments), onPlayed);
      pump();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      leavePlayer?.();
    },
  };
}

function heartbeat(timeMs: number, format: TimeFormat): string {
  return JSON.stringify({ type: 'HEARTBEAT', time: formatTime(timeMs, format) });
}
