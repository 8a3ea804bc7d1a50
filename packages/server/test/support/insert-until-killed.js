/**
 * Saves batches of candles into the embedded database of a directory (the first argument) until it
 * is killed: batch n is the minutes of hour n after the time that is the second argument. Says the
 * number of each batch once it was saved.
 */
import { systemClock } from '../../dist/app/clock.js';
import { createLogger } from '../../dist/app/logger.js';
import { createStore } from '../../dist/storage/index.js';

const MINUTE_MS = 60_000;
const [, , directory = '', from = '0', firstBatch = '0'] = process.argv;
const store = createStore({
  database: { type: 'embedded', directory },
  clock: systemClock,
  logger: createLogger({ level: 'error', file: undefined }),
});
await store.start();
for (let batch = Number(firstBatch); ; batch += 1) {
  const candles = Array.from({ length: 60 }, (_, minute) => {
    const start = Number(from) + (batch * 60 + minute) * MINUTE_MS;
    return /** @type {const} */ ({
      type: 'candle',
      instrument: 'BTCUSDT',
      interval: '1',
      start,
      end: start + MINUTE_MS - 1,
      open: '1.10',
      high: '2.00',
      low: '1.00',
      close: '1.50',
      volume: String(batch),
      isConfirmed: true,
      revision: 0,
      source: 'stream',
    });
  });
  await store.saveCandles(candles);
  process.stdout.write(`${batch}\n`);
}
