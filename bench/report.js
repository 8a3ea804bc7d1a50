import { formatNumber, toRatioCells } from './table.js';

const COLUMNS = { phase: 9, name: 28, value: 11, ratio: 8 };

/** What the figures include and leave out, for whoever reads them without the README. */
export const NOTES = [
  'ratio = tickwire / stock, of the medians; in brackets the lowest and highest round.',
  'Same machine, other minute: ± 15 %. Smaller differences mean nothing.',
  'Server CPU is the whole process: the publisher, garbage collection, and with tickwire the',
  'validation of what is published and the last values. Latency runs from the publishing of a',
  'burst, in the server, to its reading by the load process, and contains the time that the load',
  'process (Node) needs to get round to it.',
  'Excluded: networks, TLS, compression, polling, slow clients, Redis, the store, other cores.',
];

/**
 * A result, as it is kept.
 * @typedef {object} Result
 * @property {string} date
 * @property {object} versions
 * @property {ReturnType<typeof import('./machine.js').describeMachine>} machine
 * @property {import('./machine.js').Cores} cores
 * @property {{ clients: number, rounds: number, seconds: number, phases: string[] }} options
 * @property {readonly import('./figures.js').Figure[]} figures
 * @property {readonly string[]} warnings
 * @property {readonly import('./round.js').RoundResult[]} rounds
 */

/**
 * Writes a result for people.
 * @param {Result} result
 */
export function formatReport({ machine, cores, options, figures, warnings, rounds, versions }) {
  const { clients, seconds } = options;
  const pinned =
    cores.server === undefined
      ? 'not pinned'
      : `server on core ${cores.server}, load on core ${cores.load ?? 'any'}`;
  return [
    'Fan-out: Tickwire’s Socket.IO gateway (tickwire) beside a stock socket.io server (stock)',
    '',
    `machine   ${machine.cpuModel}, ${machine.cores} cores, ${machine.memoryGib} GiB, ` +
      `${machine.platform}; ${pinned}`,
    `versions  ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `run       ${clients} clients × 20 pairs, ${options.rounds} round(s) of each server in turn, ` +
      `${seconds} s per phase, ${describeBytes(rounds)} bytes per message`,
    '',
    row('phase', 'figure (< lower is better)', 'tickwire', 'stock', 'ratio', ''),
    ...figures.map(formatFigure),
    '',
    ...loadRows(rounds, options.phases),
    '',
    ...NOTES,
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `WARNING: ${warning}`)]),
    '',
  ].join('\n');
}

/** @param {import('./figures.js').Figure} figure */
function formatFigure({ phase, name, better, tickwire, stock, ...ratio }) {
  return row(
    phase,
    `${name} ${better === 'lower' ? '<' : '>'}`,
    formatNumber(tickwire),
    formatNumber(stock),
    ...toRatioCells(ratio),
  );
}

/**
 * How busy the processes were at most: what the latencies have to be read with.
 * @param {readonly import('./round.js').RoundResult[]} rounds
 * @param {readonly string[]} phases
 */
function loadRows(rounds, phases) {
  return phases.flatMap((phase) => {
    /** @type {(peer: string, field: 'loadBusy' | 'serverBusy') => string} */
    const busiest = (peer, field) => {
      const shares = rounds.filter((round) => round.peer === peer);
      const most = Math.max(...shares.map((round) => round.phases[phase]?.[field] ?? 0));
      return `${Math.round(most * 100)} %`;
    };
    return [
      row(phase, 'server busy, at most', ...pair('serverBusy', busiest), '', ''),
      row(phase, 'load process busy, at most', ...pair('loadBusy', busiest), '', ''),
    ];
  });
}

/**
 * @template Field
 * @param {Field} field
 * @param {(peer: string, field: Field) => string} read
 * @returns {[string, string]}
 */
function pair(field, read) {
  return [read('tickwire', field), read('stock', field)];
}

/** @param {readonly import('./round.js').RoundResult[]} rounds */
function describeBytes(rounds) {
  const lengths = rounds.flatMap(({ phases }) =>
    Object.values(phases).map(({ messageBytes }) => Math.round(messageBytes)),
  );
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  return least === most ? String(least) : `${least} to ${most}`;
}

/**
 * @param {string} phase
 * @param {string} name
 * @param {string} tickwire
 * @param {string} stock
 * @param {string} ratio
 * @param {string} range
 */
function row(phase, name, tickwire, stock, ratio, range) {
  const cells = [
    phase.padEnd(COLUMNS.phase),
    name.padEnd(COLUMNS.name),
    tickwire.padStart(COLUMNS.value),
    stock.padStart(COLUMNS.value),
    ratio.padStart(COLUMNS.ratio),
    `  ${range}`,
  ];
  return cells.join(' ').trimEnd();
}
