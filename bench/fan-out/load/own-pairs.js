/** The multiplier and increment of a linear congruential generator (Numerical Recipes). */
const MULTIPLIER = 1_664_525;
const INCREMENT = 1_013_904_223;
const RANGE = 2 ** 32;

/**
 * Some of the places 0 to `size` − 1, in order: the same for the same client in every run, as if
 * drawn at random.
 * @param {number} client
 * @param {number} count
 * @param {number} size
 * @returns {readonly number[]}
 */
export function choosePlaces(client, count, size) {
  const places = Array.from({ length: size }, (_, place) => place);
  let state = (client + 1) * MULTIPLIER;
  for (let last = size - 1; last > 0; last -= 1) {
    state = (Math.imul(state, MULTIPLIER) + INCREMENT) >>> 0;
    const other = Math.floor((state / RANGE) * (last + 1));
    [places[last], places[other]] = [places[other] ?? 0, places[last] ?? 0];
  }
  return places.slice(0, count).sort((a, b) => a - b);
}
