/**
 * Measures our Socket.IO gateway beside a stock socket.io server, in one run, with the same
 * messages. README.md says what the figures mean.
 */
import { runCommand } from './command.js';
import { toFigures } from './figures.js';
import { chooseCores, describeMachine, readVersion } from './machine.js';
import { HELP, parseOptions } from './options.js';
import { formatReport } from './report.js';
import { PEERS, runRound } from './round.js';
import { findWarnings } from './warnings.js';

process.exitCode = await runCommand(process.argv.slice(2), {
  name: 'fan-out',
  help: HELP,
  parseOptions,
  run,
  formatReport,
  hasFailed: ({ rounds }) => rounds.some(hasOwnLoss),
});

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
