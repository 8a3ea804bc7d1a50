import { readFileSync } from 'node:fs';
import type { MetricName } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/app/variables.ts';
import { expectClose } from '../support/expect-close.ts';
import {
  type PlainBar,
  plainAtr,
  plainBands,
  plainCorrelation,
  plainEma,
  plainEwmaVolatility,
  plainMacd,
  plainRsi,
  plainSma,
  plainVolatility,
} from '../support/plain-statistics.ts';
import {
  type RecordedHour,
  readRecordedHours,
  recordedHoursPath,
} from '../support/recorded-hours.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const INSTRUMENTS = [
  'AUD_JPY',
  'AUD_USD',
  'EUR_GBP',
  'EUR_JPY',
  'EUR_USD',
  'GBP_JPY',
  'GBP_USD',
  'NZD_USD',
  'USD_CAD',
  'USD_CHF',
  'USD_JPY',
  'XAU_USD',
];
const YEAR = 252 * 24;
const BARS = 300;
const WINDOW = 100;
/** A difference of two differences has fewer digits. */
const HISTOGRAM_TOLERANCE = 1e-7;
const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 240_000;

type Values = Partial<Record<MetricName, number>>;

interface Answers {
  readonly metrics: Readonly<Record<string, Record<MetricName, string>>>;
  readonly matrix: Readonly<Record<string, Record<string, number>>>;
}

