/**
 * What the bench asks of a process that computes, over Node's IPC channel.
 *
 * @typedef {import('../child.js').Nothing} Nothing
 * @typedef {import('./hourly.js').HourlyPlace} HourlyPlace
 *
 * @typedef {object} SubjectMethods
 * @property {(place: HourlyPlace) => Promise<Nothing>} seed
 * @property {(options: MeasureOptions) => Promise<Measured>} measure
 *
 * @typedef {import('./plan.js').Case & Limits} MeasureOptions
 * @typedef {object} Limits
 * @property {import('./plan.js').SubjectName} subject
 * @property {string} directory Where there are databases for the hourly job, one of each size.
 * @property {number} pairs How many correlations are compared; the peer makes no more than these.
 * @property {number} seconds When no further matrix is begun.
 * @typedef {object} Measured
 * @property {number} ms The median of all matrices, or the one run of the job; of fewer pairs, what
 *   all would take.
 * @property {number} repetitions
 * @property {number} loopMaxMs How long the event loop was held up at most.
 * @property {readonly (number | null)[]} values Correlations or metrics.
 */

export {};
