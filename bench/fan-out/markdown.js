import { NOTES, describeRun, describeSubjects } from './report.js';
import { toTables } from './tables.js';

/**
 * Writes a result as a page, with its chart beside it.
 * @param {import('./report.js').Result} result
 * @param {string} name Of the files.
 */
export function formatMarkdown(result, name) {
  return [
    `# Fan-out, ${result.date.slice(0, 10)}`,
    '',
    ...describeRun(result).map((line) => `- ${line.replace(/^(\w+) +/, '$1: ')}`),
    '',
    `![the figures as bars](${name}.svg)`,
    '',
    ...describeSubjects(result.options.wires).map(([subject, text]) => `- \`${subject}\`: ${text}`),
    ...toTables(result).flatMap(({ title, columns, rows }) => [
      '',
      `## ${title}`,
      '',
      toLine(columns.map((column) => column.title)),
      toLine(columns.map(({ isText = false }) => (isText ? '---' : '---:'))),
      ...rows.map((cells) => toLine(columns.map((_, column) => cells[column] ?? ''))),
    ]),
    '',
    NOTES.join(' '),
    ...result.warnings.map((warning) => `\n**Warning:** ${warning}`),
    '',
  ].join('\n');
}

/** @param {readonly string[]} cells */
function toLine(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
