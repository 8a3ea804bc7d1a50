import { formatHead } from '../store/report.js';
import { formatNumber, formatRatio, formatTable } from '../table.js';

/** What the figures include and leave out, for whoever reads them without the README. */
const NOTES = [
  'ratio = tickwire / plain, of the medians; in brackets the lowest and highest round.',
  'Times run from the question until all rows are JavaScript: candles and quotes with decimal',
  'strings (tickwire), the objects that pg or PGlite makes of columns (plain). One at a time.',
  'plain: SELECT * with the same condition, of last quotes with DISTINCT ON, of starts SELECT time.',
  'loop max = how long the event loop of the process that asks was held up at most. Plain PGlite',
  'works in that thread and never lets the loop turn.',
  'Excluded: what a server does besides, networks (PostgreSQL is behind a Unix socket), tables that',
  'do not fit into memory, other questions at the same time.',
];

/**
 * A result, as it is kept.
 * @typedef {object} Result
 * @property {string} date
 * @property {Record<string, string>} versions
 * @property {ReturnType<typeof import('../machine.js').describeMachine>} machine
 * @property {import('../machine.js').Cores} cores
 * @property {{ isMemory: boolean, syncMs: number }} disk
 * @property {Omit<import('./options.js').Options, 'engines' | 'data' | 'output'>} options
 * @property {readonly import('./figures.js').Figure[]} figures
 * @property {readonly string[]} warnings
 * @property {readonly import('./round.js').RoundResult[]} rounds
 */

/**
 * Writes a result for people.
 * @param {Result} result
 */
export function formatReport(result) {
  const { options, figures, warnings } = result;
  const { days, quotes, repetitions, seconds, rounds } = options;
  return [
    'Query: Tickwire’s store (tickwire) beside plain pg and plain PGlite (plain)',
    '',
    ...formatHead(result),
    `run       ${days} days of candles, ${quotes} quotes; ${rounds} round(s) of each in turn, ` +
      `${repetitions} repetitions or ${seconds} s`,
    '',
    ...formatTable(COLUMNS, toRows(figures)),
    '',
    ...NOTES,
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `WARNING: ${warning}`)]),
    '',
  ].join('\n');
}

const COLUMNS = [
  { title: 'engine', isText: true },
  { title: 'question', isText: true },
  ...['rows', 'asked'].map((title) => ({ title })),
  ...['p50 ms <', 'plain', 'ratio', 'p99 ms <', 'plain', 'ratio'].map((title) => ({ title })),
  ...['loop max ms', 'plain'].map((title) => ({ title })),
];

/**
 * A row of each question of each engine.
 * @param {readonly import('./figures.js').Figure[]} figures
 */
function toRows(figures) {
  return figures
    .filter(({ name }) => name === 'p50 ms')
    .map(({ engine, question, rows, repetitions }) => [
      ...[engine, question, String(rows)],
      `${repetitions.tickwire}, ${repetitions.plain}`,
      ...figures
        .filter((other) => other.engine === engine && other.question === question)
        .flatMap(({ name, tickwire, plain, ...ratio }) => [
          formatNumber(tickwire),
          formatNumber(plain),
          ...(name === 'loop max ms' ? [] : [formatRatio(ratio)]),
        ]),
    ]);
}
