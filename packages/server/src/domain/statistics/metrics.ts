import type { Metrics } from '@tickwire/protocol';
import { AverageTrueRange } from './average-true-range.ts';
import type { Bar } from './bar.ts';
import { BollingerBands } from './bollinger-bands.ts';
import { EwmaVolatility } from './ewma.ts';
import { ExponentialMovingAverage } from './exponential-moving-average.ts';
import { HistoricalVolatility } from './historical-volatility.ts';
import { type Indicator, valueAfter } from './indicator.ts';
import { Macd } from './macd.ts';
import { RelativeStrengthIndex } from './relative-strength-index.ts';
import { SimpleMovingAverage } from './simple-moving-average.ts';

/** How many bars metrics are made of: what is older has no part in them. */
export const METRICS_BARS = 300;

/**
 * The metrics of one instrument after the last of its bars, which are oldest first. Only the newest
 * {@link METRICS_BARS} count, so that averages which forget nothing begin at the same bar whoever
 * computes them.
 */
export function metricsOf(bars: readonly Bar[], barsPerYear: number): Metrics {
  const counted = bars.slice(-METRICS_BARS);
  const closes = counted.map(({ close }) => close);
  const after = <Value>(indicator: Indicator<number, Value>): Value | null =>
    valueAfter(indicator, closes);
  const bands = after(new BollingerBands());
  const macd = after(new Macd());
  return {
    volatility_20: after(new HistoricalVolatility({ length: 20, barsPerYear })),
    volatility_50: after(new HistoricalVolatility({ length: 50, barsPerYear })),
    sma_15: after(new SimpleMovingAverage(15)),
    sma_30: after(new SimpleMovingAverage(30)),
    sma_50: after(new SimpleMovingAverage(50)),
    bb_upper: bands?.upper ?? null,
    bb_middle: bands?.middle ?? null,
    bb_lower: bands?.lower ?? null,
    atr: valueAfter(new AverageTrueRange(), counted),
    ema_12: after(new ExponentialMovingAverage(12)),
    ema_26: after(new ExponentialMovingAverage(26)),
    ema_50: after(new ExponentialMovingAverage(50)),
    rsi: after(new RelativeStrengthIndex()),
    macd: macd?.macd ?? null,
    macd_signal: macd?.signal ?? null,
    macd_histogram: macd?.histogram ?? null,
    ewma_volatility: after(new EwmaVolatility({ barsPerYear })),
  };
}
