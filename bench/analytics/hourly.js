/** The hourly job over a database that was filled for it: ours, and one as people write it. */
import { setTimeout } from 'node:timers/promises';
import { METRIC_NAMES } from '@tickwire/protocol';
import { systemClock } from '../../packages/server/dist/app/clock.js';
import { MemoryCache } from '../../packages/server/dist/cache/memory.js';
import { HourlyJob } from '../../packages/server/dist/jobs/hourly.js';
import { createStandardErrorLogger, openStores } from '../store/open-store.js';
import { openPlainSession } from '../store/plain-session.js';
import { meterLoop } from '../store/loop-meter.js';
import { plainMedian, plainMetrics } from './plain-metrics.js';
import { HOURLY_BARS } from './plan.js';

const HOUR_MS = 3_600_000;
/** A Wednesday. */
const FIRE_TIME = Date.UTC(2025, 10, 19, 12);
const TTL_MS = HOUR_MS;
/** The job is done for so many once before it is measured: compiled, and with its partitions. */
const WARM_UP = 20;
/** How many bars metrics are made of, and how many at most the median of volatilities. */
const [METRICS_BARS, MEDIAN_BARS] = [300, 741];

/**
 * Where the bars of the job are.
 * @typedef {object} HourlyPlace
 * @property {string} directory
 * @property {number} instruments
 */

/** @param {number} instruments */
function namesOf(instruments) {
  return Array.from({ length: instruments }, (_, index) => nameOf(index));
}

/** @param {number} index */
function nameOf(index) {
  return `F${String(index).padStart(4, '0')}_USD`;
}

/**
 * Makes the tables with our store, and fills them by the database itself.
 * @param {HourlyPlace} place
 */
export async function seedHourly({ directory, instruments }) {
  const { store } = await openStores({ type: 'embedded', directory });
  const first = FIRE_TIME - HOURLY_BARS * HOUR_MS;
  const ohlc = { open: '1', high: '1', low: '1', close: '1' };
  // A row for each partition, in a series that nobody asks for.
  await store.saveCandles(
    [first, FIRE_TIME - 1].map((start) => ({
      ...{ type: 'candle', instrument: 'SEED_USD', interval: 'D', start, end: start + 1 },
      ...{ ...ohlc, volume: '1', isConfirmed: true, revision: 0, source: 'history' },
    })),
  );
  await store.close();
  const session = await openPlainSession({ type: 'embedded', directory });
  await session.query(
    `INSERT INTO oanda_candles (instrument, granularity, time, open_mid, high_mid, low_mid,
       close_mid, volume, is_confirmed, revision, source, last_change)
     SELECT instrument, 'H1', time, price, price + 0.0007, price - 0.0006, price, 1200, true, 0,
            'history', 0
       FROM (SELECT 'F' || lpad(pair::text, 4, '0') || '_USD' AS instrument, time,
                    round((1.1 + 0.01 * sin(bar * bar + pair))::numeric, 5) AS price
               FROM generate_series(0, $1::int - 1) AS bar
              CROSS JOIN LATERAL (SELECT $2::timestamptz + bar * interval '1 hour' AS time) AS at
              CROSS JOIN generate_series(0, $3::int - 1) AS pair
              ORDER BY time, pair) AS rows`,
    [HOURLY_BARS, new Date(first).toISOString(), instruments],
  );
  await session.close();
}

/**
 * Runs our job once: metrics and medians of all instruments, kept, cached and told.
 * @param {HourlyPlace} place
 */
export async function runOurs({ directory, instruments }) {
  const { store, analytics } = await openStores({ type: 'embedded', directory });
  let names = namesOf(WARM_UP);
  /** @type {Map<string, import('@tickwire/protocol').Metrics>} */
  const told = new Map();
  const job = new HourlyJob({
    instruments: () => names,
    awaited: () => [],
    candles: { untilThere: () => Promise.resolve([]) },
    store: analytics,
    cache: new MemoryCache({ clock: systemClock }),
    publish: (event) => {
      if (event.type === 'volatilityUpdate') {
        told.set(event.instrument, event.metrics);
      }
    },
    clock: systemClock,
    logger: createStandardErrorLogger(),
    volatilityThreshold: undefined,
    priceCount: () => 0,
    metricsTtlMs: TTL_MS,
  });
  const { signal } = new AbortController();
  const run = () => job.run({ fireTime: FIRE_TIME, signal });
  await run();
  names = namesOf(instruments);
  const found = await meterLoop(run);
  await store.close();
  return toMeasured(found, (name) => told.get(name), instruments);
}

/**
 * Does the same an instrument at a time, in the thread that asks.
 * @param {HourlyPlace} place
 */
export async function runPlainly({ directory, instruments }) {
  const session = await openPlainSession({ type: 'embedded', directory });
  /** @type {Map<string, Record<string, number>>} */
  const made = new Map();
  let alerts = 0;
  const columns = METRIC_NAMES.join(', ');
  const places = METRIC_NAMES.map((_, index) => `$${index + 3}`).join(', ');
  const updates = METRIC_NAMES.map((name) => `${name} = excluded.${name}`).join(', ');
  /** @param {readonly string[]} names */
  const run = async (names) => {
    for (const instrument of names) {
      const rows = await session.query(
        `SELECT high_mid, low_mid, close_mid FROM oanda_candles
          WHERE instrument = $1 AND granularity = 'H1' AND time < $2
          ORDER BY time DESC LIMIT $3`,
        [instrument, new Date(FIRE_TIME), MEDIAN_BARS],
      );
      const bars = rows.toReversed().map((row) => ({
        high: Number(row['high_mid']),
        low: Number(row['low_mid']),
        close: Number(row['close_mid']),
      }));
      const metrics = plainMetrics(bars.slice(-METRICS_BARS));
      made.set(instrument, metrics);
      await session.query(
        `INSERT INTO volatility_metrics (instrument, time, ${columns}) VALUES ($1, $2, ${places})
         ON CONFLICT (instrument, time) DO UPDATE SET ${updates}`,
        [instrument, new Date(FIRE_TIME), ...METRIC_NAMES.map((name) => metrics[name])],
      );
      alerts += (metrics['volatility_20'] ?? NaN) > 1.5 * plainMedian(bars) ? 1 : 0;
      // Or else nothing but this would be done for as long as it takes.
      await setTimeout(0);
    }
    return alerts;
  };
  await run(namesOf(WARM_UP));
  const found = await meterLoop(() => run(namesOf(instruments)));
  await session.close();
  return toMeasured(found, (name) => made.get(name), instruments);
}

/**
 * @param {{ seconds: number, maxMs: number }} found
 * @param {(name: string) => Readonly<Record<string, number | null>> | undefined} metricsOf
 * @param {number} instruments
 * @returns {import('./messages.js').Measured}
 */
function toMeasured({ seconds, maxMs }, metricsOf, instruments) {
  const values = namesOf(instruments).flatMap((name) =>
    METRIC_NAMES.map((metric) => metricsOf(name)?.[metric] ?? null),
  );
  return { ms: seconds * 1_000, repetitions: 1, loopMaxMs: maxMs, values };
}
