import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { MarketEvent } from '@tickwire/protocol';
import { toError } from '../domain/errors.ts';
import type { AnalyticsCache, AnalyticsJobOptions } from '../jobs/analytics-job.ts';
import type { Backfiller } from '../jobs/backfill.ts';
import { CandleWait } from '../jobs/candle-wait.ts';
import { DailyJob } from '../jobs/daily.ts';
import type { HistoryKeeper } from '../jobs/history-keeper.ts';
import { HourlyJob, METRICS_MS } from '../jobs/hourly.ts';
import { JobRunner } from '../jobs/job-runner.ts';
import { Retention } from '../jobs/retention.ts';
import { type ScheduledJob, Scheduler } from '../jobs/scheduler.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Stores } from '../storage/index.ts';
import type { Config } from './config.ts';
import { CorrelationThread } from './correlation-thread.ts';
import type { HistoryConfig } from './history-config.ts';
import { createJobCommands } from './job-commands.ts';

export interface AnalyticsOptions {
  readonly config: Pick<Config, 'analytics' | 'cacheTtls'>;
  readonly history: HistoryConfig;
  readonly stores: Stores;
  /** Resolves when the store can be used; nothing is asked of it before. */
  readonly opened: Promise<void>;
  readonly backfiller: Pick<Backfiller, 'gaps'>;
  /** Of which metrics and correlations are computed. */
  readonly instruments: readonly string[];
  /** Those whose hourly candles somebody fetches. */
  readonly fetched: readonly string[];
  /** Whether what is missing of a span will not come; left out where another process fetches. */
  readonly hasAsked?: HistoryKeeper['hasAsked'];
  /** What time it is at the venue of an instrument, or where it is earliest: epoch milliseconds. */
  readonly venueNow: (instrument?: string) => number;
  /** How many instruments have a price that is known. */
  readonly priceCount: () => number;
  readonly publish: (event: MarketEvent) => void;
  readonly cache: AnalyticsCache;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * How far back candles are that metrics are made of: what is waited for first at a first start. They
 * reach back from the beginning of an hour, and whoever fetches begins with a whole one.
 */
export const FIRST_CANDLES_MS = METRICS_MS + 2 * HOUR_MS;

export type Analytics = ReturnType<typeof composeAnalytics>;

/** Wires what runs at times: what is computed from candles, and what drops the old. */
export function composeAnalytics(options: AnalyticsOptions) {
  const { history, stores, backfiller, venueNow, clock, logger } = options;
  const { analytics: config, cacheTtls } = options.config;
  const { store, analytics, jobLog } = stores;
  const thread = new CorrelationThread();
  const shared: AnalyticsJobOptions = {
    instruments: () => options.instruments,
    awaited: () => options.fetched,
    candles: new CandleWait({
      backfiller,
      venueNow,
      ...(options.hasAsked === undefined ? {} : { hasAsked: options.hasAsked }),
      keptMs: history.backfillDays * DAY_MS,
      clock,
    }),
    store: analytics,
    cache: options.cache,
    publish: options.publish,
    clock,
    logger,
  };
  const jobs: readonly ScheduledJob[] = [
    {
      job: new HourlyJob({
        ...shared,
        volatilityThreshold: config.volatilityThreshold,
        priceCount: options.priceCount,
        metricsTtlMs: cacheTtls.metricsMs,
      }),
      isEnabled: config.isHourlyEnabled,
    },
    {
      job: new DailyJob({
        ...shared,
        correlate: (series, window) => thread.correlate(series, window),
        windowSize: config.correlationWindowSize,
        correlationThreshold: config.correlationThreshold,
        correlationTtlMs: cacheTtls.correlationMs,
      }),
      isEnabled: config.isDailyEnabled,
    },
    {
      job: new Retention({
        store,
        log: jobLog,
        retentionMs: history.retentionDays === 0 ? undefined : history.retentionDays * DAY_MS,
        quoteRetentionMs: history.quoteRetentionHours * HOUR_MS,
        now: venueNow,
        clock,
        logger,
      }),
      isEnabled: true,
    },
  ];
  const owner = `${hostname()} ${process.pid} ${randomUUID()}`;
  const runner = new JobRunner({ log: jobLog, owner, clock, logger });
  const composedAt = clock.now();
  const settleInterrupted = async (): Promise<void> => {
    if (history.database.type !== 'embedded') {
      return;
    }
    try {
      await jobLog.abandonBefore(composedAt);
    } catch (error) {
      const message = 'Runs that were interrupted are waited for until they are given up';
      logger.warn({ err: toError(error) }, message);
    }
  };
  let scheduler: Scheduler | undefined;
  return {
    commands: createJobCommands({ jobs, runner, log: jobLog, clock }),
    /** Has jobs run at their times. */
    start: () => {
      const opened = options.opened.then(settleInterrupted);
      scheduler ??= new Scheduler({ jobs, runner, opened, clock, logger });
      scheduler.start();
    },
    /**
     * Gives up the runs that a kill has interrupted, once the store is open: nobody else uses an
     * embedded database. Never rejects.
     */
    settleInterrupted,
    /** Ends what runs, a command's too; resolves when nothing is left. */
    close: async (): Promise<void> => {
      await Promise.all([scheduler?.close(), thread.close()]);
    },
  };
}
