import { systemClock } from '../../src/app/clock.ts';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import type { DatabaseConfig } from '../../src/storage/client.ts';
import { createStores } from '../../src/storage/index.ts';
import { createRecordingLogger } from './recording-logger.ts';

const HOUR_MS = 3_600_000;

/** How many hours before the one that is not over candles begin, and before which of them they end. */
export interface KeptHours {
  readonly first: number;
  readonly end?: number;
}

/** Keeps hourly candles of a pair, without a hole, where a server will look for them. */
export async function keepHours(
  database: DatabaseConfig,
  instrument: string,
  { first, end = 0 }: KeptHours,
): Promise<void> {
  const { store } = createStores({
    database,
    clock: systemClock,
    logger: createRecordingLogger(),
  });
  await store.start();
  const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const candles = Array.from({ length: first - end }, (_, index) =>
    hourOf(instrument, now - (first - index) * HOUR_MS),
  );
  await store.saveCandles(candles);
  await store.close();
}

/** Of each pair other prices, the same whenever they are asked for. */
function hourOf(instrument: string, start: number): SidedCandle {
  const hour = start / HOUR_MS;
  const phase = instrument.charCodeAt(0);
  const price = (1.1 + 0.001 * Math.sin((hour % 1_000) ** 2 + phase)).toFixed(5);
  const ohlc = { open: price, high: price, low: price, close: price };
  return {
    type: 'candle',
    instrument,
    interval: '60',
    start,
    end: start + HOUR_MS - 1,
    ...ohlc,
    volume: '1',
    isConfirmed: true,
    revision: 0,
    source: 'history',
    sides: { bid: ohlc, ask: ohlc },
  };
}
