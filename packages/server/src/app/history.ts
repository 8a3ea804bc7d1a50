import type { Channel } from '@tickwire/protocol';
import { StoreError } from '../domain/errors.ts';
import { inTime } from '../domain/in-time.ts';
import { isAlert } from '../domain/kept-alert.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import { Backfiller } from '../jobs/backfill.ts';
import { HistoryKeeper, type KeptSeries } from '../jobs/history-keeper.ts';
import { Retention } from '../jobs/retention.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { CandleNews } from '../ports/store.ts';
import { DirectoryLock } from '../storage/directory-lock.ts';
import { createStore } from '../storage/index.ts';
import { createOverflowFile } from '../storage/overflow-file.ts';
import type { CandleIntake } from '../tape/candle-intake.ts';
import type { LastValues } from '../tape/last-values.ts';
import { Recorder } from '../tape/recorder.ts';
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
import { type WarmStartOptions, recallAll, recallCandlesInTime } from './warm-start.ts';

export interface HistoryOptions {
  readonly config: Config;
  readonly history: HistoryConfig;
  readonly sources: VenueSources;
  readonly bus: Bus;
  readonly candles: Pick<CandleIntake, 'correct' | 'has' | 'resume'>;
  readonly lastValues: LastValues;
  readonly trackedPairs: readonly string[];
  /** The series that are kept whole. */
  readonly series: readonly KeptSeries[];
  /** The candles that are followed from the start. */
  readonly followed: readonly CandleChannel[];
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
const WATCH_SHARE = 0.1;
const STORE_SHARE = 0.2;

export type History = ReturnType<typeof composeHistory>;

/** Wires what keeps the past: the store, the recorder, and the jobs that keep it whole. */
export function composeHistory(options: HistoryOptions) {
  const { shutdownTimeoutMs } = options.config;
  const { config, history, sources, bus, candles, lastValues, trackedPairs, clock, logger } =
    options;
  const records = config.roles.includes('ingest');
  const store = createStore({ database: history.database, clock, logger });
  const overflow = createOverflowFile({
    path: () => overflowPath(history.directory, sources.origins()),
    maxBytes: OVERFLOW_BYTES,
    logger,
  });
  const warmStart: WarmStartOptions = {
    store,
    lastValues,
    isFollowed: (channel) => candles.has(channel),
    resume: (channel, known) => {
      candles.resume(channel, known);
      // Another process may have told of newer ones.
      if (lastValues.candles(channel) === undefined) {
        lastValues.setCandles(channel, known);
      }
    },
    pairs: trackedPairs,
    clock,
    logger,
  };
  let isStarted = false;
  const startStore = async (): Promise<void> => {
    if (!isStarted) {
      await store.start();
      isStarted = true;
    }
  };
  const recall = async (channel: Channel): Promise<void> => {
    if (channel.kind === 'candles' && watch.isOpen && watch.trouble === undefined) {
      await recallCandlesInTime(channel, warmStart);
    }
  };
  const watch = new DatabaseWatch({
    open: async () => {
      await startStore();
      for (const venue of await store.claim(sources.origins(), true)) {
        logger.warn({ venue }, 'Dropped the simulated history of another market');
      }
      const instruments = [...trackedPairs, ...config.cryptoInstruments];
      await recallAll({ instruments, channels: options.followed }, warmStart);
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
    onFilled: (count) => {
      bus.publish({ type: 'dataReady', dataType: 'candles', count });
    },
    clock,
    logger,
  });
  const recorder = new Recorder({
    // Each process records what it has published, so that of several none records it again. Alerts
    // are few, and are kept once anyway: whoever has published one may be one that keeps nothing.
    bus: {
      subscribe: (subscriber) =>
        bus.subscribe((envelope) => {
          if (bus.isOwn(envelope) || isAlert(envelope.event)) {
            subscriber(envelope);
          }
        }),
    },
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
  const retention = new Retention({
    store,
    opened: watch.opened,
    now: () => keeper.now(),
    retentionMs: history.retentionDays === 0 ? undefined : history.retentionDays * DAY_MS,
    quoteRetentionMs: history.quoteRetentionHours * HOUR_MS,
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
    commands: createHistoryCommands({ plan, backfiller, store }),
    logger,
  });
  let lock: DirectoryLock | undefined;
  /** A database that does not answer must not take the time that others need to stop. */
  const within = async (share: number, closing: Promise<unknown>): Promise<void> => {
    await inTime(closing, shutdownTimeoutMs * share, clock);
  };

  const storePart: Part = {
    name: 'store',
    start: async () => {
      if (records) {
        await makeDataDirectory(history.directory);
      }
      if (records && history.database.type === 'postgres') {
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
      await within(STORE_SHARE, store.close());
      await lock?.release();
    },
  };
  const historyPart: Part = {
    name: 'history',
    start: async () => {
      if (records) {
        await overflow.start().catch((error: unknown) => {
          throw unusable(history.directory, error);
        });
      }
      await watch.start(mayComeLater);
    },
    close: () => within(WATCH_SHARE, watch.close()),
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
      // Whoever drops what is old goes by the time of the venues.
      keeper.listen();
      if (records) {
        keeper.start();
      }
      if (config.roles.includes('jobs')) {
        retention.start();
      }
    },
    close: () => within(JOBS_SHARE, Promise.all([keeper.close(), retention.close()])),
  };
  const controlPart: Part = {
    name: 'control socket',
    start: () => control.start(),
    close: () => within(JOBS_SHARE, control.close()),
  };
  return {
    storePart,
    /** In the order in which they start, once the simulator has. */
    parts: [
      historyPart,
      ...(records ? [recorderPart] : []),
      jobsPart,
      ...(records ? [controlPart] : []),
    ],
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
