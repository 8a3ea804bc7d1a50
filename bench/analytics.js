/**
 * Measures how fast correlations and metrics are made of bars and what that costs the event loop,
 * beside the same made plainly, in one run. README.md says what the figures mean.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toFigures } from './analytics/figures.js';
import { HELP, parseOptions } from './analytics/options.js';
import { SUBJECTS, planCases } from './analytics/plan.js';
import { formatReport } from './analytics/report.js';
import { makeDatabases, runRound, toKept } from './analytics/round.js';
import { findWarnings } from './analytics/warnings.js';
import { runCommand } from './command.js';
import { chooseCores, describeMachine } from './machine.js';

process.exitCode = await runCommand(process.argv.slice(2), {
  name: 'analytics',
  help: HELP,
  parseOptions,
  run,
  formatReport,
  hasFailed: ({ figures }) => figures.some(({ wrong }) => wrong > 0),
});

/**
 * The subjects take turns, so that what else the machine does meets both.
 * @param {import('./analytics/options.js').Options} options
 * @returns {Promise<import('./analytics/report.js').Result>}
 */
async function run(options) {
  const machine = describeMachine();
  const { maxInstruments, pairs, seconds } = options;
  const rounds = [];
  const directory = await mkdtemp(join(tmpdir(), 'tickwire-bench-'));
  try {
    process.stderr.write('Filling databases for the hourly job …\n');
    await makeDatabases(directory, options);
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const subject of SUBJECTS) {
        process.stderr.write(`Round ${round} of ${options.rounds}: ${subject} …\n`);
        rounds.push(await runRound(subject, directory, options));
      }
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  const figures = toFigures(rounds, planCases(maxInstruments));
  const where = { rounds: options.rounds, machine, cores: chooseCores() };
  return {
    date: new Date().toISOString(),
    machine,
    options: { maxInstruments, pairs, seconds, rounds: options.rounds },
    figures,
    warnings: findWarnings(figures, where),
    rounds: rounds.map(toKept),
  };
}
