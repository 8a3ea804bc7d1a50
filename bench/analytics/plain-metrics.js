/**
 * A bar as a program has it that asks the database for its columns.
 * @typedef {object} PlainBar
 * @property {number} high
 * @property {number} low
 * @property {number} close
 */

/** Of FX, by hours. */
const BARS_PER_YEAR = 252 * 24;
const DECAY = 0.94;

/**
 * The metrics of an instrument after its last bar, each as its definition reads.
 * @param {readonly PlainBar[]} bars At least 101, oldest first.
 * @returns {Record<string, number>}
 */
export function plainMetrics(bars) {
  const closes = bars.map(({ close }) => close);
  const returns = logReturns(closes);
  const [last20, moves] = [closes.slice(-20), differences(closes)];
  const middle = mean(last20);
  const width = 2 * Math.sqrt(mean(last20.map((close) => (close - middle) ** 2)));
  const ranges = bars
    .slice(1)
    .map(
      ({ high, low }, index) =>
        Math.max(high, closes[index] ?? NaN) - Math.min(low, closes[index] ?? NaN),
    );
  const rise = last(
    averages(
      moves.map((move) => Math.max(0, move)),
      14,
      1 / 14,
    ),
  );
  const fall = last(
    averages(
      moves.map((move) => Math.max(0, -move)),
      14,
      1 / 14,
    ),
  );
  const slow = averages(closes, 26);
  const fast = averages(closes, 12).slice(-slow.length);
  const macds = slow.map((value, index) => (fast[index] ?? NaN) - value);
  const [macd, signal] = [last(macds), last(averages(macds, 9))];
  return {
    volatility_20: volatility(returns.slice(-20)),
    volatility_50: volatility(returns.slice(-50)),
    sma_15: mean(closes.slice(-15)),
    sma_30: mean(closes.slice(-30)),
    sma_50: mean(closes.slice(-50)),
    bb_upper: middle + width,
    bb_middle: middle,
    bb_lower: middle - width,
    atr: last(averages(ranges, 14, 1 / 14)),
    ema_12: last(fast),
    ema_26: last(slow),
    ema_50: last(averages(closes, 50)),
    rsi: (100 * rise) / (rise + fall),
    macd,
    macd_signal: signal,
    macd_histogram: macd - signal,
    ewma_volatility: weightedVolatility(returns.slice(-100)),
  };
}

/**
 * The median of the volatilities after each bar but the last.
 * @param {readonly PlainBar[]} bars
 */
export function plainMedian(bars) {
  const returns = logReturns(bars.map(({ close }) => close));
  const all = returns
    .slice(19, -1)
    .map((_, index) => volatility(returns.slice(index, index + 20)))
    .sort((a, b) => a - b);
  const [upper, lower] = [all[Math.floor(all.length / 2)], all[Math.ceil(all.length / 2) - 1]];
  return ((upper ?? NaN) + (lower ?? NaN)) / 2;
}

/** @param {readonly number[]} returns */
function volatility(returns) {
  const middle = mean(returns);
  const squares = returns.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt((squares / (returns.length - 1)) * BARS_PER_YEAR);
}

/** @param {readonly number[]} returns */
function weightedVolatility(returns) {
  const weights = returns.map((_, index) => DECAY ** (returns.length - 1 - index));
  const squares = returns.reduce((sum, value, at) => sum + value ** 2 * (weights[at] ?? NaN), 0);
  return Math.sqrt((squares / weights.reduce((sum, weight) => sum + weight, 0)) * BARS_PER_YEAR);
}

/**
 * Exponential averages, the first of them the mean of the first `length` values.
 * @param {readonly number[]} values
 * @param {number} length
 */
function averages(values, length, weight = 2 / (length + 1)) {
  const found = [mean(values.slice(0, length))];
  for (const value of values.slice(length)) {
    const before = last(found);
    found.push(before + weight * (value - before));
  }
  return found;
}

/** @param {readonly number[]} closes */
function logReturns(closes) {
  return closes.slice(1).map((close, index) => Math.log(close / (closes[index] ?? NaN)));
}

/** @param {readonly number[]} values */
function differences(values) {
  return values.slice(1).map((value, index) => value - (values[index] ?? NaN));
}

/** @param {readonly number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {readonly number[]} values */
function last(values) {
  return values.at(-1) ?? NaN;
}
