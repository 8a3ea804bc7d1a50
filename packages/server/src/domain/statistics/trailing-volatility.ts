import type { Bar } from './bar.ts';
import { HistoricalVolatility } from './historical-volatility.ts';
import { valuesAfterEach } from './indicator.ts';

const DAY_MS = 86_400_000;
const MEDIAN_MS = 30 * DAY_MS;
/** Of how many returns; the same as `volatility_20` of the metrics. */
const LENGTH = 20;
/** Hours of five days of trading: of fewer values nobody knows what is usual. */
const MIN_VALUES = 120;

/** How many hourly bars the median takes at most: those of 30 days, and those before the first. */
export const MEDIAN_BARS = (MEDIAN_MS / DAY_MS) * 24 + LENGTH + 1;

/**
 * The median of the `volatility_20` after each hourly bar of the 30 days before the last one, a
 * fraction per year; null where there are fewer than 120. Of the bars themselves rather than of
 * metrics that were kept: it is the same on the first day and after any outage.
 */
export function medianVolatility(bars: readonly Bar[], barsPerYear: number): number | null {
  const since = (bars.at(-1)?.start ?? 0) - MEDIAN_MS;
  const closes = bars.map(({ close }) => close);
  const volatilities = valuesAfterEach(
    new HistoricalVolatility({ length: LENGTH, barsPerYear }),
    closes,
  );
  const values = volatilities
    .slice(0, -1)
    .filter(
      (value, index): value is number => value !== null && (bars[index]?.start ?? 0) >= since,
    );
  return values.length < MIN_VALUES ? null : medianOf(Float64Array.from(values));
}

/** Of an even count, the mean of the two in the middle. */
function medianOf(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}
