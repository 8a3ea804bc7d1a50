import { median, toRatio } from '../statistics.js';
import { ROUTES } from './routes.js';

/**
 * One route of one subject in one round.
 * @typedef {import('./messages.js').Measured & {
 *   route: import('./routes.js').RouteName,
 *   subject: import('./routes.js').SubjectName,
 * }} Measurement
 */

/**
 * One route over all rounds.
 * @typedef {object} Figure
 * @property {import('./routes.js').RouteName} route
 * @property {'requests/s' | 'p99 ms'} name
 * @property {'higher' | 'lower'} better
 * @property {number} tickwire The median of the rounds.
 * @property {number} plain
 * @property {number | null} ratio tickwire / plain; null where plain is 0.
 * @property {number | null} lowestRatio Of the rounds taken one by one.
 * @property {number | null} highestRatio
 */

/**
 * Makes figures of what was measured: medians, and ratios of the medians.
 * @param {readonly Measurement[]} measurements
 * @returns {Figure[]}
 */
export function toFigures(measurements) {
  return ROUTES.flatMap(({ name: route }) => [
    toFigure(measurements, { route, name: 'requests/s', better: 'higher' }, (one) => one.perSecond),
    toFigure(measurements, { route, name: 'p99 ms', better: 'lower' }, (one) => one.p99Ms),
  ]);
}

/**
 * @param {readonly Measurement[]} measurements
 * @param {Pick<Figure, 'route' | 'name' | 'better'>} what
 * @param {(measurement: Measurement) => number} valueOf
 * @returns {Figure}
 */
function toFigure(measurements, what, valueOf) {
  /** @type {(subject: import('./routes.js').SubjectName) => number[]} */
  const found = (subject) =>
    measurements.filter((one) => one.route === what.route && one.subject === subject).map(valueOf);
  const [ours, theirs] = [found('tickwire'), found('plain')];
  return { ...what, tickwire: median(ours), plain: median(theirs), ...toRatio(ours, theirs) };
}
