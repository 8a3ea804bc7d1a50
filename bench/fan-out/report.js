import { formatTable } from '../table.js';
import { SUBJECTS, SUBJECT_DESCRIPTIONS } from './subjects.js';
import { toTables } from './tables.js';

/** What the figures include and leave out, for whoever reads them without the README. */
export const NOTES = [
  'tickwire / …: the ratio of the medians; in brackets the lowest and highest run.',
  'Same machine, other minute: ± 15 %. Smaller differences mean nothing.',
  'Server CPU is the whole process, garbage collection included; embedded, the publisher as well,',
  'and with tickwire the validation of what is published. Latency runs from the publishing of a',
  'burst to its reading by the load process, and contains the time that the load process (Node)',
  'needs to get round to it.',
  'Excluded: networks, TLS, compression, polling, slow clients, the store, other cores.',
];

/**
 * A result, as it is kept.
 * @typedef {object} Result
 * @property {string} date
 * @property {Record<string, string>} versions
 * @property {ReturnType<typeof import('../machine.js').describeMachine>} machine
 * @property {import('../machine.js').Cores} cores
 * @property {Omit<import('./options.js').Options, 'output' | 'redisUrl'> & Source} options
 * @property {readonly import('./figures.js').Figure[]} figures
 * @property {readonly string[]} warnings
 * @property {readonly import('./round.js').RoundResult[]} rounds
 */

/** @typedef {{ source: 'embedded' | 'redis' }} Source */

/**
 * Writes a result for people.
 * @param {Result} result
 */
export function formatReport(result) {
  const { warnings } = result;
  return [
    'Fan-out: Tickwire’s gateways beside other servers',
    '',
    ...describeRun(result),
    '',
    ...describeSubjects(result.options.wires).map(([name, text]) => `${name.padEnd(10)}${text}`),
    '',
    ...toTables(result).flatMap(({ title, columns, rows }) => [
      title,
      ...formatTable(columns, rows),
      '',
    ]),
    ...NOTES,
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `WARNING: ${warning}`)]),
    '',
  ].join('\n');
}

/**
 * The machine, the versions and what was done.
 * @param {Result} result
 */
export function describeRun({ machine, cores, options, rounds, versions }) {
  const { runs, seconds, pairs, source } = options;
  const pinned =
    cores.server === undefined
      ? 'not pinned'
      : `server on core ${cores.server}, load on ${cores.loads.join(', ')}`;
  return [
    `machine   ${machine.cpuModel}, ${machine.cores} cores, ${machine.memoryGib} GiB, ` +
      `${machine.platform}; ${pinned}`,
    `versions  ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `runs      ${runs} of each server in turn, ${seconds} s per phase, ` +
      `${pairs === 20 ? 'all 20' : `${pairs} of 20`} instruments per client, ` +
      `${describeBytes(rounds)} bytes per frame, ` +
      (source === 'redis' ? 'messages over Redis' : 'messages published in the server’s process'),
  ];
}

/**
 * @param {readonly import('./wires.js').WireName[]} wires
 * @returns {[name: string, text: string][]}
 */
export function describeSubjects(wires) {
  const names = new Set(wires.flatMap((wire) => SUBJECTS[wire]));
  return [...names].map((name) => [name, SUBJECT_DESCRIPTIONS[name]]);
}

/** @param {readonly import('./round.js').RoundResult[]} rounds */
function describeBytes(rounds) {
  const lengths = rounds
    .flatMap(({ phases, max }) => [...Object.values(phases), ...(max === null ? [] : [max])])
    .map(({ messageBytes }) => Math.round(messageBytes));
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  return least === most ? String(least) : `${least} to ${most}`;
}
