import { fileURLToPath } from 'node:url';
import { MIN_ROUNDS, readChoices, readFlags, readNumber } from './flags.js';
import { PHASES } from './phases.js';

/**
 * What a run measures.
 * @typedef {object} Options
 * @property {number} clients
 * @property {number} rounds
 * @property {number} seconds The length of each phase.
 * @property {readonly import('./phases.js').Phase[]} phases
 * @property {string} output The directory of the JSON.
 */

/** Where the JSON of every bench goes unless a flag says otherwise. */
export const DEFAULT_OUTPUT = fileURLToPath(new URL('results', import.meta.url));

export const HELP = `Usage: npm run bench -- [options]

Measures Tickwire's Socket.IO gateway beside a stock socket.io server, with the same messages in
one run.

  --clients N    how many clients each server has, 1 to 20000 (250)
  --rounds N     how often each server is measured, 1 to 100 (3)
  --seconds N    the length of each phase, 0.1 to 60 (3)
  --phase NAME   only this phase; may be given more than once (all)
${PHASES.map(({ name, description }) => `                 ${name}: ${description}`).join('\n')}
  --output DIR   where the JSON goes (bench/results)
  --help
`;

/**
 * Reads the command line; `'help'` where that is asked for. Throws a UsageError.
 * @param {readonly string[]} args
 * @returns {Options | 'help'}
 */
export function parseOptions(args) {
  const values = readFlags(args, {
    clients: { type: 'string', default: '250' },
    rounds: { type: 'string', default: String(MIN_ROUNDS) },
    seconds: { type: 'string', default: '3' },
    phase: { type: 'string', multiple: true },
    output: { type: 'string', default: DEFAULT_OUTPUT },
    help: { type: 'boolean' },
  });
  if (values.help === true) {
    return 'help';
  }
  const names = readChoices(
    '--phase',
    values.phase ?? [],
    PHASES.map(({ name }) => name),
  );
  return {
    clients: readNumber('--clients', values.clients, { min: 1, max: 20_000, isWhole: true }),
    rounds: readNumber('--rounds', values.rounds, { min: 1, max: 100, isWhole: true }),
    seconds: readNumber('--seconds', values.seconds, { min: 0.1, max: 60, isWhole: false }),
    phases: PHASES.filter(({ name }) => names.includes(name)),
    output: values.output,
  };
}
