import { type Candle, nextIntervalStart } from '@tickwire/protocol';

export const MINUTE_MS = 60_000;
/** A Monday, the first of a month as well, at midnight. */
export const START = Date.UTC(2026, 5, 1);

/** A possible candle of `BTCUSDT`, with whatever a test wants to be different. */
export function candleOf(changes: Partial<Candle> = {}): Candle {
  const { interval = '1', start = START } = changes;
  return {
    type: 'candle',
    instrument: 'BTCUSDT',
    interval,
    start,
    end: nextIntervalStart(interval, start) - 1,
    open: '84045',
    high: '84050.5',
    low: '84017.8',
    close: '84020',
    volume: '7.316',
    turnover: '614833.7084',
    isConfirmed: false,
    revision: 0,
    source: 'stream',
    ...changes,
  };
}

/** The candle that begins `minutes` after {@link START}. */
export function minuteCandle(minutes: number, changes: Partial<Candle> = {}): Candle {
  return candleOf({ start: START + minutes * MINUTE_MS, ...changes });
}
