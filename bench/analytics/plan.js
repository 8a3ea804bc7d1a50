import { METRIC_NAMES } from '@tickwire/protocol';

/** Who computes, in the order in which each round measures them. */
export const SUBJECTS = /** @type {const} */ (['tickwire', 'plain']);

/** @typedef {(typeof SUBJECTS)[number]} SubjectName */

/** Matrices of instruments with a bar in the same hours, or of three markets, some with holes. */
const MATRICES = /** @type {const} */ (['same hours', 'mixed hours']);

/** What is computed. */
export const KINDS = /** @type {const} */ ([...MATRICES, 'hourly job']);

/** @typedef {(typeof KINDS)[number]} Kind */

/**
 * One matrix, or one run of the hourly job.
 * @typedef {object} Case
 * @property {Kind} kind
 * @property {number} instruments
 * @property {number} bars Of an instrument that lacks none.
 */

const INSTRUMENTS = [20, 200, 2_000];
const BARS = [100, 1_000];
const HOURLY_INSTRUMENTS = [20, 1_000];
/** Enough for all metrics, and for a median of volatilities. */
export const HOURLY_BARS = 500;

/**
 * Everything that has at most so many instruments.
 * @param {number} maxInstruments
 * @returns {readonly Case[]}
 */
export function planCases(maxInstruments) {
  /** @type {Case[]} */
  const matrices = MATRICES.flatMap((kind) =>
    INSTRUMENTS.flatMap((instruments) => BARS.map((bars) => ({ kind, instruments, bars }))),
  );
  /** @type {Case[]} */
  const jobs = HOURLY_INSTRUMENTS.map((instruments) => ({
    ...{ kind: 'hourly job', instruments, bars: HOURLY_BARS },
  }));
  return [...matrices, ...jobs].filter(({ instruments }) => instruments <= maxInstruments);
}

/**
 * How many numbers come of it: correlations of pairs, or metrics.
 * @param {Case} one
 */
export function countResults({ kind, instruments }) {
  return kind === 'hourly job' ? instruments * METRIC_NAMES.length : countPairs(instruments);
}

/**
 * How many returns a correlation is made of: all that there are, or as many as markets with
 * different hours have in common.
 * @param {Case} one
 */
export function windowOf({ kind, bars }) {
  return kind === 'same hours' ? bars - 1 : bars / 2;
}

/** @param {number} instruments */
export function countPairs(instruments) {
  return (instruments * (instruments - 1)) / 2;
}

/**
 * Pairs of places, evenly spread over all of them where they are more than the limit.
 * @param {number} instruments
 * @param {number} limit
 * @returns {[number, number][]}
 */
export function choosePairs(instruments, limit) {
  const all = countPairs(instruments);
  const count = Math.min(all, limit);
  /** @type {[number, number][]} */
  const pairs = [];
  let [row, before] = [0, 0];
  for (let chosen = 0; chosen < count; chosen += 1) {
    const place = Math.floor((chosen * all) / count);
    while (place - before >= instruments - 1 - row) {
      before += instruments - 1 - row;
      row += 1;
    }
    pairs.push([row, row + 1 + place - before]);
  }
  return pairs;
}
