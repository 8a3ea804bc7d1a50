import type { Channel } from '@tickwire/protocol';
import { StoreError } from '../domain/errors.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import { Backfiller } from '../jobs/backfill.ts';
import { HistoryKeeper, type KeptSeries } from '../jobs/history-keeper.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { CandleNews } from '../ports/store.ts';
import { DirectoryLock } from '../storage/directory-lock.ts';
import { createStores } from '../storage/index.ts';
import { createOverflowFile } from '../storage/overflow-file.ts';
import type { CandleIntake } from '../tape/candle-intake.ts';
import type { LastValues } from '../tape/last-values.ts';
import { Recorder } from '../tape/recorder.ts';
import type { Tape } from '../tape/tape.ts';
import { FIRST_CANDLES_MS, type AnalyticsOptions, composeAnalytics } from './analytics.ts';
import { makeDataDirectory, overflowPath, unusable } from './data-directory.ts';
import { DatabaseWatch } from './database-watch.ts';
import type { Config } from './config.ts';
import { controlPath } from './control-path.ts';
import { createControlServer } from './control-server.ts';
import { createHistoryCommands } from './history-commands.ts';
import type { HistoryConfig } from './history-config.ts';
import { createHistoryPlan } from './history-plan.ts';
import type { CandleChannel } from './kept-series.ts';
import type { Part } from './lifecycle.ts';
import type { VenueSources } from './venue-sources.ts';
import { recallCandles, recallPrices } from './warm-start.ts';

