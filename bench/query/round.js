import { fileURLToPath } from 'node:url';
import { Child, NOTHING } from '../child.js';
import { CASES, DATABASES } from './plan.js';

const SUBJECT_SCRIPT = fileURLToPath(new URL('subject.js', import.meta.url));

/**
 * What one subject was answered by one engine.
 * @typedef {object} RoundResult
 * @property {import('../store/databases.js').EngineName} engine
 * @property {import('./plan.js').SubjectName} subject
 * @property {readonly CaseResult[]} cases
 */

/**
 * @typedef {{ name: import('./plan.js').CaseName } & import('./messages.js').Measured} CaseResult
 */

/** @typedef {import('../store/databases.js').DatabaseConfig} DatabaseConfig */

/**
 * Asks one subject all questions, in a new process.
 * @param {object} round
 * @param {import('../store/databases.js').EngineName} round.engine
 * @param {import('./plan.js').SubjectName} round.subject
 * @param {Readonly<Record<import('./plan.js').DatabaseName, DatabaseConfig>>} round.databases
 * @param {import('./options.js').Options} options
 * @param {import('../machine.js').Cores} cores
 * @returns {Promise<RoundResult>}
 */
export async function runRound({ engine, subject, databases }, options, cores) {
  const { days, repetitions, seconds } = options;
  /** @type {Child<import('./messages.js').QueryMethods>} */
  const child = new Child(SUBJECT_SCRIPT, {
    // PGlite works in a thread of the process: it gets the core that PostgreSQL would have.
    core: engine === 'pglite' ? undefined : cores.server,
    nodeOptions: ['--expose-gc'],
  });
  try {
    /** @type {CaseResult[]} */
    const cases = [];
    for (const database of DATABASES) {
      await child.call('open', { subject, database: databases[database], days });
      for (const { name } of CASES.filter((one) => one.database === database)) {
        cases.push({ name, ...(await child.call('measure', { name, repetitions, seconds })) });
      }
    }
    await child.call('close', NOTHING);
    return { engine, subject, cases };
  } finally {
    await child.close();
  }
}
