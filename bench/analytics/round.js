import { fileURLToPath } from 'node:url';
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

/**
 * Has one subject make all matrices, in a new process with all cores.
 * @param {import('./plan.js').SubjectName} subject
 * @param {import('./options.js').Options} options
 * @returns {Promise<RoundResult>}
 */
export async function runRound(subject, { maxInstruments, pairs, seconds }) {
  /** @type {Child<import('./messages.js').MatrixMethods>} */
  const child = new Child(SUBJECT_SCRIPT, { core: undefined, nodeOptions: ['--expose-gc'] });
  try {
    /** @type {CaseResult[]} */
    const cases = [];
    for (const one of planCases(maxInstruments)) {
      cases.push({ ...one, ...(await child.call('measure', { ...one, subject, pairs, seconds })) });
    }
    return { subject, cases };
  } finally {
    await child.close();
  }
}

/**
 * A round without its correlations, which are compared and then of no more use.
 * @typedef {ReturnType<typeof toKept>} KeptRound
 */

/** @param {RoundResult} round */
export function toKept({ subject, cases }) {
  return { subject, cases: cases.map(({ correlations: _, ...kept }) => kept) };
}
