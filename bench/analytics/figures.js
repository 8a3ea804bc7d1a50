import { median, toRatio } from '../statistics.js';
import { countResults } from './plan.js';

/** Roundings of two ways to the same number differ by less. */
const MAX_DIFFERENCE = 1e-9;

/**
 * One matrix, or one run of the job, over all rounds.
 * @typedef {object} Figure
 * @property {import('./plan.js').Kind} kind
 * @property {number} instruments
 * @property {number} bars
 * @property {number} results Correlations or metrics, all that there are.
 * @property {number} compared How many of them were compared with the peer's.
 * @property {number} wrong How many of those, in all rounds, were others than the peer's.
 * @property {'ms'} name
 * @property {'lower'} better
 * @property {number} tickwire The median of the rounds.
 * @property {number} plain
 * @property {number | null} ratio tickwire / plain; null where plain is 0.
 * @property {number | null} lowestRatio Of the rounds taken one by one.
 * @property {number | null} highestRatio
 * @property {{ tickwire: number, plain: number }} loopMaxMs The longest of all rounds.
 */

/** @typedef {import('./round.js').CaseResult} CaseResult */

/**
 * Makes figures of the rounds: medians, and ratios of the medians.
 * @param {readonly import('./round.js').RoundResult[]} rounds As measured, of both subjects.
 * @param {readonly import('./plan.js').Case[]} cases
 * @returns {Figure[]}
 */
export function toFigures(rounds, cases) {
  return cases.map((one, index) => {
    /** @type {(subject: import('./plan.js').SubjectName) => CaseResult[]} */
    const found = (subject) =>
      rounds
        .filter((round) => round.subject === subject)
        .flatMap((round) => round.cases.slice(index, index + 1));
    const [ours, theirs] = [found('tickwire'), found('plain')];
    const [ourTimes, theirTimes] = [ours.map(({ ms }) => ms), theirs.map(({ ms }) => ms)];
    return {
      ...one,
      results: countResults(one),
      compared: theirs[0]?.values.length ?? 0,
      wrong: ours.reduce((sum, result, round) => sum + countWrong(result, theirs[round]), 0),
      name: 'ms',
      better: 'lower',
      tickwire: median(ourTimes),
      plain: median(theirTimes),
      ...toRatio(ourTimes, theirTimes),
      loopMaxMs: { tickwire: longest(ours), plain: longest(theirs) },
    };
  });
}

/**
 * @param {CaseResult} ours
 * @param {CaseResult | undefined} theirs
 */
function countWrong({ values }, theirs) {
  const right = values.filter((ourOne, index) => {
    const theirOne = theirs?.values[index];
    return typeof ourOne === 'number' && typeof theirOne === 'number'
      ? Math.abs(ourOne - theirOne) <= MAX_DIFFERENCE
      : ourOne === theirOne;
  });
  return values.length - right.length;
}

/** @param {readonly CaseResult[]} found */
function longest(found) {
  return Math.max(...found.map(({ loopMaxMs }) => loopMaxMs));
}
