import { tmpdir } from 'node:os';
import { DEFAULT_OUTPUT } from '../command.js';
import { MIN_ROUNDS, readChoices, readFlags, readNumber } from '../flags.js';
import { ENGINES } from '../store/databases.js';

/**
 * What a run measures.
 * @typedef {object} Options
 * @property {number} days How long the history of each database is.
 * @property {number} quotes
 * @property {number} repetitions
 * @property {number} seconds When a measurement stops, however few its repetitions.
 * @property {number} rounds
 * @property {readonly import('../store/databases.js').EngineName[]} engines
 * @property {string} data Where the databases are made.
 * @property {string} output The directory of the JSON.
 */

export const HELP = `Usage: npm run bench:query -- [options]

Measures how long Tickwire's store takes to answer, beside plain pg (or PGlite) with a SELECT of the
same rows, in databases of its own.

  --days N         days of history, 1 to 366 (365)
  --quotes N       quotes of the last day, 1000 to 1000000 (200000)
  --repetitions N  how often a round asks each question, 1 to 10000 (200)
  --seconds N      when a round stops asking it all the same, 0.1 to 60 (3)
  --rounds N       how often each is measured, 1 to 100 (3)
  --engine NAME    only this engine, ${ENGINES.join(' or ')}; may be given more than once (all)
  --data DIR       where the databases are made and removed again (the system's temporary directory)
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
    days: { type: 'string', default: '365' },
    quotes: { type: 'string', default: '200000' },
    repetitions: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: String(MIN_ROUNDS) },
    engine: { type: 'string', multiple: true },
    data: { type: 'string', default: tmpdir() },
    output: { type: 'string', default: DEFAULT_OUTPUT },
    help: { type: 'boolean' },
  });
  if (values.help === true) {
    return 'help';
  }
  /** @type {(flag: string, text: string, min: number, max: number) => number} */
  const whole = (flag, text, min, max) => readNumber(flag, text, { min, max, isWhole: true });
  return {
    days: whole('--days', values.days, 1, 366),
    quotes: whole('--quotes', values.quotes, 1_000, 1_000_000),
    repetitions: whole('--repetitions', values.repetitions, 1, 10_000),
    seconds: readNumber('--seconds', values.seconds, { min: 0.1, max: 60, isWhole: false }),
    rounds: whole('--rounds', values.rounds, 1, 100),
    engines: readChoices('--engine', values.engine ?? [], ENGINES),
    data: values.data,
    output: values.output,
  };
}
