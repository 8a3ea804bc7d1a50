/** The arithmetic mean of at least one number. */
export function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) {
    sum += value;
  }
  return sum / values.length;
}

/**
 * The sum of the squared distances from the mean, in two passes: the shorter sum of squares less the
 * square of the sum loses all digits where the distances are small beside the mean, as prices' are.
 */
export function squaredDeviations(values: Float64Array): number {
  const middle = mean(values);
  let sum = 0;
  for (const value of values) {
    sum += (value - middle) ** 2;
  }
  return sum;
}

/** The standard deviation of a sample of at least two numbers: divided by one less than they are. */
export function sampleDeviation(values: Float64Array): number {
  return Math.sqrt(squaredDeviations(values) / (values.length - 1));
}

/** The standard deviation of at least one number that are all there is: divided by their count. */
export function populationDeviation(values: Float64Array): number {
  return Math.sqrt(squaredDeviations(values) / values.length);
}
