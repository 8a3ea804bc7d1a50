import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AverageTrueRange } from '../../../src/domain/statistics/average-true-range.ts';
import type { Bar } from '../../../src/domain/statistics/bar.ts';
import { type BarSeries, toBarSeries } from '../../../src/domain/statistics/bar-series.ts';
import { BollingerBands } from '../../../src/domain/statistics/bollinger-bands.ts';
import { correlationMatrix } from '../../../src/domain/statistics/correlation-matrix.ts';
import { correlationOf } from '../../../src/domain/statistics/correlation.ts';
import { ExponentialMovingAverage } from '../../../src/domain/statistics/exponential-moving-average.ts';
import { HistoricalVolatility } from '../../../src/domain/statistics/historical-volatility.ts';
import { valueAfter, valuesAfterEach } from '../../../src/domain/statistics/indicator.ts';
import { Macd } from '../../../src/domain/statistics/macd.ts';
import { metricsOf } from '../../../src/domain/statistics/metrics.ts';
import { RelativeStrengthIndex } from '../../../src/domain/statistics/relative-strength-index.ts';
import { SimpleMovingAverage } from '../../../src/domain/statistics/simple-moving-average.ts';
import { expectClose } from '../../support/expect-close.ts';

/** Values that numpy and pandas made of recorded rows. */
const DATA = new URL('../../../../../../shared/data/', import.meta.url);
const isHere = existsSync(DATA);
/** A difference of two differences has fewer digits. */
const HISTOGRAM_TOLERANCE = 1e-7;

type Row = readonly [time: string | number, ...ohlc: [string, string, string, string]];

interface Instrument {
  readonly rows: readonly Row[];
  readonly expected: {
    readonly historical_volatility: Record<string, Record<string, number>>;
    readonly sma: Record<string, number>;
    readonly bollinger_20_2: {
      readonly population: { readonly upper: number; readonly lower: number };
      readonly middle: number;
    };
    readonly atr_14: Record<string, number>;
    readonly ema: Record<string, { readonly seed_sma: number }>;
    readonly rsi_14: { readonly wilder: number };
    readonly macd_12_26_9: {
      readonly ema_seed_sma: Record<'macd' | 'signal' | 'histogram', number>;
    };
    readonly tail5: Record<string, readonly number[]>;
  };
}

interface Block {
  readonly names: readonly string[];
  readonly end_inclusive: string | number;
  readonly aligned_times: readonly (string | number)[];
  readonly aligned_closes: Record<string, readonly string[]>;
  readonly pearson_log_returns_100_returns_101_closes__global_inner_join: Matrix;
  readonly pearson_log_returns_99_returns_100_closes__global_inner_join: Matrix;
  readonly pearson_log_returns_100_returns__pairwise_inner_join: Record<string, number>;
  readonly pearson_log_returns_100_returns__UNALIGNED_last_rows_shown_for_contrast: Record<
    string,
    number
  >;
}

type Matrix = Record<string, Record<string, number>>;

interface Fixture {
  readonly instruments: Record<string, Instrument>;
  readonly correlation: Block;
  readonly blocks: Record<string, Block>;
}

function read(file: string): Fixture {
  return JSON.parse(readFileSync(new URL(`fixtures/${file}`, DATA), 'utf8')) as Fixture;
}

const toTime = (time: string | number): number => new Date(time).getTime();

function toBar([time, , high, low, close]: Row): Bar {
  return { start: toTime(time), high: Number(high), low: Number(low), close: Number(close) };
}

/** The hours of an instrument up to one, as they were recorded. */
function recordedSeries(instrument: string, end: number): BarSeries {
  const [, ...lines] = readFileSync(new URL(`fx/h1/${instrument}.csv`, DATA), 'utf8')
    .trim()
    .split('\n');
  const bars = lines
    .map((line) => line.split(','))
    .map(([time = '', open = '', high = '', low = '', close = '']) =>
      toBar([time, open, high, low, close]),
    )
    .filter(({ start }) => start <= end);
  return toBarSeries(bars);
}

