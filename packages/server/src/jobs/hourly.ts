import { METRIC_NAMES, type Metrics, type Severity } from '@tickwire/protocol';
import { decimalText } from '../domain/decimal-text.ts';
import { hourlyBarsPerYear } from '../domain/statistics/bars-per-year.ts';
import { METRICS_BARS, metricsOf } from '../domain/statistics/metrics.ts';
import { MEDIAN_BARS, medianVolatility } from '../domain/statistics/trailing-volatility.ts';
import { volatilityAlert, volatilityThreshold } from '../domain/volatility-alerts.ts';
import type { InstrumentMetrics } from '../ports/analytics-store.ts';
import type { Job, JobReport, JobTask } from '../ports/job.ts';
import { type AnalyticsJobOptions, forEachInstrument, writeCache } from './analytics-job.ts';

export interface HourlyJobOptions extends AnalyticsJobOptions {
  /** Above which a volatility is high; undefined for what is usual of each instrument. */
  readonly volatilityThreshold: number | undefined;
  /** How many instruments have a price that is known. */
  readonly priceCount: () => number;
  readonly metricsTtlMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long it takes FX to have as many bars as metrics are made of, over three weekends. */
export const METRICS_MS = 20 * DAY_MS;
/** How far back the bars are of which the median is made, with those before its first. */
const MEDIAN_MS = 33 * DAY_MS;

/**
 * Metrics of every instrument after its last hour: kept, put where other programs read them, told
 * to clients, and compared with what is usual.
 */
export class HourlyJob implements Job {
  readonly name = 'hourly';
  readonly schedule = '0 * * * *';
  readonly #options: HourlyJobOptions;

  constructor(options: HourlyJobOptions) {
    this.#options = options;
  }

  /** Whether there are metrics of every instrument that has candles to make them of. */
  async isComplete(): Promise<boolean> {
    const { instruments, store } = this.#options;
    const known = await store.newestMetrics(instruments());
    return known.length === instruments().length;
  }

  async run({ fireTime, signal }: JobTask): Promise<JobReport> {
    const { instruments, awaited, candles, store, priceCount, publish, logger } = this.#options;
    const wait = { fireTime, backMs: METRICS_MS, signal };
    const lacking = await candles.untilThere(awaited(), wait);
    const computed: InstrumentMetrics[] = [];
    const failures = await forEachInstrument(
      instruments(),
      { signal, logger },
      async (instrument) => {
        const one = await this.#compute(instrument, fireTime);
        if (one !== undefined) {
          computed.push(one);
        }
      },
    );
    if (lacking.length > 0) {
      logger.warn({ instruments: lacking }, 'Metrics lack candles that have not come');
    }
    if (computed.length > 0) {
      await store.saveMetrics(computed);
      await this.#cache(computed);
    }
    for (const { instrument, time, metrics } of computed) {
      publish({ type: 'volatilityUpdate', instrument, time, metrics });
    }
    const fresh = computed.filter(({ instrument }) => !lacking.includes(instrument)).length;
    const counts = [
      ['prices', priceCount()],
      ['candles', fresh],
      ['metrics', computed.length],
    ] as const;
    for (const [dataType, count] of counts) {
      if (count > 0) {
        publish({ type: 'dataReady', dataType, count });
      }
    }
    // At a first start what is usual is known later than the metrics are.
    await candles.untilThere(awaited(), { ...wait, backMs: MEDIAN_MS });
    await this.#watch(computed, wait);
    return {
      records: computed.length,
      failures: [...failures, ...lacking.map((name) => `${name}: its newest candles are missing`)],
    };
  }

  /** Undefined where there are no candles. */
  async #compute(instrument: string, fireTime: number): Promise<InstrumentMetrics | undefined> {
    const { store } = this.#options;
    const bars = await store.hourlyBars({ instrument, before: fireTime, limit: METRICS_BARS });
    const last = bars.at(-1);
    return (
      last && {
        instrument,
        time: last.start + HOUR_MS,
        metrics: metricsOf(bars, hourlyBarsPerYear(instrument)),
      }
    );
  }

  async #cache(computed: readonly InstrumentMetrics[]): Promise<void> {
    const { cache, metricsTtlMs, clock, logger } = this.#options;
    const cachedAt = new Date(clock.now()).toISOString();
    const writes = computed.map(({ instrument, metrics }) =>
      cache.setFields(
        `metrics:${instrument}`,
        { ...fieldsOf(metrics), cached_at: cachedAt },
        metricsTtlMs,
      ),
    );
    await writeCache(writes, logger);
  }

  /** Publishes the alerts that metrics make. */
  async #watch(
    computed: readonly InstrumentMetrics[],
    { fireTime, signal }: JobTask,
  ): Promise<void> {
    const { store, publish, volatilityThreshold: configured } = this.#options;
    const told = new Map<string, Severity>();
    for (const { alert } of await store.newestVolatilityAlerts()) {
      told.set(alert.instrument, alert.severity);
    }
    for (const { instrument, metrics } of computed) {
      const median = configured === undefined ? await this.#median(instrument, fireTime) : null;
      signal.throwIfAborted();
      const threshold = volatilityThreshold(configured, median);
      const reading = { instrument, volatility: metrics.volatility_20, threshold };
      const alert = volatilityAlert(reading, told.get(instrument));
      if (alert !== undefined) {
        publish(alert);
      }
    }
  }

  async #median(instrument: string, fireTime: number): Promise<number | null> {
    const { store } = this.#options;
    const bars = await store.hourlyBars({ instrument, before: fireTime, limit: MEDIAN_BARS });
    return medianVolatility(bars, hourlyBarsPerYear(instrument));
  }
}

/** Those that are known, as decimals. */
function fieldsOf(metrics: Metrics): Readonly<Record<string, string>> {
  const known = METRIC_NAMES.flatMap((name) => {
    const value = metrics[name];
    return value === null ? [] : [[name, decimalText(value)] as const];
  });
  return Object.fromEntries(known);
}
