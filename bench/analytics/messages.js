/**
 * What the bench asks of a process that makes matrices, over Node's IPC channel.
 *
 * @typedef {object} MatrixMethods
 * @property {(options: MeasureOptions) => Promise<Measured>} measure
 *
 * @typedef {import('./plan.js').Case & Limits} MeasureOptions
 * @typedef {object} Limits
 * @property {import('./plan.js').SubjectName} subject
 * @property {number} pairs How many correlations are compared; the peer makes no more than these.
 * @property {number} seconds When no further matrix is begun.
 * @typedef {object} Measured
 * @property {number} ms The median of all matrices; of fewer pairs, what all would take.
 * @property {number} repetitions
 * @property {number} loopMaxMs How long the event loop was held up at most.
 * @property {readonly (number | null)[]} correlations
 */

export {};
