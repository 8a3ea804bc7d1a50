import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PHASES } from './phases.js';

/** Fewer rounds give no median worth the name. */
export const MIN_ROUNDS = 3;

/**
 * What a run measures.
 * @typedef {object} Options
 * @property {number} clients
 * @property {number} rounds
 * @property {number} seconds The length of each phase.
 * @property {readonly import('./phases.js').Phase[]} phases
 * @property {string} output The directory of the JSON.
 */

const DEFAULT_OUTPUT = fileURLToPath(new URL('results', import.meta.url));

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

/** A flag has a value that it cannot have; the message is for the person who gave it. */
export class UsageError extends Error {}

/**
 * Reads the command line; `'help'` where that is asked for. Throws a {@link UsageError}.
 * @param {readonly string[]} args
 * @returns {Options | 'help'}
 */
export function parseOptions(args) {
  const values = parse(args);
  if (values.help === true) {
    return 'help';
  }
  const names = values.phase ?? [];
  for (const name of names) {
    if (!PHASES.some((phase) => phase.name === name)) {
      const known = PHASES.map((phase) => phase.name).join(', ');
      throw new UsageError(`--phase: expected one of ${known}, got '${name}'`);
    }
  }
  return {
    clients: readNumber('--clients', values.clients, { min: 1, max: 20_000, isWhole: true }),
    rounds: readNumber('--rounds', values.rounds, { min: 1, max: 100, isWhole: true }),
    seconds: readNumber('--seconds', values.seconds, { min: 0.1, max: 60, isWhole: false }),
    phases: PHASES.filter(({ name }) => names.length === 0 || names.includes(name)),
    output: values.output,
  };
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        clients: { type: 'string', default: '250' },
        rounds: { type: 'string', default: String(MIN_ROUNDS) },
        seconds: { type: 'string', default: '3' },
        phase: { type: 'string', multiple: true },
        output: { type: 'string', default: DEFAULT_OUTPUT },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} flag
 * @param {string} text
 * @param {{ min: number, max: number, isWhole: boolean }} range
 */
function readNumber(flag, text, { min, max, isWhole }) {
  const pattern = isWhole ? /^\d+$/ : /^\d+(\.\d+)?$/;
  const value = Number(text);
  if (!pattern.test(text) || value < min || value > max) {
    const kind = isWhole ? 'a whole number' : 'a number';
    throw new UsageError(`${flag}: expected ${kind} from ${min} to ${max}, got '${text}'`);
  }
  return value;
}
