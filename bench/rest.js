/**
 * Measures every REST route beside a plain Fastify application that answers with the same bytes, in
 * one run. README.md says what the figures mean.
 */
import { runCommand } from './command.js';
import { findMachineWarnings } from './machine-warnings.js';
import { chooseCores, describeMachine } from './machine.js';
import { toFigures } from './rest/figures.js';
import { HELP, parseOptions } from './rest/options.js';
import { formatReport } from './rest/report.js';
import { ROUTES, SUBJECTS } from './rest/routes.js';
import { startSubjects } from './rest/subjects.js';

process.exitCode = await runCommand(process.argv.slice(2), {
  name: 'rest',
  help: HELP,
  parseOptions,
  run,
  formatReport,
  hasFailed: ({ measurements }) => measurements.some(({ failed }) => failed > 0),
});

/**
 * Each route is asked of both in turn, so that what else the machine does meets both.
 * @param {import('./rest/options.js').Options} options
 * @returns {Promise<import('./rest/report.js').Result>}
 */
async function run({ connections, seconds, rounds }) {
  const machine = describeMachine();
  const cores = chooseCores();
  process.stderr.write('Keeping what the simulated venues bring …\n');
  const subjects = await startSubjects(cores);
  try {
    /** @type {import('./rest/figures.js').Measurement[]} */
    const measurements = [];
    for (let round = 1; round <= rounds; round += 1) {
      process.stderr.write(`Round ${round} of ${rounds} …\n`);
      for (const { name: route, path } of ROUTES) {
        for (const subject of SUBJECTS) {
          const url = subjects.urls[subject] + path;
          const measured = await subjects.measure({ url, connections, seconds });
          measurements.push({ route, subject, ...measured });
        }
      }
    }
    const failed = measurements.filter((one) => one.failed > 0);
    return {
      date: new Date().toISOString(),
      machine,
      options: { connections, seconds, rounds },
      bytes: Object.fromEntries(subjects.bytes),
      figures: toFigures(measurements),
      warnings: [
        ...findMachineWarnings({ rounds, machine, cores }),
        ...failed.map(
          ({ subject, route, failed: count }) => `${subject}, ${route}: ${count} requests FAILED.`,
        ),
      ],
      measurements,
    };
  } finally {
    await subjects.close();
  }
}
