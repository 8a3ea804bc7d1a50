import { cryptoCandles, fxCandles, quotes } from '../store/rows.js';

const CANDLE_INSTRUMENTS = 4;
const QUOTE_INSTRUMENTS = 20;
/** More than a step has rows. */
const QUOTES_PER_SLOT = 1_000_000;

/** @typedef {import('./plan.js').Step} Step */
/** @typedef {import('../store/rows.js').SidedCandle} SidedCandle */
/** @typedef {import('../store/rows.js').Quote} Quote */

/**
 * The rows of one call: candles, of one series; or quotes, of many instruments.
 * @typedef {readonly SidedCandle[] | readonly Quote[]} Batch
 */

/**
 * The rows of a step, as a backfill brings candles: one series after another, the next span of each
 * when its turn comes.
 * @param {Step} step
 * @returns {Batch[]}
 */
export function batchesOf({ kind, slot, rows, batch }) {
  /** @type {Batch[]} */
  const batches = [];
  for (let done = 0, turn = 0; done < rows; done += batch, turn += 1) {
    const count = Math.min(batch, rows - done);
    const [instrument, span] = [turn % CANDLE_INSTRUMENTS, Math.floor(turn / CANDLE_INSTRUMENTS)];
    if (kind === 'quotes') {
      batches.push(quotes(fxNames(slot), slot * QUOTES_PER_SLOT + done, count));
    } else if (kind === 'FX candles') {
      batches.push(fxCandles(fxNames(slot)[instrument] ?? '', span * batch, count));
    } else {
      batches.push(cryptoCandles(`C${slot}${instrument}USDT`, span * batch, count));
    }
  }
  return batches;
}

/** @param {number} slot */
function fxNames(slot) {
  return Array.from({ length: QUOTE_INSTRUMENTS }, (_, index) => `F${slot}${index}_USD`);
}
