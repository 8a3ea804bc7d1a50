/**
 * How prices come in a phase.
 * @typedef {object} Phase
 * @property {string} name
 * @property {number} perBurst Messages published at once.
 * @property {number} burstsPerSecond
 * @property {string} description
 */

/**
 * Beyond so many clients everything comes more rarely, so that a second has as many deliveries as
 * with so many.
 */
const FULL_PACE_CLIENTS = 1_000;
export const BURST_SIZE = 20;

/** @type {readonly Phase[]} */
export const PHASES = [
  { name: 'light', perBurst: 1, burstsPerSecond: 20, description: '20 messages/s, one at a time' },
  {
    name: 'spread',
    perBurst: 1,
    burstsPerSecond: 100,
    description: '100 messages/s, one at a time',
  },
  {
    name: 'burst',
    perBurst: BURST_SIZE,
    burstsPerSecond: 10,
    description: `10 bursts/s of ${BURST_SIZE} messages`,
  },
];

/** The phase that has no rate of its own: it looks for the highest. */
export const MAX_PHASE = 'max';

/**
 * A number of bursts at a pace.
 * @typedef {object} Plan
 * @property {number} perBurst
 * @property {number} burstsPerSecond
 * @property {number} bursts
 */

/**
 * What a phase publishes within a time: at least one burst.
 * @param {Pick<Phase, 'perBurst' | 'burstsPerSecond'>} phase
 * @param {number} seconds
 * @param {number} clients
 * @returns {Plan}
 */
export function planPhase({ perBurst, burstsPerSecond }, seconds, clients) {
  const pace = burstsPerSecond * Math.min(1, FULL_PACE_CLIENTS / clients);
  return { perBurst, burstsPerSecond: pace, bursts: Math.max(1, Math.round(pace * seconds)) };
}

const WARM_UP_MAX_SECONDS = 1;

/**
 * What is published before anything is measured, so that the code of each phase is compiled.
 * @param {number} seconds The length of a measured phase; a short run warms up shortly.
 * @param {number} clients
 */
export function planWarmUp(seconds, clients) {
  const length = Math.min(WARM_UP_MAX_SECONDS, seconds);
  return PHASES.filter(({ name }) => name !== 'light').map((phase) =>
    planPhase(phase, length, clients),
  );
}
