import { formatNumber, formatRatio, formatTable } from '../table.js';
import { ROUTES } from './routes.js';

/** What the figures include and leave out, for whoever reads them without the README. */
const NOTES = [
  'ratio = tickwire / plain, of the medians; in brackets the lowest and highest round.',
  'plain answers with a text that it has: what it lacks is asking the database and the last values,',
  'reading what was asked, writing the answer, its tag, and the headers that go with both.',
  'p99 in whole milliseconds, while every connection asks as soon as it was answered.',
];

/**
 * A result, as it is kept.
 * @typedef {object} Result
 * @property {string} date
 * @property {ReturnType<typeof import('../machine.js').describeMachine>} machine
 * @property {Omit<import('./options.js').Options, 'output'>} options
 * @property {Readonly<Record<string, number>>} bytes Of the answer of each path.
 * @property {readonly import('./figures.js').Figure[]} figures
 * @property {readonly string[]} warnings
 * @property {readonly import('./figures.js').Measurement[]} measurements
 */

/**
 * Writes a result for people.
 * @param {Result} result
 */
export function formatReport({ machine, options, bytes, figures, warnings }) {
  const rows = ROUTES.map(({ name, path }) => {
    const [throughput, latency] = figures.filter(({ route }) => route === name);
    return [
      name,
      formatNumber(bytes[path] ?? 0),
      ...(throughput === undefined
        ? ['', '', '']
        : [
            formatNumber(throughput.tickwire),
            formatNumber(throughput.plain),
            formatRatio(throughput),
          ]),
      ...(latency === undefined
        ? ['', '']
        : [formatNumber(latency.tickwire), formatNumber(latency.plain)]),
    ];
  });
  return [
    'REST: each route of Tickwire (tickwire) beside plain Fastify with the same bytes (plain)',
    '',
    `machine   ${machine.cpuModel}, ${machine.cores} cores, ${machine.memoryGib} GiB, ` +
      `${machine.platform}; node ${machine.node}`,
    `run       ${options.rounds} round(s), ${options.connections} connections, ` +
      `${options.seconds} s of each route`,
    '',
    ...formatTable(COLUMNS, rows),
    '',
    ...NOTES,
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `WARNING: ${warning}`)]),
    '',
  ].join('\n');
}

const COLUMNS = [
  { title: 'route', isText: true },
  ...['bytes', 'requests/s >', 'plain', 'ratio', 'p99 ms <', 'plain'].map((title) => ({ title })),
];
