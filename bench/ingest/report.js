import { formatHead } from '../store/report.js';
import { formatNumber, formatRatio, formatTable } from '../table.js';
import { ROWS_PER_TRANSACTION } from './plan.js';
import { judge } from './targets.js';

/** What the figures include and leave out, for whoever reads them without the README. */
export const NOTES = [
  'ratio = tickwire / peer, of the medians; in brackets the lowest and highest round.',
  'per row = one INSERT … ON CONFLICT per row, each awaited; in tx = the same, with ' +
    `${ROWS_PER_TRANSACTION} of them in a transaction.`,
  'new = rows that are not there; again = the same rows once more, which the peers write again.',
  'loop = the main thread of the process that saves. µs = how long it ran code, per row. p50, p99,',
  'max = how far apart a timer of 1 ms ran; nothing is subtracted: an idle loop is given above.',
  'Excluded: what a server does besides, networks (PostgreSQL is behind a Unix socket), other',
  'programs in the same database, large tables.',
];

/**
 * A result, as it is kept.
 * @typedef {object} Result
 * @property {string} date
 * @property {Record<string, string>} versions
 * @property {ReturnType<typeof import('../machine.js').describeMachine>} machine
 * @property {import('../machine.js').Cores} cores
 * @property {{ isMemory: boolean, syncMs: number }} disk
 * @property {{ rows: number, peerRows: number, rounds: number }} options
 * @property {readonly import('./figures.js').Figure[]} figures
 * @property {readonly string[]} warnings
 * @property {readonly import('./round.js').RoundResult[]} rounds
 */

/** @typedef {import('./figures.js').Figure} Figure */

/**
 * Writes a result for people.
 * @param {Result} result
 */
export function formatReport(result) {
  const { options, figures, warnings, rounds } = result;
  return [
    'Ingest: Tickwire’s store (tickwire) beside plain pg and plain PGlite',
    '',
    ...formatHead(result),
    `run       ${options.rounds} round(s) of each in turn, ${options.rows} rows per figure of ` +
      `tickwire, ${options.peerRows} of the peers`,
    `idle      ${describeIdle(rounds)}`,
    '',
    ...formatTable(
      [...CASE_COLUMNS, ...titles('rows/s >', 'per row', 'ratio', 'in tx', 'ratio')],
      figuresOf(figures, 'rows/s').map((figure) => [
        ...caseCells(figure),
        formatNumber(figure.tickwire),
        formatNumber(figure.rows.value),
        formatRatio(figure.rows),
        formatNumber(figure.transactions.value),
        formatRatio(figure.transactions),
      ]),
    ),
    '',
    ...formatTable(
      [
        ...CASE_COLUMNS,
        ...titles('loop µs/row <', 'per row', 'ratio'),
        ...titles('loop p50 ms', 'p99 ms <', 'max ms', 'per row: p99', 'max'),
      ],
      figuresOf(figures, 'loop µs per row').map((figure) => {
        /** @type {(name: string) => Figure} */
        const same = (name) =>
          figuresOf(figures, name).find((other) => isSameCase(other, figure)) ?? figure;
        const [p50, p99, max] = [same('loop p50 ms'), same('loop p99 ms'), same('loop max ms')];
        return [
          ...caseCells(figure),
          ...[
            formatNumber(figure.tickwire),
            formatNumber(figure.rows.value),
            formatRatio(figure.rows),
          ],
          ...[p50, p99, max].map(({ tickwire }) => formatNumber(tickwire)),
          ...[p99, max].map((beside) => formatNumber(beside.rows.value)),
        ];
      }),
    ),
    '',
    ...judge(figures),
    '',
    ...NOTES,
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `WARNING: ${warning}`)]),
    '',
  ].join('\n');
}

const CASE_COLUMNS = [
  { title: 'engine', isText: true },
  { title: 'rows', isText: true },
  { title: '', isText: true },
  { title: 'batch' },
];

/** @param {Figure} figure */
function caseCells({ engine, kind, isRepeat, batch }) {
  return [engine, kind, isRepeat ? 'again' : 'new', String(batch)];
}

/** @param {readonly string[]} names */
function titles(...names) {
  return names.map((title) => ({ title }));
}

/**
 * @param {readonly Figure[]} figures
 * @param {string} name
 */
function figuresOf(figures, name) {
  return figures.filter((figure) => figure.name === name);
}

/**
 * @param {Figure} a
 * @param {Figure} b
 */
function isSameCase(a, b) {
  return caseCells(a).join() === caseCells(b).join();
}

/** @param {Result['rounds']} rounds */
function describeIdle(rounds) {
  /** @type {(read: (idle: import('./messages.js').LoopTime) => number) => string} */
  const range = (read) => {
    const values = rounds.map(({ idle }) => read(idle));
    return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  };
  return `loop p50 ${range(({ p50Ms }) => p50Ms)} ms, p99 ${range(({ p99Ms }) => p99Ms)} ms`;
}
