import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Child } from '../child.js';
import { planCases } from './plan.js';

const SUBJECT_SCRIPT = fileURLToPath(new URL('subject.js', import.meta.url));

/**
 * What one subject made.
 * @typedef {object} RoundResult
 * @property {import('./plan.js').SubjectName} subject
 * @property {readonly CaseResult[]} cases
 */

/** @typedef {import('./plan.js').Case & import('./messages.js').Measured} CaseResult */

function startSubject() {
  /** @type {Child<import('./messages.js').SubjectMethods>} */
  const child = new Child(SUBJECT_SCRIPT, { core: undefined, nodeOptions: ['--expose-gc'] });
  return child;
}

/**
 * Makes a database for each run of the hourly job, in directories named by their instruments.
 * @param {string} directory
 * @param {import('./options.js').Options} options
 */
export async function makeDatabases(directory, { maxInstruments }) {
  const child = startSubject();
  try {
    for (const { kind, instruments } of planCases(maxInstruments)) {
      if (kind === 'hourly job') {
        await child.call('seed', { directory: join(directory, String(instruments)), instruments });
      }
    }
  } finally {
    await child.close();
  }
}

/**
 * Has one subject compute everything, in a new process with all cores.
 * @param {import('./plan.js').SubjectName} subject
 * @param {string} directory Of the databases.
 * @param {import('./options.js').Options} options
 * @returns {Promise<RoundResult>}
 */
export async function runRound(subject, directory, { maxInstruments, pairs, seconds }) {
  const child = startSubject();
  try {
    /** @type {CaseResult[]} */
    const cases = [];
    for (const one of planCases(maxInstruments)) {
      const limits = { subject, directory, pairs, seconds };
      cases.push({ ...one, ...(await child.call('measure', { ...one, ...limits })) });
    }
    return { subject, cases };
  } finally {
    await child.close();
  }
}

/**
 * A round without its values, which are compared and then of no more use.
 * @typedef {ReturnType<typeof toKept>} KeptRound
 */

/** @param {RoundResult} round */
export function toKept({ subject, cases }) {
  return { subject, cases: cases.map(({ values: _, ...kept }) => kept) };
}
