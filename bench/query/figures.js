import { median, toRatio } from '../statistics.js';
import { CASES } from './plan.js';

/**
 * One figure of our store over all rounds, beside SELECT.
 * @typedef {object} Figure
 * @property {import('../store/databases.js').EngineName} engine
 * @property {import('./plan.js').CaseName} question
 * @property {number} rows Of each answer.
 * @property {{ tickwire: number, plain: number }} repetitions Of the rounds that have the fewest.
 * @property {string} name
 * @property {'lower'} better
 * @property {number} tickwire The median of the rounds; of longest delays, the longest.
 * @property {number} plain
 * @property {number | null} ratio tickwire / plain; null where plain is 0.
 * @property {number | null} lowestRatio Of the rounds taken one by one.
 * @property {number | null} highestRatio
 */

/** @typedef {import('./round.js').RoundResult} RoundResult */

/**
 * How a figure is read from what was measured.
 * @typedef {object} Reading
 * @property {string} name
 * @property {(found: import('./round.js').CaseResult) => number} read
 * @property {(values: readonly number[]) => number} [summarize] The median unless given.
 */

/** @type {readonly Reading[]} */
const READINGS = [
  { name: 'p50 ms', read: ({ p50Ms }) => p50Ms },
  { name: 'p99 ms', read: ({ p99Ms }) => p99Ms },
  {
    name: 'loop max ms',
    read: ({ loopMaxMs }) => loopMaxMs,
    summarize: (values) => Math.max(...values),
  },
];

/**
 * Makes figures of the rounds: medians, and ratios of the medians.
 * @param {readonly RoundResult[]} rounds As measured, of both subjects.
 * @param {readonly import('../store/databases.js').EngineName[]} engines
 * @returns {Figure[]}
 */
export function toFigures(rounds, engines) {
  return engines.flatMap((engine) =>
    CASES.flatMap(({ name: question }) => {
      /** @type {(subject: import('./plan.js').SubjectName) => import('./round.js').CaseResult[]} */
      const found = (subject) =>
        rounds
          .filter((round) => round.engine === engine && round.subject === subject)
          .flatMap(({ cases }) => cases)
          .filter(({ name }) => name === question);
      const [ours, theirs] = [found('tickwire'), found('plain')];
      return READINGS.map(({ name, read, summarize = median }) => ({
        engine,
        question,
        rows: Math.max(...ours.map(({ rows }) => rows)),
        repetitions: { tickwire: fewest(ours), plain: fewest(theirs) },
        name,
        better: /** @type {const} */ ('lower'),
        tickwire: summarize(ours.map(read)),
        plain: summarize(theirs.map(read)),
        ...toRatio(ours.map(read), theirs.map(read), summarize),
      }));
    }),
  );
}

/** @param {readonly import('./round.js').CaseResult[]} found */
function fewest(found) {
  return Math.min(...found.map(({ repetitions }) => repetitions));
}
