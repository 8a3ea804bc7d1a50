import { type Interval, nextIntervalStart } from '@tickwire/protocol';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';

export const MINUTE_MS = 60_000;
/** A Wednesday, on the minute. */
export const NOON = Date.UTC(2025, 5, 18, 12);

/** A confirmed candle of a minute that closes at `close`, but for what is given. */
export function candleOf(changes: Partial<SidedCandle> = {}): SidedCandle {
  const interval: Interval = changes.interval ?? '1';
  const start = changes.start ?? NOON;
  return {
    type: 'candle',
    instrument: 'BTCUSDT',
    interval,
    start,
    end: nextIntervalStart(interval, start) - 1,
    open: '1.10',
    high: '2.00',
    low: '1.00',
    close: '1.50',
    volume: '10',
    isConfirmed: true,
    revision: 0,
    source: 'stream',
    ...changes,
  };
}
