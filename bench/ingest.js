/**
 * Measures how fast our store takes rows and what that costs the event loop, beside one INSERT per
 * row, in one run, with the same rows. README.md says what the figures mean.
 */
import { runCommand } from './command.js';
import { toFigures } from './ingest/figures.js';
import { HELP, parseOptions } from './ingest/options.js';
import { SUBJECTS } from './ingest/plan.js';
import { formatReport } from './ingest/report.js';
import { runRound } from './ingest/round.js';
import { findWarnings } from './ingest/warnings.js';
import { chooseCores, describeMachine, readVersion } from './machine.js';
import { Databases } from './store/databases.js';

process.exitCode = await runCommand(process.argv.slice(2), {
  name: 'ingest',
  help: HELP,
  parseOptions,
  run,
  formatReport,
  hasFailed: ({ rounds }) =>
    rounds.some((round) => round.subject === 'tickwire' && round.lost + round.misjudged > 0),
});

/**
 * The subjects take turns, so that what else the machine does meets all.
 * @param {import('./ingest/options.js').Options} options
 * @returns {Promise<import('./ingest/report.js').Result>}
 */
async function run(options) {
  const machine = describeMachine();
  const cores = chooseCores();
  const { rows, peerRows, engines: asked } = options;
  const databases = await Databases.open({
    parent: options.data,
    engines: asked,
    core: cores.load,
  });
  try {
    const engines = databases.engines.filter((engine) => asked.includes(engine));
    const disk = databases.describeDisk();
    const rounds = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const engine of engines) {
        for (const subject of SUBJECTS) {
          process.stderr.write(`Round ${round} of ${options.rounds}: ${engine}, ${subject} …\n`);
          const database = await databases.create(engine);
          rounds.push(await runRound({ engine, subject, database }, options, cores));
        }
      }
    }
    const where = { machine, cores, disk, measured: engines };
    return {
      date: new Date().toISOString(),
      versions: {
        node: process.version,
        pg: readVersion('pg'),
        ...Object.fromEntries(rounds.map(({ engine, version }) => [engine, version])),
      },
      machine,
      cores,
      disk,
      options: { rows, peerRows, rounds: options.rounds },
      figures: toFigures(rounds, engines),
      warnings: findWarnings(rounds, options, where),
      rounds,
    };
  } finally {
    await databases.close();
  }
}
