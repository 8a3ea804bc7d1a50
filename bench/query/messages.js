/**
 * What the bench asks of a process that reads, over Node's IPC channel.
 *
 * @typedef {object} QueryMethods
 * @property {(options: StartOptions) => Promise<Nothing>} open
 *   Opens a database that is filled, in place of the last one.
 * @property {(options: MeasureOptions) => Promise<Measured>} measure
 * @property {(params: Nothing) => Promise<Nothing>} close
 *   Closes the last database.
 *
 * @typedef {import('../child.js').Nothing} Nothing
 * @typedef {object} StartOptions
 * @property {import('./plan.js').SubjectName} subject
 * @property {import('../store/databases.js').DatabaseConfig} database
 * @property {number} days
 * @typedef {object} MeasureOptions
 * @property {import('./plan.js').CaseName} name
 * @property {number} repetitions
 * @property {number} seconds
 * @typedef {object} Measured
 * @property {number} rows Of each answer.
 * @property {number} repetitions
 * @property {number} p50Ms From the question until all rows are values of JavaScript.
 * @property {number} p99Ms
 * @property {number} loopMaxMs How long the event loop was held up at most.
 */

export {};
