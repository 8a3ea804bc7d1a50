/**
 * The middle value, or the mean of the two in the middle; NaN of nothing.
 * @param {readonly number[]} values
 */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

/**
 * The smallest value that at least this share of all values does not exceed; NaN of nothing.
 * @param {readonly number[]} values
 * @param {number} share 0 to 1.
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/**
 * How one thing stands beside another.
 * @typedef {object} Ratio
 * @property {number | null} ratio Ours by theirs, of the medians; null where theirs is 0.
 * @property {number | null} lowestRatio Of the rounds taken one by one.
 * @property {number | null} highestRatio
 */

/**
 * The ratio of what the rounds found, the first of ours beside the first of theirs and so on.
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 * @param {(values: readonly number[]) => number} [summarize] The median unless given.
 * @returns {Ratio}
 */
export function toRatio(ours, theirs, summarize = median) {
  const ratios = ours
    .map((value, round) => divide(value, theirs[round] ?? 0))
    .filter((ratio) => ratio !== null);
  return {
    ratio: divide(summarize(ours), summarize(theirs)),
    lowestRatio: ratios.length === 0 ? null : Math.min(...ratios),
    highestRatio: ratios.length === 0 ? null : Math.max(...ratios),
  };
}

/**
 * @param {number} dividend
 * @param {number} divisor
 */
function divide(dividend, divisor) {
  return divisor === 0 ? null : dividend / divisor;
}
