/**
 * What the bench asks of its processes, over Node's IPC channel.
 *
 * @typedef {object} TickwireMethods
 * @property {(options: { directory: string }) => Promise<{}>} fill Keeps what the simulated venues
 *   bring until every route has something to say, and stops.
 * @property {(options: { directory: string }) => Promise<{ port: number }>} start Answers with what
 *   is kept, and follows nobody.
 *
 * @typedef {object} PlainMethods
 * @property {(options: { answers: readonly Answer[] }) => Promise<{ port: number }>} start
 *
 * @typedef {object} Answer
 * @property {string} path
 * @property {string} type
 * @property {string} body
 *
 * @typedef {object} LoadMethods
 * @property {(options: Load) => Promise<Measured>} measure
 *
 * @typedef {object} Load
 * @property {string} url
 * @property {number} connections
 * @property {number} seconds
 *
 * @typedef {object} Measured
 * @property {number} perSecond The mean over all seconds.
 * @property {number} p50Ms In whole milliseconds, as autocannon has them.
 * @property {number} p99Ms
 * @property {number} failed Answers that were not 200, and requests that were not answered.
 */

export {};
