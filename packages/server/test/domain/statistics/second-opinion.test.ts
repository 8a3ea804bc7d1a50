import {
  ATR,
  BollingerBands as TheirBands,
  EMA,
  MACD,
  RSI,
  SMA,
  getCorrelation,
} from 'trading-signals';
import { expect, test } from 'vitest';
import { AverageTrueRange } from '../../../src/domain/statistics/average-true-range.ts';
import { BollingerBands } from '../../../src/domain/statistics/bollinger-bands.ts';
import { correlationOf } from '../../../src/domain/statistics/correlation.ts';
import { ExponentialMovingAverage } from '../../../src/domain/statistics/exponential-moving-average.ts';
import { valueAfter } from '../../../src/domain/statistics/indicator.ts';
import { Macd } from '../../../src/domain/statistics/macd.ts';
import { RelativeStrengthIndex } from '../../../src/domain/statistics/relative-strength-index.ts';
import { SimpleMovingAverage } from '../../../src/domain/statistics/simple-moving-average.ts';
import { expectClose } from '../../support/expect-close.ts';
import { plainReturns } from '../../support/plain-statistics.ts';
import { walk } from '../../support/price-series.ts';

/**
 * Beside trading-signals, which was written by others. Its exponential averages begin with the first
 * price and its ATR with the first bar's range, so that these are compared after so many bars that
 * the beginning counts for nothing.
 */
const HOURS = 2_000;
const closes = [...walk({ seed: 1, hours: HOURS }).closes];
const bars = closes.map((close, index) => {
  const span = 1 + (index % 7) / 1_000;
  return { high: close * span, low: close / span, close };
});

test('simple and exponential moving averages', () => {
  for (const length of [15, 30, 50]) {
    const simple = new SMA(length);
    simple.updates(closes);
    expectClose(
      valueAfter(new SimpleMovingAverage(length), closes),
      simple.getResultOrThrow(),
      'SMA',
    );
    const exponential = new EMA(length);
    exponential.updates(closes);
    const ours = valueAfter(new ExponentialMovingAverage(length), closes);
    expectClose(ours, exponential.getResultOrThrow(), 'EMA');
  }
});

test('Bollinger bands', () => {
  const theirs = new TheirBands(20, 2);
  theirs.updates(closes);
  const { upper, middle, lower } = theirs.getResultOrThrow();
  const ours = valueAfter(new BollingerBands(), closes);
  expectClose(ours?.upper, upper, 'upper');
  expectClose(ours?.middle, middle, 'middle');
  expectClose(ours?.lower, lower, 'lower');
});

test('ATR and RSI with Wilder’s smoothing', () => {
  const range = new ATR(14);
  range.updates(bars);
  expectClose(valueAfter(new AverageTrueRange(), bars), range.getResultOrThrow(), 'ATR');
  const strength = new RSI(14);
  strength.updates(closes);
  expectClose(valueAfter(new RelativeStrengthIndex(), closes), strength.getResultOrThrow(), 'RSI');
});

test('MACD', () => {
  const theirs = new MACD(new EMA(12), new EMA(26), new EMA(9));
  theirs.updates(closes);
  const { macd, signal, histogram } = theirs.getResultOrThrow();
  const ours = valueAfter(new Macd(), closes);
  expectClose(ours?.macd, macd, 'macd');
  expectClose(ours?.signal, signal, 'signal');
  expectClose(ours?.histogram, histogram, 'histogram', 1e-7);
});

test('correlation', () => {
  const [a, b] = [walk({ seed: 2, hours: 101 }), walk({ seed: 3, hours: 101 })];
  const theirs = getCorrelation(plainReturns([...a.closes]), plainReturns([...b.closes]));
  expect(Math.abs(theirs)).toBeGreaterThan(0.001);
  expectClose(correlationOf(a, b, 100), theirs, 'correlation');
});
