import { formatNumber, formatRatio, formatTable } from '../table.js';
import { judge } from './targets.js';

/** What the figures include and leave out, for whoever reads them without the README. */
const NOTES = [
  'ratio = tickwire / plain, of the medians; in brackets the lowest and highest round.',
  'tickwire: from handing over the arrays until the matrix is there, the start of its thread',
  'included. plain: pair by pair in the thread that asks; where it made fewer pairs than there are,',
  'its time is reckoned from those (made), and its loop max is theirs.',
  'loop max = how long the event loop of the process that asks was held up at most.',
  'hourly job: metrics and alerts of all instruments from the embedded database, and kept there;',
  'plain: PGlite in the thread that asks, one instrument after another.',
  'mixed hours: three markets with different hours, and holes in one instrument of 20; half as many',
  'returns as bars.',
];

/**
 * A result, as it is kept.
 * @typedef {object} Result
 * @property {string} date
 * @property {ReturnType<typeof import('../machine.js').describeMachine>} machine
 * @property {Omit<import('./options.js').Options, 'output'>} options
 * @property {readonly import('./figures.js').Figure[]} figures
 * @property {readonly string[]} warnings
 * @property {readonly import('./round.js').KeptRound[]} rounds
 */

/**
 * Writes a result for people.
 * @param {Result} result
 */
export function formatReport({ machine, options, figures, warnings }) {
  const target = judge(figures);
  return [
    'Analytics: Tickwire’s correlations and hourly job (tickwire) beside plain ones (plain)',
    '',
    `machine   ${machine.cpuModel}, ${machine.cores} cores, ${machine.memoryGib} GiB, ` +
      `${machine.platform}; not pinned; node ${machine.node}`,
    `run       ${options.rounds} round(s) of each in turn, ${options.seconds} s of each matrix`,
    '',
    ...formatTable(COLUMNS, figures.map(toRow)),
    '',
    ...(target === undefined ? [] : [target, '']),
    ...NOTES,
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `WARNING: ${warning}`)]),
    '',
  ].join('\n');
}

const COLUMNS = [
  { title: 'what', isText: true },
  ...['instruments', 'bars', 'results', 'made', 'ms <', 'plain', 'ratio'].map((title) => ({
    title,
  })),
  ...['loop max ms', 'plain'].map((title) => ({ title })),
];

/** @param {import('./figures.js').Figure} figure */
function toRow({
  kind,
  instruments,
  bars,
  results,
  compared,
  tickwire,
  plain,
  loopMaxMs,
  ...ratio
}) {
  return [
    kind,
    ...[instruments, bars, results, compared, tickwire, plain].map(formatNumber),
    formatRatio(ratio),
    ...[loopMaxMs.tickwire, loopMaxMs.plain].map(formatNumber),
  ];
}