export interface HistoryOptions {
  readonly config: Config;
  readonly history: HistoryConfig;
  readonly sources: VenueSources;
  readonly bus: Bus;
  readonly tape: Tape;
  readonly candles: Pick<CandleIntake, 'correct'>;
  readonly lastValues: LastValues;
  readonly trackedPairs: readonly string[];
  /** The series that are kept whole. */
  readonly series: readonly KeptSeries[];
  /** The candles that are followed from the start. */
  readonly followed: readonly CandleChannel[];
  /** What is computed of what is kept, and where it is told. */
  readonly analytics: Pick<AnalyticsOptions, 'instruments' | 'priceCount' | 'cache' | 'cacheTtls'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** What may wait in a file for a database that is down: some 250,000 candles. */
const OVERFLOW_BYTES = 64 * 1_048_576;
/** Prices of a weekend are older than a day, and the only ones there are. */
const QUOTE_MAX_AGE_MS = 7 * DAY_MS;

/** How much of the time that stopping may take is theirs, where the database does not answer. */
const JOBS_SHARE = 0.1;
const RECORDER_SHARE = 0.3;
const STORE_SHARE = 0.2;

export type History = ReturnType<typeof composeHistory>;

/** Wires what keeps the past: the store, the recorder, and the jobs that keep it whole. */
export function composeHistory(options: HistoryOptions) {
  const { shutdownTimeoutMs } = options.config;
  const { config, history, sources, bus, tape, candles, lastValues, trackedPairs, clock, logger } =
    options;
  const stores = createStores({ database: history.database, clock, logger });
  const { store } = stores;
  const overflow = createOverflowFile({
    path: () => overflowPath(history.directory, sources.origins()),
    maxBytes: OVERFLOW_BYTES,
    logger,
  });
  const warmStart = { store, lastValues, pairs: trackedPairs, now: () => clock.now() };
  let isStarted = false;
  const startStore = async (): Promise<void> => {
    if (!isStarted) {
      await store.start();
      isStarted = true;
    }
  };
  const recall = async (channel: Channel): Promise<void> => {
    if (channel.kind === 'candles' && watch.isOpen && watch.trouble === undefined) {
      await recallCandles(channel, warmStart);
    }
  };
  const watch = new DatabaseWatch({
    open: async () => {
      await startStore();
      for (const venue of await store.claim(sources.origins(), true)) {
        logger.warn({ venue }, 'Dropped the simulated history of another market');
      }
      await recallPrices(warmStart);
      for (const channel of options.followed) {
        await recallCandles(channel, warmStart);
      }
    },
    ping: () => store.ping(),
    onRecovered: () => {
      keeper.check();
    },
    clock,
    logger,
  });
  const backfiller = new Backfiller({
    store,
    historyOf: (instrument) => sources.historyOf(instrument),
    onNews: (news) => {
      news.filter(isCorrection).forEach(({ candle }) => {
        candles.correct(candle);
      });
    },
    clock,
  });
  const keeper = new HistoryKeeper({
    backfiller,
    store,
    bus,
    opened: watch.opened,
    series: () => options.series,
    backfillMs: history.backfillDays * DAY_MS,
    firstMs: FIRST_CANDLES_MS,
    onFilled: (count) => {
      tape.publish({ type: 'dataReady', dataType: 'candles', count });
    },
    clock,
    logger,
  });
  const recorder = new Recorder({
    bus,
    store,
    opened: watch.opened,
    overflow,
    recordsTrades: history.recordsTrades,
    closePatienceMs: shutdownTimeoutMs * RECORDER_SHARE,
    venueNow: () => keeper.now(),
    quoteMaxAgeMs: Math.max(QUOTE_MAX_AGE_MS, history.quoteRetentionHours * HOUR_MS),
    onOwed: (owed) => {
      for (const { instrument, interval, start, end } of owed) {
        keeper.refetch({ instrument, interval }, { from: start, to: end + 1 });
      }
    },
    clock,
    logger,
  });
  const analytics = composeAnalytics({
    ...options.analytics,
    config: config.analytics,
    history,
    stores,
    opened: watch.opened,
    backfiller,
    fetched: options.series
      .filter(({ isBackfilled }) => isBackfilled)
      .map(({ instrument }) => instrument),
    venueNow: (instrument) => keeper.now(instrument),
    publish: (event) => {
      tape.publish(event);
    },
    clock,
    logger,
  });
  /** A server that is down now will be there; a directory that cannot be used will not. */
  const mayComeLater = (error: Error): boolean =>
    history.database.type === 'postgres' && error instanceof StoreError && error.retryable;

  const plan = createHistoryPlan({
    config,
    history,
    historyOf: (instrument) => sources.historyOf(instrument),
    now: (instrument) => keeper.now(instrument),
  });
  const control = createControlServer({
    path: controlPath(history.directory),
    commands: { ...createHistoryCommands({ plan, backfiller, store }), ...analytics.commands },
    logger,
  });
  let lock: DirectoryLock | undefined;
  /** A database that does not answer must not take the time that others need to stop. */
  const inTime = async (closing: Promise<unknown>, share: number): Promise<void> => {
    const ended = new AbortController();
    await Promise.race([closing, clock.sleep(shutdownTimeoutMs * share, ended.signal)]);
    ended.abort();
  };

  const storePart: Part = {
    name: 'store',
    start: async () => {
      await makeDataDirectory(history.directory);
      if (history.database.type === 'postgres') {
        // The embedded database takes the lock itself; what waits in files needs it here as well.
        lock = await DirectoryLock.acquire(history.directory, clock);
      }
      try {
        await startStore();
      } catch (error) {
        if (!(error instanceof Error && mayComeLater(error))) {
          throw error;
        }
      }
    },
    close: async () => {
      await inTime(store.close(), STORE_SHARE);
      await lock?.release();
    },
  };
  const historyPart: Part = {
    name: 'history',
    start: async () => {
      await overflow.start().catch((error: unknown) => {
        throw unusable(history.directory, error);
      });
      await watch.start(mayComeLater);
    },
    close: () => watch.close(),
  };
  const recorderPart: Part = {
    name: 'recorder',
    start: () => {
      recorder.start();
    },
    close: () => recorder.close(),
  };
  const jobsPart: Part = {
    name: 'jobs',
    start: () => {
      keeper.start();
      analytics.start();
    },
    close: () => inTime(Promise.all([keeper.close(), analytics.close()]), JOBS_SHARE),
  };
  const controlPart: Part = {
    name: 'control socket',
    start: () => control.start(),
    close: () => inTime(control.close(), JOBS_SHARE),
  };
  return {
    storePart,
    /** In the order in which they start, once the simulator has. */
    parts: [historyPart, recorderPart, jobsPart, controlPart],
    store,
    /** What became of what was to be kept. */
    stats: () => recorder.stats(),
    /** How complete the candles of each venue are. */
    get completeness() {
      return keeper.health;
    },
    /** Why the database cannot be used; undefined while it can. */
    get trouble() {
      return watch.trouble;
    },
    /** What is computed of what is kept. */
    computed: stores.analytics,
    /** What time it is at the venue of an instrument: epoch milliseconds. */
    venueNow: (instrument: string) => keeper.now(instrument),
    /** Takes back what the store has of a channel that nobody has followed yet. */
    recall,
    /** Keeps candles that were no events. */
    keep: (known: readonly SidedCandle[]) => {
      recorder.keep(known);
    },
    /** A feed is live again: something may be missing. */
    check: () => {
      keeper.check();
    },
  };
}

function isCorrection({ change }: CandleNews): boolean {
  return change === 'corrected';
}
