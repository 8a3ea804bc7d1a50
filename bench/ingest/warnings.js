import { findStoreWarnings } from '../store/warnings.js';

/** Fewer give a measurement of some milliseconds. */
const MIN_ROWS = 5_000;

/**
 * What keeps the figures from meaning what they seem to, one sentence each.
 * @param {readonly import('./round.js').RoundResult[]} results
 * @param {import('./options.js').Options} options
 * @param {Omit<Parameters<typeof findStoreWarnings>[0], 'rounds' | 'asked'>} where
 * @returns {string[]}
 */
export function findWarnings(results, { rows, rounds, engines }, where) {
  const warnings = findStoreWarnings({ ...where, rounds, asked: engines });
  if (rows < MIN_ROWS) {
    warnings.push(`${rows} rows: fewer than ${MIN_ROWS} are saved too soon to be measured.`);
  }
  for (const { engine, subject, lost, misjudged } of results) {
    if (lost > 0) {
      warnings.push(`${engine}, ${subject}: LOSS, ${lost} rows more or fewer than were saved.`);
    }
    if (misjudged > 0) {
      warnings.push(
        `${engine}, ${subject}: ${misjudged} candles were not taken for what they are.`,
      );
    }
  }
  return warnings;
}
