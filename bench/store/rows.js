import { nextIntervalStart } from '@tickwire/protocol';

/** The first moment of the rows: a Monday, and the first of a month as well. */
export const START = Date.UTC(2026, 5, 1);

const MINUTE_MS = 60_000;
/** Of a pseudo-random walk: https://en.wikipedia.org/wiki/Linear_congruential_generator */
const MULTIPLIER = 1_664_525;
const INCREMENT = 1_013_904_223;
const MODULUS = 2 ** 32;

/** @typedef {Parameters<import('./open-store.js').Store['saveCandles']>[0][number]} SidedCandle */
/** @typedef {Parameters<import('./open-store.js').Store['saveQuotes']>[0][number]} Quote */

/**
 * Confirmed M1 candles of a crypto pair, one after another, with the digits that Bybit sends.
 * @param {string} instrument
 * @param {number} first How many minutes after {@link START} they begin.
 * @param {number} count
 * @returns {SidedCandle[]}
 */
export function cryptoCandles(instrument, first, count) {
  const next = createWalk(first, 84_000, 20);
  return minutes(first, count).map((start) => {
    const [open, close, high, low] = bar(next);
    const volume = 1 + ((start / MINUTE_MS) % 977) / 131;
    return {
      ...candle(instrument, start),
      ...{ open: open.toFixed(1), high: high.toFixed(1) },
      ...{ low: low.toFixed(1), close: close.toFixed(1) },
      volume: volume.toFixed(6),
      turnover: (volume * close).toFixed(8),
    };
  });
}

/**
 * Confirmed M1 candles of an FX pair with both sides, with the digits that OANDA sends.
 * @param {string} instrument
 * @param {number} first How many minutes after {@link START} they begin.
 * @param {number} count
 * @returns {SidedCandle[]}
 */
export function fxCandles(instrument, first, count) {
  const next = createWalk(first, 1.0845, 0.0001);
  return minutes(first, count).map((start) => {
    const prices = bar(next);
    return {
      ...candle(instrument, start),
      ...side(prices, 0),
      volume: String(20 + ((start / MINUTE_MS) % 173)),
      sides: { bid: side(prices, -0.00008), ask: side(prices, 0.00008) },
    };
  });
}

/**
 * Quotes of all instruments in turn, 20 ms from one to the next, with OANDA's nanoseconds.
 * @param {readonly string[]} instruments
 * @param {number} first How many quotes after {@link START} they begin.
 * @param {number} count
 * @returns {Quote[]}
 */
export function quotes(instruments, first, count) {
  const next = createWalk(first, 1.0845, 0.00005);
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(START + (first + index) * 20).toISOString().replace('Z', '217405Z');
    const mid = next();
    return {
      type: 'quote',
      instrument: instruments[(first + index) % instruments.length] ?? '',
      bid: (mid - 0.00008).toFixed(5),
      ask: (mid + 0.00008).toFixed(5),
      mid: mid.toFixed(5),
      time: at,
    };
  });
}

/**
 * @param {number} first
 * @param {number} count
 */
function minutes(first, count) {
  return Array.from({ length: count }, (_, index) => START + (first + index) * MINUTE_MS);
}

/**
 * @param {string} instrument
 * @param {number} start
 */
function candle(instrument, start) {
  return {
    type: /** @type {const} */ ('candle'),
    instrument,
    interval: /** @type {const} */ ('1'),
    start,
    end: nextIntervalStart('1', start) - 1,
    isConfirmed: true,
    revision: 0,
    source: /** @type {const} */ ('history'),
  };
}

/**
 * Open, close, high and low of four steps.
 * @param {() => number} next
 * @returns {[number, number, number, number]}
 */
function bar(next) {
  const steps = [next(), next(), next(), next()];
  return [steps[0] ?? 0, steps[3] ?? 0, Math.max(...steps), Math.min(...steps)];
}

/**
 * @param {readonly [number, number, number, number]} prices
 * @param {number} offset
 */
function side([open, close, high, low], offset) {
  return {
    open: (open + offset).toFixed(5),
    high: (high + offset).toFixed(5),
    low: (low + offset).toFixed(5),
    close: (close + offset).toFixed(5),
  };
}

/**
 * Prices around a middle: the same for the same seed.
 * @param {number} seed
 * @param {number} middle
 * @param {number} step
 */
function createWalk(seed, middle, step) {
  let state = seed;
  let price = middle;
  return () => {
    state = (state * MULTIPLIER + INCREMENT) % MODULUS;
    price += (state / MODULUS - 0.5) * step - (price - middle) * 0.001;
    return price;
  };
}
