import { median, toRatio } from './statistics.js';

/**
 * One figure of both servers over all rounds.
 * @typedef {object} Figure
 * @property {string} phase
 * @property {string} name
 * @property {'lower' | 'higher'} better
 * @property {number} tickwire The median of the rounds; of losses, the sum.
 * @property {number} stock
 * @property {number | null} ratio tickwire / stock; null where stock is 0.
 * @property {number | null} lowestRatio Of the rounds taken one by one.
 * @property {number | null} highestRatio
 */

/** @typedef {import('./round.js').RoundResult} RoundResult */

/**
 * How a figure is read from a round.
 * @typedef {object} Reading
 * @property {string} phase
 * @property {string} name
 * @property {'lower' | 'higher'} better
 * @property {(round: RoundResult) => number} read
 * @property {(values: readonly number[]) => number} [summarize] The median unless given.
 */

/**
 * Makes figures of the rounds: medians, and ratios of the medians.
 * @param {readonly RoundResult[]} rounds As measured, of both servers.
 * @param {readonly import('./phases.js').Phase[]} phases
 * @returns {Figure[]}
 */
export function toFigures(rounds, phases) {
  const readings = [...GENERAL_READINGS, ...phases.flatMap(({ name }) => phaseReadings(name))];
  return readings.map(({ phase, name, better, read, summarize = median }) => {
    const ours = rounds.filter(({ peer }) => peer === 'tickwire').map(read);
    const theirs = rounds.filter(({ peer }) => peer === 'stock').map(read);
    return {
      phase,
      name,
      better,
      tickwire: summarize(ours),
      stock: summarize(theirs),
      ...toRatio(ours, theirs, summarize),
    };
  });
}

/** @type {readonly Reading[]} */
const GENERAL_READINGS = [
  {
    phase: 'connect',
    name: 'connects/s',
    better: 'higher',
    read: ({ connectsPerSecond }) => connectsPerSecond,
  },
  {
    phase: 'idle',
    name: 'server KiB per client',
    better: 'lower',
    read: ({ kibPerClient }) => kibPerClient,
  },
];

/**
 * @param {string} phase
 * @returns {readonly Reading[]}
 */
function phaseReadings(phase) {
  /** @type {(field: keyof import('./round.js').PhaseResult) => Reading['read']} */
  const field = (name) => (round) => round.phases[phase]?.[name] ?? NaN;
  return [
    {
      phase,
      name: 'server CPU µs per delivery',
      better: 'lower',
      read: field('serverMicrosPerDelivery'),
    },
    { phase, name: 'latency p50 ms', better: 'lower', read: field('p50Ms') },
    { phase, name: 'latency p99 ms', better: 'lower', read: field('p99Ms') },
    { phase, name: 'messages lost', better: 'lower', read: field('lost'), summarize: sum },
  ];
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
