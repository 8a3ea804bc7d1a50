import { DEFAULT_OUTPUT } from '../command.js';
import { MIN_ROUNDS, readFlags, readNumber } from '../flags.js';

/**
 * What a run measures.
 * @typedef {object} Options
 * @property {number} connections
 * @property {number} seconds How long a round asks each route of each subject.
 * @property {number} rounds
 * @property {string} output The directory of the JSON.
 */

export const HELP = `Usage: npm run bench:rest -- [options]

Measures how many requests a second each REST route answers, and how soon, beside a plain Fastify
application that answers with the same bytes.

  --connections N  how many ask at once, each as soon as it was answered, 1 to 1000 (16)
  --seconds N      how long a round asks each route of each, 1 to 60 (1)
  --rounds N       how often each is measured, 1 to 100 (3)
  --output DIR     where the JSON goes (bench/results)
  --help
`;

/**
 * Reads the command line; `'help'` where that is asked for. Throws a UsageError.
 * @param {readonly string[]} args
 * @returns {Options | 'help'}
 */
export function parseOptions(args) {
  const values = readFlags(args, {
    connections: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: String(MIN_ROUNDS) },
    output: { type: 'string', default: DEFAULT_OUTPUT },
    help: { type: 'boolean' },
  });
  if (values.help === true) {
    return 'help';
  }
  /** @type {(flag: string, text: string, max: number) => number} */
  const whole = (flag, text, max) => readNumber(flag, text, { min: 1, max, isWhole: true });
  return {
    connections: whole('--connections', values.connections, 1_000),
    seconds: whole('--seconds', values.seconds, 60),
    rounds: whole('--rounds', values.rounds, 100),
    output: values.output,
  };
}
