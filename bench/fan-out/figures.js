import { median, toRatio } from '../statistics.js';
import { MAX_PHASE, PHASES } from './phases.js';
import { SUBJECTS } from './subjects.js';

/**
 * One figure of all servers over all rounds.
 * @typedef {object} Figure
 * @property {import('./wires.js').WireName} wire
 * @property {number} clients
 * @property {string} phase
 * @property {string} name
 * @property {'lower' | 'higher'} better
 * @property {Partial<Record<SubjectName, number>>} values
 *   The median of the rounds; of losses, the sum. NaN where a server has none.
 * @property {Partial<Record<SubjectName, import('../statistics.js').Ratio>>} ratios
 *   tickwire / the other.
 */

/** @typedef {import('./round.js').RoundResult} RoundResult */
/** @typedef {import('./subjects.js').SubjectName} SubjectName */

/**
 * How a figure is read from a round.
 * @typedef {object} Reading
 * @property {string} phase
 * @property {string} name
 * @property {'lower' | 'higher'} better
 * @property {(round: RoundResult) => number} read
 * @property {(values: readonly number[]) => number} [summarize] The median unless given.
 */

export const CPU_FIGURE = 'server CPU µs per delivery';
export const P99_FIGURE = 'latency p99 ms';
export const MAX_FIGURE = 'deliveries/s';

/**
 * Makes figures of the rounds: medians, and ratios of the medians.
 * @param {readonly RoundResult[]} rounds As measured, of all servers.
 * @param {Pick<import('./options.js').Options, 'clients' | 'wires' | 'phases'>} options
 * @returns {Figure[]}
 */
export function toFigures(rounds, { clients, wires, phases }) {
  const readings = [
    ...GENERAL_READINGS,
    ...PHASES.filter(({ name }) => phases.includes(name)).flatMap(({ name }) =>
      phaseReadings(name),
    ),
    ...(phases.includes(MAX_PHASE) ? MAX_READINGS : []),
  ];
  return clients.flatMap((count) =>
    wires.flatMap((wire) => {
      const found = rounds.filter((round) => round.clients === count && round.wire === wire);
      return readings.map((reading) => ({ wire, clients: count, ...toFigure(found, reading) }));
    }),
  );
}

/**
 * @param {readonly RoundResult[]} rounds Of one wire and number of clients.
 * @param {Reading} reading
 * @returns {Pick<Figure, 'phase' | 'name' | 'better' | 'values' | 'ratios'>}
 */
function toFigure(rounds, { phase, name, better, read, summarize = median }) {
  /** @param {SubjectName} subject */
  const valuesOf = (subject) => rounds.filter((round) => round.subject === subject).map(read);
  const subjects = SUBJECTS[rounds[0]?.wire ?? 'plain'];
  const ours = valuesOf('tickwire');
  return {
    phase,
    name,
    better,
    values: Object.fromEntries(subjects.map((each) => [each, summarize(valuesOf(each))])),
    ratios: Object.fromEntries(
      subjects
        .filter((each) => each !== 'tickwire')
        .map((each) => [each, toRatio(ours, valuesOf(each), summarize)]),
    ),
  };
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
  {
    phase: 'after',
    name: 'server KiB per client',
    better: 'lower',
    read: ({ kibPerClientAfter }) => kibPerClientAfter,
  },
];

/** @type {readonly Reading[]} */
const MAX_READINGS = [
  {
    phase: MAX_PHASE,
    name: MAX_FIGURE,
    better: 'higher',
    read: ({ max }) => max?.deliveriesPerSecond ?? 0,
  },
  {
    phase: MAX_PHASE,
    name: P99_FIGURE,
    better: 'lower',
    read: ({ max }) => max?.p99Ms ?? NaN,
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
    { phase, name: CPU_FIGURE, better: 'lower', read: field('serverMicrosPerDelivery') },
    { phase, name: 'latency p50 ms', better: 'lower', read: field('p50Ms') },
    { phase, name: P99_FIGURE, better: 'lower', read: field('p99Ms') },
    { phase, name: 'messages lost', better: 'lower', read: field('lost'), summarize: sum },
  ];
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