function expectIndicators({ rows, expected }: Instrument, years: Record<string, number>): void {
  const bars = rows.map(toBar);
  const closes = bars.map(({ close }) => close);
  for (const [length, values] of Object.entries(expected.historical_volatility)) {
    for (const [name, barsPerYear] of Object.entries(years)) {
      const options = { length: Number(length), barsPerYear };
      const volatility = valueAfter(new HistoricalVolatility(options), closes);
      expectClose(volatility, values[name] ?? NaN, `volatility ${length}, ${name}`);
    }
  }
  for (const [length, value] of Object.entries(expected.sma)) {
    const average = valueAfter(new SimpleMovingAverage(Number(length)), closes);
    expectClose(average, value, `SMA ${length}`);
  }
  for (const [length, { seed_sma: value }] of Object.entries(expected.ema)) {
    const average = valueAfter(new ExponentialMovingAverage(Number(length)), closes);
    expectClose(average, value, `EMA ${length}`);
  }
  const bands = valueAfter(new BollingerBands(), closes);
  const { middle, population } = expected.bollinger_20_2;
  expectClose(bands?.middle, middle, 'Bollinger, middle');
  expectClose(bands?.upper, population.upper, 'Bollinger, upper');
  expectClose(bands?.lower, population.lower, 'Bollinger, lower');
  const wilder = expected.atr_14['wilder_seed_mean_of_first_14_TR_from_row_2 (TA-Lib)'];
  expectClose(valueAfter(new AverageTrueRange(), bars), wilder ?? NaN, 'ATR');
  expectClose(
    valueAfter(new AverageTrueRange({ smoothing: 'simple' }), bars),
    expected.atr_14.simple_mean_of_last_14_TR ?? NaN,
    'ATR, simple',
  );
  const rsi = valueAfter(new RelativeStrengthIndex(), closes);
  expectClose(rsi, expected.rsi_14.wilder, 'RSI');
  const macd = valueAfter(new Macd(), closes);
  const told = expected.macd_12_26_9.ema_seed_sma;
  expectClose(macd?.macd, told.macd, 'MACD');
  expectClose(macd?.signal, told.signal, 'MACD, signal');
  expectClose(macd?.histogram, told.histogram, 'MACD, histogram', HISTOGRAM_TOLERANCE);
}

function expectTails({ rows, expected: { tail5 } }: Instrument): void {
  const bars = rows.map(toBar);
  const closes = bars.map(({ close }) => close);
  const tails = {
    sma_20: valuesAfterEach(new SimpleMovingAverage(20), closes),
    hv_20_sample: valuesAfterEach(new HistoricalVolatility({ length: 20, barsPerYear: 1 }), closes),
    rsi_14_wilder: valuesAfterEach(new RelativeStrengthIndex(), closes),
    atr_14_wilder: valuesAfterEach(new AverageTrueRange(), bars),
    ema_20_seed_sma: valuesAfterEach(new ExponentialMovingAverage(20), closes),
  };
  for (const [name, values] of Object.entries(tails)) {
    const expected = tail5[name] ?? [];
    expect(expected).toHaveLength(5);
    for (const [index, value] of values.slice(-5).entries()) {
      expectClose(value, expected[index] ?? NaN, `${name}, ${index} of 5`);
    }
  }
}

/** Compares a matrix of all series at once with one told, name by name. */
function expectMatrix(names: readonly string[], series: BarSeries[], window: number, told: Matrix) {
  const matrix = correlationMatrix(series, window);
  for (const [row, a] of names.entries()) {
    for (const [column, b] of names.entries()) {
      expectClose(matrix.at(row, column), told[a]?.[b] ?? NaN, `${a} and ${b}`);
    }
  }
}

function expectAligned(block: Block): void {
  const starts = Float64Array.from(block.aligned_times, toTime);
  const series = block.names.map((name) => ({
    starts,
    closes: Float64Array.from(block.aligned_closes[name] ?? [], Number),
  }));
  const {
    pearson_log_returns_100_returns_101_closes__global_inner_join: hundred,
    pearson_log_returns_99_returns_100_closes__global_inner_join: fewer,
  } = block;
  expectMatrix(block.names, series, 100, hundred);
  expectMatrix(block.names, series, 99, fewer);
}

