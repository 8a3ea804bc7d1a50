import { median, toRatio } from '../statistics.js';
import { CASES } from './plan.js';

/**
 * One figure of our store over all rounds, beside the peers.
 * @typedef {object} Figure
 * @property {import('../store/databases.js').EngineName} engine
 * @property {import('./plan.js').Kind} kind
 * @property {boolean} isRepeat
 * @property {number} batch How many rows each call of the store had; the peers know no batches.
 * @property {string} name
 * @property {'lower' | 'higher'} better
 * @property {number} tickwire The median of the rounds; of longest delays, the longest.
 * @property {Beside} rows Beside one INSERT per row.
 * @property {Beside} transactions Beside the same in transactions.
 */

/** @typedef {{ value: number } & import('../statistics.js').Ratio} Beside */

/** @typedef {import('./round.js').RoundResult} RoundResult */

/**
 * How a figure is read from what was measured.
 * @typedef {object} Reading
 * @property {string} name
 * @property {'lower' | 'higher'} better
 * @property {(step: import('./round.js').StepResult) => number} read
 * @property {(values: readonly number[]) => number} [summarize] The median unless given.
 */

/** @type {readonly Reading[]} */
const READINGS = [
  { name: 'rows/s', better: 'higher', read: ({ rows, seconds }) => rows / seconds },
  {
    name: 'loop µs per row',
    better: 'lower',
    read: ({ rows, busySeconds }) => (busySeconds * 1e6) / rows,
  },
  { name: 'loop p50 ms', better: 'lower', read: ({ p50Ms }) => p50Ms },
  { name: 'loop p99 ms', better: 'lower', read: ({ p99Ms }) => p99Ms },
  { name: 'loop max ms', better: 'lower', read: ({ maxMs }) => maxMs, summarize: longest },
];

/**
 * Makes figures of the rounds: medians, and ratios of the medians.
 * @param {readonly RoundResult[]} rounds As measured, of all subjects.
 * @param {readonly import('../store/databases.js').EngineName[]} engines
 * @returns {Figure[]}
 */
export function toFigures(rounds, engines) {
  /** @type {Figure[]} */
  const figures = [];
  for (const engine of engines) {
    for (const { kind, batch, isRepeat } of CASES) {
      for (const { name, better, read, summarize = median } of READINGS) {
        /** @type {(subject: import('./plan.js').SubjectName) => number[]} */
        const readAll = (subject) =>
          rounds
            .filter((round) => round.engine === engine && round.subject === subject)
            .flatMap(({ steps }) => steps)
            .filter((step) => step.kind === kind && step.isRepeat === isRepeat)
            .filter((step) => subject !== 'tickwire' || step.batch === batch)
            .map(read);
        const ours = readAll('tickwire');
        /** @type {(subject: import('./plan.js').SubjectName) => Beside} */
        const beside = (subject) => {
          const theirs = readAll(subject);
          return { value: summarize(theirs), ...toRatio(ours, theirs, summarize) };
        };
        figures.push({
          ...{ engine, kind, isRepeat, batch, name, better },
          tickwire: summarize(ours),
          rows: beside('rows'),
          transactions: beside('transactions'),
        });
      }
    }
  }
  return figures;
}

/** @param {readonly number[]} values */
function longest(values) {
  return Math.max(...values);
}
