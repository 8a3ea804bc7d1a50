/**
 * Measures our gateways beside what people write without us and beside the least that a program for
 * Node can do, in one run, with the same messages. README.md says what the figures mean.
 */
import { runCommand } from './command.js';
import { drawChart } from './fan-out/chart.js';
import { toFigures } from './fan-out/figures.js';
import { formatMarkdown } from './fan-out/markdown.js';
import { HELP, parseOptions } from './fan-out/options.js';
import { formatReport } from './fan-out/report.js';
import { runRound } from './fan-out/round.js';
import { SUBJECTS } from './fan-out/subjects.js';
import { findWarnings } from './fan-out/warnings.js';
import { chooseCores, describeMachine, readVersion } from './machine.js';

process.exitCode = await runCommand(process.argv.slice(2), {
  name: 'fan-out',
  help: HELP,
  parseOptions,
  run,
  formatReport,
  formatFiles: (result, name) => ({
    md: formatMarkdown(result, name),
    svg: drawChart(result),
  }),
  hasFailed: ({ rounds }) => rounds.some(hasOwnLoss),
});

/**
 * The servers take turns, so that what else the machine does meets all of them.
 * @param {import('./fan-out/options.js').Options} options
 * @returns {Promise<import('./fan-out/report.js').Result>}
 */
async function run(options) {
  const machine = describeMachine();
  const cores = chooseCores();
  const rounds = [];
  for (const clients of options.clients) {
    for (const wire of options.wires) {
      for (let turn = 1; turn <= options.runs; turn += 1) {
        for (const subject of SUBJECTS[wire]) {
          process.stderr.write(
            `${clients} clients, ${wire}, run ${turn} of ${options.runs}: ${subject} …\n`,
          );
          rounds.push(await runRound({ subject, wire, clients }, options, cores));
        }
      }
    }
  }
  const { output, redisUrl, ...shown } = options;
  return {
    date: new Date().toISOString(),
    versions: {
      node: process.version,
      'socket.io': readVersion('socket.io'),
      ws: readVersion('ws'),
    },
    machine,
    cores,
    options: { ...shown, source: redisUrl === undefined ? 'embedded' : 'redis' },
    figures: toFigures(rounds, options),
    warnings: findWarnings(rounds, options, { machine, cores }),
    rounds,
  };
}

/** @param {import('./fan-out/round.js').RoundResult} round */
function hasOwnLoss({ subject, phases, warmUpLost }) {
  const losses = [warmUpLost, ...Object.values(phases).map(({ lost }) => lost)];
  return subject === 'tickwire' && losses.some((lost) => lost > 0);
}
