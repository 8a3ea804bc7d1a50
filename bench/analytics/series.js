const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;
const DAY_HOURS = 24;
/** Of the instruments with mixed hours, one of so many lacks some of its bars. */
const HOLED_EACH = 20;
const HOLES = 0.02;

/** @typedef {import('../../packages/server/dist/domain/statistics/bar-series.js').BarSeries} BarSeries */

/** When there is a bar: always; on five days of the week; on those, but for an hour of each. */
const CALENDARS = [
  () => true,
  (/** @type {number} */ hour) => hour % WEEK_HOURS < 120,
  (/** @type {number} */ hour) => hour % WEEK_HOURS < 120 && hour % DAY_HOURS !== 21,
];

/**
 * Random walks, the same each time.
 * @param {import('./plan.js').Case} one
 * @returns {BarSeries[]}
 */
export function makeSeries({ kind, instruments, bars }) {
  const random = createRandom(1);
  return Array.from({ length: instruments }, (_, index) => {
    const isMixed = kind === 'mixed hours';
    const isOpen = CALENDARS[isMixed ? index % CALENDARS.length : 0] ?? (() => true);
    const holes = isMixed && index % HOLED_EACH === HOLED_EACH - 1 ? HOLES : 0;
    /** @type {number[]} */
    const starts = [];
    /** @type {number[]} */
    const closes = [];
    let close = 1 + random();
    for (let hour = 0; hour < bars; hour += 1) {
      close *= Math.exp((random() - 0.5) / 100);
      if (isOpen(hour) && random() >= holes) {
        starts.push(hour * HOUR_MS);
        closes.push(close);
      }
    }
    return { starts: Float64Array.from(starts), closes: Float64Array.from(closes) };
  });
}

/**
 * Numbers from 0 to 1. Source: Numerical Recipes, "An Even Quicker Generator".
 * @param {number} seed
 */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