if (!isHere) {
  test.skip('reference values (skipped: ../shared/data is not here)', () => undefined);
}

describe.skipIf(!isHere)('indicators equal the reference values', () => {
  const files = ['indicators_midweek.json', 'indicators_after_weekend.json'];
  const years = {
    'annualised_sample_sqrt_6048 (24*252)': 6_048,
    'annualised_sample_sqrt_8760 (24*365)': 8_760,
    std_sample_ddof1: 1,
  };

  test.each(files)('%s, every instrument', (file) => {
    const instruments = Object.values(read(file).instruments);
    expect(instruments).toHaveLength(12);
    for (const instrument of instruments) {
      expectIndicators(instrument, years);
      expectTails(instrument);
    }
  });

  test('one-minute bars of crypto', () => {
    const instruments = Object.values(read('crypto_1m_2022-12-13.json').instruments);
    expect(instruments).toHaveLength(2);
    for (const instrument of instruments) {
      expectIndicators(instrument, { annualised_sample_sqrt_525600: 525_600 });
      expectTails(instrument);
    }
  });

  test('the metrics of an instrument', () => {
    for (const { rows, expected } of Object.values(read('indicators_midweek.json').instruments)) {
      const metrics = metricsOf(rows.map(toBar), 6_048);
      const annual = 'annualised_sample_sqrt_6048 (24*252)';
      const { population, middle } = expected.bollinger_20_2;
      const { macd, signal, histogram } = expected.macd_12_26_9.ema_seed_sma;
      const told = {
        volatility_20: expected.historical_volatility['20']?.[annual],
        volatility_50: expected.historical_volatility['50']?.[annual],
        sma_15: expected.sma['15'],
        sma_30: expected.sma['30'],
        sma_50: expected.sma['50'],
        bb_upper: population.upper,
        bb_middle: middle,
        bb_lower: population.lower,
        atr: expected.atr_14['wilder_seed_mean_of_first_14_TR_from_row_2 (TA-Lib)'],
        ema_12: expected.ema['12']?.seed_sma,
        ema_26: expected.ema['26']?.seed_sma,
        ema_50: expected.ema['50']?.seed_sma,
        rsi: expected.rsi_14.wilder,
        macd,
        macd_signal: signal,
      };
      for (const [name, value] of Object.entries(told)) {
        expectClose(metrics[name as keyof typeof told], value ?? NaN, name);
      }
      expectClose(metrics.macd_histogram, histogram, 'macd_histogram', HISTOGRAM_TOLERANCE);
    }
  });
});

describe.skipIf(!isHere)('correlations equal the reference values', () => {
  test('of bars that all have, hourly FX and one-minute crypto', () => {
    const blocks = Object.values(read('correlation.json').blocks);
    expect(blocks).toHaveLength(4);
    for (const block of [...blocks, read('crypto_1m_2022-12-13.json').correlation]) {
      expectAligned(block);
    }
  });

  test('of the bars that each two have, with gold, which pauses every day', () => {
    let differing = 0;
    for (const block of Object.values(read('correlation.json').blocks)) {
      const end = toTime(block.end_inclusive);
      const series = block.names.map((name) => recordedSeries(name, end));
      const matrix = correlationMatrix(series, 100);
      const told = block.pearson_log_returns_100_returns__pairwise_inner_join;
      const unaligned =
        block.pearson_log_returns_100_returns__UNALIGNED_last_rows_shown_for_contrast;
      for (const [pair, value] of Object.entries(told)) {
        const [a, b] = pair.split('|').map((name) => block.names.indexOf(name)) as [number, number];
        expectClose(matrix.at(a, b), value, pair);
        expectClose(correlationOf(series[a]!, series[b]!, 100), value, `${pair} alone`);
        differing += Math.abs(value - (unaligned[pair] ?? NaN)) > 1e-6 ? 1 : 0;
      }
    }
    // Or the join has not been tested at all.
    expect(differing).toBeGreaterThan(10);
  });
});