/** What a server that begins with nothing answers once its jobs are done. */
async function answersOf(settings: Environment): Promise<Answers> {
  const server = await startServerForTest({
    FEEDS: 'oanda',
    TRACKED_PAIRS: INSTRUMENTS.join(),
    DATA_DIR: await createDirectoryForTest(),
    RATE_LIMIT_REQUESTS: '0',
    ...settings,
  });
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${server.url}/api/v1/${path}`);
    return response.status === 200 ? response.json() : undefined;
  };
  const answer = async <T>(path: string): Promise<T> =>
    (await waitFor(() => ask(path), path, TIMEOUT_MS)) as T;
  const { metrics } = await answer<Pick<Answers, 'metrics'>>('metrics/volatility');
  const { matrix } = await answer<Pick<Answers, 'matrix'>>('correlation/matrix');
  expect(Object.keys(metrics)).toEqual(INSTRUMENTS);
  expect(Object.keys(matrix)).toEqual(INSTRUMENTS);
  return { metrics, matrix };
}

function expectMetrics(actual: Record<string, string> | undefined, told: Values, of: string): void {
  for (const [name, value] of Object.entries(told)) {
    const tolerance = name === 'macd_histogram' ? HISTOGRAM_TOLERANCE : undefined;
    expectClose(Number(actual?.[name]), value, `${of} ${name}`, tolerance);
  }
}

if (recordedHoursPath === undefined) {
  test.skip('recorded analytics (skipped: ../shared/data is not here)', () => undefined);
}

describe.runIf(recordedHoursPath !== undefined)('recorded history', () => {
  test(
    'has the metrics and correlations over REST that plain loops make of its rows',
    async () => {
      const { metrics, matrix } = await answersOf({ SIMULATOR_DATA: recordedHoursPath });
      const series = INSTRUMENTS.map((name) => readRecordedHours(name, Date.now()).map(toPlainBar));
      for (const [index, instrument] of INSTRUMENTS.entries()) {
        const bars = series[index] ?? [];
        expectMetrics(metrics[instrument], plainMetrics(bars.slice(-BARS)), instrument);
        for (const [place, other] of INSTRUMENTS.entries()) {
          const told = plainCorrelation(toArrays(bars), toArrays(series[place] ?? []), WINDOW);
          expectClose(matrix[instrument]?.[other], told ?? NaN, `${instrument} and ${other}`);
        }
      }
    },
    TIMEOUT_MS,
  );

  test(
    'has the reference values over REST in the hour to which they belong',
    async () => {
      const indicators = readFixture('indicators_midweek.json') as IndicatorsFixture;
      const { instruments, end_inclusive: end } = indicators;
      // The venue's minute is ours: before it is over the server is to have its answers.
      const hasTime = (): boolean => new Date().getUTCMinutes() < 57;
      await waitFor(hasTime, 'an hour that goes on for a while', TIMEOUT_MS);
      const hours = Math.floor((Date.now() - Date.parse(end)) / HOUR_MS) - 1;
      const { metrics, matrix } = await answersOf({
        // Their rows are bids, of all.
        SIMULATOR_DATA: `${recordedHoursPath ?? ''}h1`,
        SIMULATOR_SHIFT: 'none',
        SIMULATOR_START: `-${hours}h`,
      });
      for (const instrument of INSTRUMENTS) {
        const expected = instruments[instrument]?.expected;
        const volatility = expected?.historical_volatility;
        const annual = 'annualised_sample_sqrt_6048 (24*252)';
        expectMetrics(
          metrics[instrument],
          {
            volatility_20: volatility?.['20']?.[annual] ?? NaN,
            volatility_50: volatility?.['50']?.[annual] ?? NaN,
            sma_15: expected?.sma['15'] ?? NaN,
            sma_30: expected?.sma['30'] ?? NaN,
            sma_50: expected?.sma['50'] ?? NaN,
            bb_upper: expected?.bollinger_20_2.population.upper ?? NaN,
            bb_middle: expected?.bollinger_20_2.middle ?? NaN,
            bb_lower: expected?.bollinger_20_2.population.lower ?? NaN,
            atr: expected?.atr_14['wilder_seed_mean_of_first_14_TR_from_row_2 (TA-Lib)'] ?? NaN,
            rsi: expected?.rsi_14.wilder ?? NaN,
          },
          instrument,
        );
      }
      const { blocks } = readFixture('correlation.json') as CorrelationFixture;
      const block = blocks.midweek__with_XAU;
      expect(block.end_inclusive).toBe(end);
      const told = Object.entries(block.pearson_log_returns_100_returns__pairwise_inner_join);
      expect(told).toHaveLength((INSTRUMENTS.length * (INSTRUMENTS.length - 1)) / 2);
      for (const [pair, value] of told) {
        const [one = '', other = ''] = pair.split('|');
        expectClose(matrix[one]?.[other], value, pair);
        expectClose(matrix[other]?.[one], value, `${pair}, the other way`);
      }
    },
    TIMEOUT_MS,
  );
});

interface IndicatorsFixture {
  readonly end_inclusive: string;
  readonly instruments: Readonly<
    Record<
      string,
      {
        readonly expected: {
          readonly historical_volatility: Record<string, Record<string, number>>;
          readonly sma: Record<string, number>;
          readonly bollinger_20_2: {
            readonly population: { readonly upper: number; readonly lower: number };
            readonly middle: number;
          };
          readonly atr_14: Record<string, number>;
          readonly rsi_14: { readonly wilder: number };
        };
      }
    >
  >;
}

interface CorrelationFixture {
  readonly blocks: {
    readonly midweek__with_XAU: {
      readonly end_inclusive: string;
      readonly pearson_log_returns_100_returns__pairwise_inner_join: Record<string, number>;
    };
  };
}

function readFixture(file: string): unknown {
  const text = readFileSync(`${recordedHoursPath ?? ''}../fixtures/${file}`, 'utf8');
  return JSON.parse(text);
}

interface StartedBar extends PlainBar {
  readonly start: number;
}

/** Half of the sum in the digits that the sides have, rounded half up: so are OANDA's. */
function toPlainBar({ start, bid, ask }: RecordedHour): StartedBar {
  const mid = (price: 'high' | 'low' | 'close'): number => {
    const unit = 10 ** (bid[price].split('.')[1]?.length ?? 0);
    const sum = Math.round(Number(bid[price]) * unit) + Math.round(Number(ask[price]) * unit);
    return Math.floor((sum + 1) / 2) / unit;
  };
  return { start, high: mid('high'), low: mid('low'), close: mid('close') };
}

function toArrays(bars: readonly StartedBar[]) {
  return {
    starts: Float64Array.from(bars, ({ start }) => start),
    closes: Float64Array.from(bars, ({ close }) => close),
  };
}

function plainMetrics(bars: readonly PlainBar[]): Required<Values> {
  const closes = bars.map(({ close }) => close);
  const bands = plainBands(closes, 20, 2);
  const { macd, signal, histogram } = plainMacd(closes, 12, 26, 9);
  return {
    volatility_20: plainVolatility(closes, 20, YEAR),
    volatility_50: plainVolatility(closes, 50, YEAR),
    sma_15: plainSma(closes, 15),
    sma_30: plainSma(closes, 30),
    sma_50: plainSma(closes, 50),
    bb_upper: bands.upper,
    bb_middle: bands.middle,
    bb_lower: bands.lower,
    atr: plainAtr(bars, 14, false),
    ema_12: plainEma(closes, 12),
    ema_26: plainEma(closes, 26),
    ema_50: plainEma(closes, 50),
    rsi: plainRsi(closes, 14),
    macd,
    macd_signal: signal,
    macd_histogram: histogram,
    ewma_volatility: plainEwmaVolatility(closes, { length: 100, decay: 0.94, year: YEAR }),
  };
}
