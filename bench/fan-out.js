/**
 * Measures our Socket.IO gateway beside a stock socket.io server, in one run, with the same
 * messages. README.md says what the figures mean.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { toFigures } from './figures.js';
import { chooseCores, describeMachine } from './machine.js';
import { HELP, UsageError, parseOptions } from './options.js';
import { formatReport } from './report.js';
import { PEERS, runRound } from './round.js';
import { findWarnings } from './warnings.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

process.exitCode = await main(process.argv.slice(2));

/** @param {readonly string[]} args */
async function main(args) {
  try {
    const options = parseOptions(args);
    if (options === 'help') {
      process.stdout.write(HELP);
      return 0;
    }
    const result = await run(options);
    process.stdout.write(formatReport(result));
    process.stdout.write(`\nKept in ${keep(result, options.output)}\n`);
    return result.rounds.some(hasOwnLoss) ? EXIT_FAILED : 0;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const text = error instanceof Error ? (isUsage ? error.message : error.stack) : String(error);
    process.stderr.write(`${text ?? 'failed'}\n${isUsage ? '\n' + HELP : ''}`);
    return isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

/**
 * The servers take turns, so that what else the machine does meets both.
 * @param {import('./options.js').Options} options
 * @returns {Promise<import('./report.js').Result>}
 */
async function run(options) {
  const machine = describeMachine();
  const cores = chooseCores();
  const rounds = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const peer of PEERS) {
      process.stderr.write(`Round ${round} of ${options.rounds}: ${peer} …\n`);
      rounds.push(await runRound(peer, options, cores));
    }
  }
  const { clients, seconds, phases } = options;
  return {
    date: new Date().toISOString(),
    versions: { node: process.version, 'socket.io': readVersion('socket.io') },
    machine,
    cores,
    options: { clients, rounds: options.rounds, seconds, phases: phases.map(({ name }) => name) },
    figures: toFigures(rounds, phases),
    warnings: findWarnings(rounds, options, { machine, cores }),
    rounds,
  };
}

/** @param {import('./round.js').RoundResult} round */
function hasOwnLoss({ peer, phases, warmUpLost }) {
  const losses = [warmUpLost, ...Object.values(phases).map(({ lost }) => lost)];
  return peer === 'tickwire' && losses.some((lost) => lost > 0);
}

/** @param {string} name */
function readVersion(name) {
  /** @type {{ version: string }} */
  const { version } = createRequire(import.meta.url)(`${name}/package.json`);
  return version;
}

/**
 * @param {import('./report.js').Result} result
 * @param {string} directory
 */
function keep(result, directory) {
  const file = join(directory, `fan-out-${result.date.replaceAll(':', '').slice(0, 17)}Z.json`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
}
