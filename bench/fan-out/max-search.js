/**
 * What a server did at one rate.
 * @typedef {object} Trial
 * @property {boolean} isSound Nothing was lost and nothing came too late.
 * @property {number} deliveriesPerSecond As they came, which may be less than was asked for.
 */

/**
 * Looks for the highest rate that a server keeps up with: doubles until a trial fails (or halves
 * until one does not), then halves the distance. A trial that fails is made once more, because a
 * moment in which the machine did something else must not count. Resolves with the most deliveries
 * per second that a sound trial had; undefined where none was sound.
 * @template {Trial} Found
 * @param {(rate: number) => Promise<Found>} attempt
 * @param {{ start: number, lowest: number, highest: number, precision: number }} range
 *   `precision`: how far apart, as a ratio, the highest good rate and the lowest bad one may be.
 * @returns {Promise<Found | undefined>}
 */
export async function searchMax(attempt, { start, lowest, highest, precision }) {
  /** @type {Found | undefined} */
  let best;
  let [good, bad] = [0, Infinity];
  let rate = start;
  while (good < highest && bad > lowest && bad / good > precision) {
    const first = await attempt(rate);
    const trial = first.isSound ? first : await attempt(rate);
    if (trial.isSound) {
      good = Math.max(good, rate);
      best =
        best === undefined || trial.deliveriesPerSecond > best.deliveriesPerSecond ? trial : best;
    } else {
      bad = Math.min(bad, rate);
    }
    const next = bad === Infinity ? good * 2 : good === 0 ? bad / 2 : Math.sqrt(good * bad);
    rate = Math.min(highest, Math.max(lowest, next));
  }
  return best;
}
