import { DEFAULT_OUTPUT } from '../command.js';
import { MIN_ROUNDS, readFlags, readNumber } from '../flags.js';

/**
 * What a run measures.
 * @typedef {object} Options
 * @property {number} maxInstruments
 * @property {number} pairs How many correlations of a matrix the peer makes.
 * @property {number} seconds How long a round goes on making the same matrix.
 * @property {number} rounds
 * @property {string} output The directory of the JSON.
 */

export const HELP = `Usage: npm run bench:analytics -- [options]

Measures how long Tickwire takes for the correlations of 20, 200 and 2,000 instruments over 100 and
1,000 bars, beside the same correlations made pair by pair, and for the hourly job of 20 and 1,000,
beside a plain one.

  --instruments N  leave out what has more instruments, 20 to 2000 (2000)
  --pairs N        how many pairs the peer makes, from which all are reckoned, 1 to 2000000 (20000)
  --seconds N      how long a round goes on making the same matrix, 0 to 60 (0.5)
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
    instruments: { type: 'string', default: '2000' },
    pairs: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '0.5' },
    rounds: { type: 'string', default: String(MIN_ROUNDS) },
    output: { type: 'string', default: DEFAULT_OUTPUT },
    help: { type: 'boolean' },
  });
  if (values.help === true) {
    return 'help';
  }
  /** @type {(flag: string, text: string, min: number, max: number) => number} */
  const whole = (flag, text, min, max) => readNumber(flag, text, { min, max, isWhole: true });
  return {
    maxInstruments: whole('--instruments', values.instruments, 20, 2_000),
    pairs: whole('--pairs', values.pairs, 1, 2_000_000),
    seconds: readNumber('--seconds', values.seconds, { min: 0, max: 60, isWhole: false }),
    rounds: whole('--rounds', values.rounds, 1, 100),
    output: values.output,
  };
}
