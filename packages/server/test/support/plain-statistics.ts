/**
 * The formulas of statistics once more, over whole arrays and as plainly as they can be written:
 * what the server's are compared with. All take the oldest first and expect enough of them.
 */

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const squares = (values: readonly number[]): number =>
  sum(values.map((value) => (value - mean(values)) ** 2));

export function plainReturns(closes: readonly number[]): number[] {
  return closes.slice(1).map((close, index) => Math.log(close / closes[index]!));
}

export function plainVolatility(closes: readonly number[], length: number, year: number): number {
  const returns = plainReturns(closes).slice(-length);
  return Math.sqrt((squares(returns) / (length - 1)) * year);
}

export function plainEwmaVolatility(
  closes: readonly number[],
  { length, decay, year }: { length: number; decay: number; year: number },
): number {
  const returns = plainReturns(closes).slice(-length);
  const weights = returns.map((_, index) => decay ** (length - 1 - index));
  const weighted = sum(returns.map((value, index) => weights[index]! * value ** 2));
  return Math.sqrt((weighted / sum(weights)) * year);
}

export function plainSma(values: readonly number[], length: number): number {
  return mean(values.slice(-length));
}

export function plainBands(prices: readonly number[], length: number, width: number) {
  const last = prices.slice(-length);
  const distance = width * Math.sqrt(squares(last) / length);
  return { upper: mean(last) + distance, middle: mean(last), lower: mean(last) - distance };
}

/** The average after each number from the first that has one. */
function plainEmas(values: readonly number[], length: number, weight: number): number[] {
  const averages = [mean(values.slice(0, length))];
  for (const value of values.slice(length)) {
    averages.push(weight * value + (1 - weight) * averages.at(-1)!);
  }
  return averages;
}

export function plainEma(
  values: readonly number[],
  length: number,
  weight = 2 / (length + 1),
): number {
  return plainEmas(values, length, weight).at(-1)!;
}

export interface PlainBar {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

export function plainAtr(bars: readonly PlainBar[], length: number, isSimple: boolean): number {
  const ranges = bars.slice(1).map(({ high, low }, index) => {
    const before = bars[index]!.close;
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
  });
  return isSimple ? plainSma(ranges, length) : plainEma(ranges, length, 1 / length);
}

export function plainRsi(prices: readonly number[], length: number): number {
  const changes = prices.slice(1).map((price, index) => price - prices[index]!);
  const rises = changes.map((change) => (change > 0 ? change : 0));
  const falls = changes.map((change) => (change < 0 ? -change : 0));
  const strength = plainEma(rises, length, 1 / length) / plainEma(falls, length, 1 / length);
  return 100 - 100 / (1 + strength);
}

export function plainMacd(prices: readonly number[], fast: number, slow: number, signal: number) {
  const slowly = plainEmas(prices, slow, 2 / (slow + 1));
  const quickly = plainEmas(prices, fast, 2 / (fast + 1)).slice(slow - fast);
  const differences = slowly.map((average, index) => quickly[index]! - average);
  const macd = differences.at(-1)!;
  const smoothed = plainEma(differences, signal);
  return { macd, signal: smoothed, histogram: macd - smoothed };
}

interface PlainSeries {
  readonly starts: Float64Array;
  readonly closes: Float64Array;
}

/** The correlation of the last returns between bars that both have; null where they are too few. */
export function plainCorrelation(a: PlainSeries, b: PlainSeries, window: number): number | null {
  const closesOfB = new Map([...b.starts].map((start, index) => [start, b.closes[index]!]));
  const common = [...a.starts.keys()].filter((index) => closesOfB.has(a.starts[index]!));
  if (common.length <= window) {
    return null;
  }
  const last = common.slice(-window - 1);
  const x = plainReturns(last.map((index) => a.closes[index]!));
  const y = plainReturns(last.map((index) => closesOfB.get(a.starts[index]!)!));
  const products = x.map((value, index) => (value - mean(x)) * (y[index]! - mean(y)));
  return sum(products) / Math.sqrt(squares(x) * squares(y));
}
