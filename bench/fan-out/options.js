import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';
import { DEFAULT_OUTPUT } from '../command.js';
import { MIN_ROUNDS, readChoices, readFlags, readNumber } from '../flags.js';
import { MAX_PHASE, PHASES } from './phases.js';
import { WIRE_NAMES } from './wires.js';

/**
 * What a run measures.
 * @typedef {object} Options
 * @property {readonly number[]} clients
 * @property {number} runs
 * @property {number} seconds The length of each phase.
 * @property {readonly string[]} phases Names.
 * @property {readonly import('./wires.js').WireName[]} wires
 * @property {number} pairs How many instruments each client subscribes to.
 * @property {number} maxPrecision How far apart the two rates may be between which the highest is.
 * @property {string | undefined} redisUrl
 * @property {string} output The directory of the results.
 */

const PHASE_NAMES = [...PHASES.map(({ name }) => name), MAX_PHASE];
const MAX_CLIENTS = 20_000;
const ALL_PAIRS = DEFAULT_TRACKED_PAIRS.length;
/** What a quick run measures, unless a flag says otherwise. */
const QUICK = { clients: '100', runs: '1', seconds: '0.4', phases: ['spread', 'burst', MAX_PHASE] };
const THOROUGH = { clients: '1000', runs: String(MIN_ROUNDS), seconds: '3', phases: PHASE_NAMES };
const QUICK_PRECISION = 1.6;
const PRECISION = 1.1;

export const HELP = `Usage: npm run bench -- [options]

Measures Tickwire's gateways beside stock socket.io, plain ws, and the least that a program for Node
can do, with the same messages in one run.

  --clients N    how many clients each server has, 1 to ${MAX_CLIENTS}; may be given more than once, or
                 as a list: 100,1000,10000 (1000)
  --runs N       how often each server is measured, 1 to 100 (${MIN_ROUNDS})
  --seconds N    the length of each phase, 0.1 to 60 (3)
  --phase NAME   only this phase; may be given more than once (all)
${PHASES.map(({ name, description }) => `                 ${name}: ${description}`).join('\n')}
                 max: the highest rate of bursts without loss and with p99 under 1 s
  --wire NAME    only this wire, ${WIRE_NAMES.join(' or ')}; may be given more than once (all)
  --pairs N      each client subscribes to its own N of the ${ALL_PAIRS} instruments (${ALL_PAIRS})
  --quick        a first look within a minute: 100 clients, one run, short phases
  --output DIR   where the results go (bench/results)
  --help

With REDIS_URL in the environment the messages come through that Redis, from a process of their own.
`;

/**
 * Reads the command line; `'help'` where that is asked for. Throws a UsageError.
 * @param {readonly string[]} args
 * @returns {Options | 'help'}
 */
export function parseOptions(args) {
  const values = readFlags(args, {
    clients: { type: 'string', multiple: true },
    runs: { type: 'string' },
    seconds: { type: 'string' },
    phase: { type: 'string', multiple: true },
    wire: { type: 'string', multiple: true },
    pairs: { type: 'string', default: String(ALL_PAIRS) },
    quick: { type: 'boolean', default: false },
    output: { type: 'string', default: DEFAULT_OUTPUT },
    help: { type: 'boolean' },
  });
  if (values.help === true) {
    return 'help';
  }
  const defaults = values.quick ? QUICK : THOROUGH;
  const counts = (values.clients ?? [defaults.clients]).flatMap((list) => list.split(','));
  const redisUrl = process.env['REDIS_URL'];
  return {
    clients: counts.map((count) =>
      readNumber('--clients', count, { min: 1, max: MAX_CLIENTS, isWhole: true }),
    ),
    runs: readNumber('--runs', values.runs ?? defaults.runs, { min: 1, max: 100, isWhole: true }),
    seconds: readNumber('--seconds', values.seconds ?? defaults.seconds, {
      ...{ min: 0.1, max: 60, isWhole: false },
    }),
    phases: readChoices('--phase', values.phase ?? defaults.phases, PHASE_NAMES),
    wires: readChoices('--wire', values.wire ?? [], WIRE_NAMES),
    pairs: readNumber('--pairs', values.pairs, { min: 1, max: ALL_PAIRS, isWhole: true }),
    maxPrecision: values.quick ? QUICK_PRECISION : PRECISION,
    redisUrl: redisUrl === '' ? undefined : redisUrl,
    output: values.output,
  };
}
