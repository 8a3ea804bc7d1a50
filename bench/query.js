/**
 * Measures how long our store takes to answer, beside SELECT, in one run, with the same rows.
 * README.md says what the figures mean.
 */
import { runCommand } from './command.js';
import { chooseCores, describeMachine, readVersion } from './machine.js';
import { toFigures } from './query/figures.js';
import { HELP, parseOptions } from './query/options.js';
import { SUBJECTS } from './query/plan.js';
import { formatReport } from './query/report.js';
import { runRound } from './query/round.js';
import { seed } from './query/seed.js';
import { findWarnings, findWrongAnswers } from './query/warnings.js';
import { Databases } from './store/databases.js';

process.exitCode = await runCommand(process.argv.slice(2), {
  name: 'query',
  help: HELP,
  parseOptions,
  run,
  formatReport,
  hasFailed: ({ rounds }) => findWrongAnswers(rounds).length > 0,
});

/**
 * The subjects take turns, so that what else the machine does meets both.
 * @param {import('./query/options.js').Options} options
 * @returns {Promise<import('./query/report.js').Result>}
 */
async function run(options) {
  const machine = describeMachine();
  const cores = chooseCores();
  const { days, quotes, repetitions, seconds, engines: asked } = options;
  const databases = await Databases.open({
    parent: options.data,
    engines: asked,
    core: cores.load,
  });
  try {
    const engines = databases.engines.filter((engine) => asked.includes(engine));
    const disk = databases.describeDisk();
    /** @type {Record<string, string>} */
    const versions = { node: process.version, pg: readVersion('pg') };
    const filled = [];
    for (const engine of engines) {
      process.stderr.write(`Filling the tables of ${engine} …\n`);
      const own = { candles: await databases.create(engine), wide: await databases.create(engine) };
      await seed('candles', own.candles, options);
      versions[engine] = await seed('wide', own.wide, options);
      filled.push({ engine, databases: own });
    }
    const rounds = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const one of filled) {
        for (const subject of SUBJECTS) {
          process.stderr.write(
            `Round ${round} of ${options.rounds}: ${one.engine}, ${subject} …\n`,
          );
          rounds.push(await runRound({ ...one, subject }, options, cores));
        }
      }
    }
    return {
      date: new Date().toISOString(),
      versions,
      machine,
      cores,
      disk,
      options: { days, quotes, repetitions, seconds, rounds: options.rounds },
      figures: toFigures(rounds, engines),
      warnings: findWarnings(rounds, options, { machine, cores, disk, measured: engines }),
      rounds,
    };
  } finally {
    await databases.close();
  }
}
