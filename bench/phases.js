/**
 * How prices come in a phase.
 * @typedef {object} Phase
 * @property {string} name
 * @property {number} perBurst Messages published at once.
 * @property {number} burstsPerSecond
 * @property {string} description
 */

/** @type {readonly Phase[]} */
export const PHASES = [
  { name: 'light', perBurst: 1, burstsPerSecond: 20, description: '20 messages/s, one at a time' },
  {
    name: 'spread',
    perBurst: 1,
    burstsPerSecond: 100,
    description: '100 messages/s, one at a time',
  },
  { name: 'burst', perBurst: 20, burstsPerSecond: 10, description: '10 bursts/s of 20 messages' },
];

/**
 * A number of bursts at a pace.
 * @typedef {object} Plan
 * @property {number} perBurst
 * @property {number} burstsPerSecond
 * @property {number} bursts
 */

/**
 * What a phase publishes within a time: at least one burst.
 * @param {Phase} phase
 * @param {number} seconds
 * @returns {Plan}
 */
export function planPhase({ perBurst, burstsPerSecond }, seconds) {
  return { perBurst, burstsPerSecond, bursts: Math.max(1, Math.round(burstsPerSecond * seconds)) };
}

const WARM_UP_MAX_SECONDS = 1;

/**
 * What is published before anything is measured, so that the code of each phase is compiled.
 * @param {number} seconds The length of a measured phase; a short run warms up shortly.
 */
export function planWarmUp(seconds) {
  const length = Math.min(WARM_UP_MAX_SECONDS, seconds);
  return PHASES.filter(({ name }) => name !== 'light').map((phase) => planPhase(phase, length));
}
