/**
 * The correlation of two instruments as its definition reads: join by start, take the last returns,
 * and Pearson's formula. What a matrix costs that is made pair by pair.
 * @param {import('./series.js').BarSeries} a
 * @param {ReadonlyMap<number, number>} closesOfB By their starts.
 * @param {number} window
 * @returns {number} NaN where there is none.
 */
export function correlatePlainly({ starts, closes }, closesOfB, window) {
  /** @type {number[]} */
  const x = [];
  /** @type {number[]} */
  const y = [];
  let [lastOfA, lastOfB] = [NaN, NaN];
  for (let index = 0; index < starts.length; index += 1) {
    const closeOfB = closesOfB.get(starts[index] ?? NaN);
    if (closeOfB !== undefined) {
      const closeOfA = closes[index] ?? NaN;
      x.push(Math.log(closeOfA / lastOfA));
      y.push(Math.log(closeOfB / lastOfB));
      lastOfA = closeOfA;
      lastOfB = closeOfB;
    }
  }
  // The first of them has none before it.
  return x.length > window ? pearson(x.slice(-window), y.slice(-window)) : NaN;
}

/**
 * @param {readonly number[]} x
 * @param {readonly number[]} y
 */
function pearson(x, y) {
  const [meanOfX, meanOfY] = [mean(x), mean(y)];
  let [products, squaresOfX, squaresOfY] = [0, 0, 0];
  for (let index = 0; index < x.length; index += 1) {
    const fromX = (x[index] ?? NaN) - meanOfX;
    const fromY = (y[index] ?? NaN) - meanOfY;
    products += fromX * fromY;
    squaresOfX += fromX ** 2;
    squaresOfY += fromY ** 2;
  }
  return products / Math.sqrt(squaresOfX * squaresOfY);
}

/** @param {readonly number[]} values */
function mean(values) {
  let sum = 0;
  for (const value of values) {
    sum += value;
  }
  return sum / values.length;
}
