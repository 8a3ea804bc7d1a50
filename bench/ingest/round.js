import { fileURLToPath } from 'node:url';
import { Child, NOTHING } from '../child.js';
import { KINDS, planSteps, planWarmUp } from './plan.js';

const SUBJECT_SCRIPT = fileURLToPath(new URL('subject.js', import.meta.url));
const IDLE_SECONDS = 0.3;

/**
 * What one subject did with one engine.
 * @typedef {object} RoundResult
 * @property {import('../store/databases.js').EngineName} engine
 * @property {import('./plan.js').SubjectName} subject
 * @property {string} version The database's.
 * @property {import('./messages.js').LoopTime} idle Nothing to do.
 * @property {readonly StepResult[]} steps
 * @property {number} lost Rows that were saved and are not there, or are there too often.
 * @property {number} misjudged Candles that were new and not news to the store, or the reverse.
 */

/** @typedef {import('./plan.js').Step & import('./messages.js').Measured} StepResult */

/**
 * Measures one subject with an empty database, in a new process: none inherits what another has
 * compiled, allocated or stored.
 * @param {object} round
 * @param {import('../store/databases.js').EngineName} round.engine
 * @param {import('./plan.js').SubjectName} round.subject
 * @param {import('../store/databases.js').DatabaseConfig} round.database
 * @param {import('./options.js').Options} options
 * @param {import('../machine.js').Cores} cores
 * @returns {Promise<RoundResult>}
 */
export async function runRound({ engine, subject, database }, options, cores) {
  /** @type {Child<import('./messages.js').IngestMethods>} */
  const child = new Child(SUBJECT_SCRIPT, {
    // PGlite works in a thread of the process: it gets the core that PostgreSQL would have.
    core: engine === 'pglite' ? undefined : cores.server,
    nodeOptions: ['--expose-gc'],
  });
  try {
    const warmUp = planWarmUp(subject, options);
    await child.call('start', { subject, database, warmUp });
    const idle = await child.call('idle', { seconds: IDLE_SECONDS });
    /** @type {StepResult[]} */
    const steps = [];
    for (const step of planSteps(subject, options)) {
      steps.push({ ...step, ...(await child.call('measure', step)) });
    }
    const { counts, version } = await child.call('finish', NOTHING);
    return {
      engine,
      subject,
      version,
      idle,
      steps,
      lost: sum(
        KINDS.map((kind) => Math.abs(countExpected(kind, [...warmUp, ...steps]) - counts[kind])),
      ),
      misjudged: sum(
        steps.map(({ news, isRepeat, rows }) =>
          news === null ? 0 : Math.abs((isRepeat ? 0 : rows) - news),
        ),
      ),
    };
  } finally {
    await child.close();
  }
}

/**
 * @param {import('./plan.js').Kind} kind
 * @param {readonly import('./plan.js').Step[]} steps
 */
function countExpected(kind, steps) {
  return sum(steps.filter((step) => step.kind === kind && !step.isRepeat).map(({ rows }) => rows));
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
