import { formatNumber, formatRatio } from '../table.js';
import { SUBJECTS } from './subjects.js';
import { WIRES } from './wires.js';

/**
 * The figures of one wire and number of clients, as cells.
 * @typedef {object} FigureTable
 * @property {string} title
 * @property {readonly { title: string, isText?: boolean }[]} columns
 * @property {readonly (readonly string[])[]} rows
 */

/**
 * A table for each number of clients and each wire.
 * @param {Pick<import('./report.js').Result, 'figures' | 'options' | 'rounds'>} result
 * @returns {FigureTable[]}
 */
export function toTables({ figures, options, rounds }) {
  return options.clients.flatMap((clients) =>
    options.wires.map((wire) => {
      const subjects = SUBJECTS[wire];
      const others = subjects.filter((subject) => subject !== 'tickwire');
      const found = figures.filter((figure) => figure.clients === clients && figure.wire === wire);
      const measured = rounds.filter((round) => round.clients === clients && round.wire === wire);
      return {
        title: `${WIRES[wire].title}, ${clients} clients`,
        columns: [
          { title: 'phase', isText: true },
          { title: 'figure (< lower is better)', isText: true },
          ...subjects.map((title) => ({ title })),
          ...others.map((other) => ({ title: `tickwire / ${other}`, isText: true })),
        ],
        rows: [
          ...found.map((figure) => [
            figure.phase,
            `${figure.name} ${figure.better === 'lower' ? '<' : '>'}`,
            ...subjects.map((subject) => formatValue(figure.values[subject])),
            ...others.map((other) => {
              const ratio = figure.ratios[other];
              return ratio === undefined ? '' : formatRatio(ratio);
            }),
          ]),
          ...busyRows(measured, subjects),
        ],
      };
    }),
  );
}

/** @param {number | undefined} value */
function formatValue(value) {
  return value === undefined || Number.isNaN(value) ? '–' : formatNumber(value);
}

/**
 * How busy the processes were at most: what latencies have to be read with.
 * @param {readonly import('./round.js').RoundResult[]} rounds
 * @param {readonly import('./subjects.js').SubjectName[]} subjects
 */
function busyRows(rounds, subjects) {
  const phases = Object.keys(rounds[0]?.phases ?? {});
  return [...phases, ...(rounds.some(({ max }) => max !== null) ? ['max'] : [])].flatMap(
    (phase) => {
      /** @param {'loadBusy' | 'serverBusy'} field */
      const cells = (field) =>
        subjects.map((subject) => {
          const shares = rounds
            .filter((round) => round.subject === subject)
            .map((round) => (phase === 'max' ? round.max : round.phases[phase])?.[field] ?? 0);
          return `${Math.round(Math.max(...shares) * 100)} %`;
        });
      return [
        [phase, 'server busy, at most', ...cells('serverBusy')],
        [phase, 'load process busy, at most', ...cells('loadBusy')],
      ];
    },
  );
}
