import { tmpdir } from 'node:os';
import { DEFAULT_OUTPUT } from '../command.js';
import { MIN_ROUNDS, readChoices, readFlags, readNumber } from '../flags.js';
import { ENGINES } from '../store/databases.js';

/**
 * What a run measures.
 * @typedef {object} Options
 * @property {number} rows Of each measurement of our store.
 * @property {number} peerRows Of each measurement of the peers.
 * @property {number} rounds
 * @property {readonly import('../store/databases.js').EngineName[]} engines
 * @property {string} data Where the databases are made.
 * @property {string} output The directory of the JSON.
 */

export const HELP = `Usage: npm run bench:ingest -- [options]

Measures how fast Tickwire's store takes candles and quotes, and what that costs the event loop,
beside plain pg (or PGlite) with one INSERT per row, in databases of its own.

  --rows N       rows of each measurement of the store, 1 to 100000 (20000)
  --peer-rows N  rows of each measurement of the peers, 1 to 100000 (2000)
  --rounds N     how often each is measured, 1 to 100 (3)
  --engine NAME  only this engine, ${ENGINES.join(' or ')}; may be given more than once (all)
  --data DIR     where the databases are made and removed again (the system's temporary directory)
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
    rows: { type: 'string', default: '20000' },
    'peer-rows': { type: 'string', default: '2000' },
    rounds: { type: 'string', default: String(MIN_ROUNDS) },
    engine: { type: 'string', multiple: true },
    data: { type: 'string', default: tmpdir() },
    output: { type: 'string', default: DEFAULT_OUTPUT },
    help: { type: 'boolean' },
  });
  if (values.help === true) {
    return 'help';
  }
  const range = { min: 1, max: 100_000, isWhole: true };
  return {
    rows: readNumber('--rows', values.rows, range),
    peerRows: readNumber('--peer-rows', values['peer-rows'], range),
    rounds: readNumber('--rounds', values.rounds, { min: 1, max: 100, isWhole: true }),
    engines: readChoices('--engine', values.engine ?? [], ENGINES),
    data: values.data,
    output: values.output,
  };
}
