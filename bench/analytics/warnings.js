import { findMachineWarnings } from '../machine-warnings.js';

/**
 * What keeps the figures from meaning what they seem to, one sentence each.
 * @param {readonly import('./figures.js').Figure[]} figures
 * @param {Parameters<typeof findMachineWarnings>[0]} run
 * @returns {string[]}
 */
export function findWarnings(figures, run) {
  const wrong = figures
    .filter((figure) => figure.wrong > 0)
    .map(
      ({ kind, instruments, bars, wrong: count }) =>
        `${kind}, ${instruments} × ${bars}: WRONG, ${count} numbers are others than plain has.`,
    );
  return [...findMachineWarnings(run), ...wrong];
}
