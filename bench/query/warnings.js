import { findStoreWarnings } from '../store/warnings.js';
import { CASES } from './plan.js';

/** With fewer, the 99th percentile is the worst of them. */
const MIN_REPETITIONS = 100;

/** @typedef {import('./round.js').RoundResult} RoundResult */

/**
 * The questions that our store answered with other rows than SELECT, or with none.
 * @param {readonly RoundResult[]} rounds
 */
export function findWrongAnswers(rounds) {
  return rounds
    .filter(({ subject }) => subject === 'tickwire')
    .flatMap(({ engine, cases }) => {
      const beside = rounds.find((other) => other.engine === engine && other.subject === 'plain');
      return cases
        .filter(({ name, rows }) => {
          const expected = beside?.cases.find((other) => other.name === name)?.rows;
          return rows === 0 || rows !== expected;
        })
        .map(({ name, rows }) => ({ engine, name, rows }));
    });
}

/**
 * What keeps the figures from meaning what they seem to, one sentence each.
 * @param {readonly RoundResult[]} results
 * @param {import('./options.js').Options} options
 * @param {Omit<Parameters<typeof findStoreWarnings>[0], 'rounds' | 'asked'>} where
 * @returns {string[]}
 */
export function findWarnings(results, { rounds, engines }, where) {
  const warnings = findStoreWarnings({ ...where, rounds, asked: engines });
  for (const { engine, name, rows } of findWrongAnswers(results)) {
    warnings.push(`${engine}, ${name}: WRONG, ${rows} rows, which are others than SELECT has.`);
  }
  const few = CASES.filter(({ name }) =>
    results
      .filter(({ subject }) => subject === 'tickwire')
      .flatMap(({ cases }) => cases)
      .some((found) => found.name === name && found.repetitions < MIN_REPETITIONS),
  );
  if (few.length > 0) {
    warnings.push(
      `Asked tickwire fewer than ${MIN_REPETITIONS} times in a round, so that p99 is the worst ` +
        `answer: ${few.map(({ name }) => name).join('; ')}.`,
    );
  }
  return warnings;
}
