/**
 * What the bench asks of a process that saves rows, over Node's IPC channel.
 *
 * @typedef {object} IngestMethods
 * @property {(options: StartOptions) => Promise<Nothing>} start
 *   Makes the tables and warms up.
 * @property {(options: { seconds: number }) => Promise<LoopTime>} idle
 *   Measures the event loop while nothing is done.
 * @property {(step: import('./plan.js').Step) => Promise<Measured>} measure
 * @property {(params: Nothing) => Promise<Finished>} finish
 *   Closes what saves, and counts the rows that are there.
 *
 * @typedef {import('../child.js').Nothing} Nothing
 * @typedef {import('./plan.js').Kind} Kind
 * @typedef {import('../store/loop-meter.js').LoopTime} LoopTime
 * @typedef {object} StartOptions
 * @property {import('./plan.js').SubjectName} subject
 * @property {import('../store/databases.js').DatabaseConfig} database
 * @property {readonly import('./plan.js').Step[]} warmUp
 * @typedef {LoopTime & { news: number | null }} Measured
 *   `news`: how many rows the store said it did not know; null where nobody told.
 * @typedef {{ counts: Record<Kind, number>, version: string }} Finished
 *   `version`: what the database calls itself.
 */

export {};
