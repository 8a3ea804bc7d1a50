import type { FanOutStats, FlushTimes } from '../ports/fan-out-stats.ts';

/** Counts what the gateways bring to clients; the sum of what waits is asked for when it is read. */
export class FanOutCounters implements FanOutStats {
  deliveries = 0;
  bytes = 0;
  writes = 0;
  flushes = 0;
  flushedMessages = 0;
  flushMs = 0;
  conflated = 0;
  dropped = 0;
  slowCloses = 0;
  readonly recoveries = { recovered: 0, notRecovered: 0 };
  onFlush: ((flush: FlushTimes) => void) | undefined = undefined;
  /** Those for whom something waits. */
  readonly waiting = new Set<{ readonly waitingBytes: number }>();

  get outboxBytes(): number {
    let bytes = 0;
    for (const { waitingBytes } of this.waiting) {
      bytes += waitingBytes;
    }
    return bytes;
  }
}
