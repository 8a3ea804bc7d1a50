import { inTime } from '../domain/in-time.ts';
import { isAlert } from '../domain/kept-alert.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import { Backfiller } from '../jobs/backfill.ts';
import { HistoryKeeper } from '../jobs/history-keeper.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { CandleNews } from '../ports/store.ts';
import { createStores } from '../storage/index.ts';
import { createOverflowFile } from '../storage/overflow-file.ts';
import type { CandleIntake } from '../tape/candle-intake.ts';
import type { LastValues } from '../tape/last-values.ts';
import { Recorder } from '../tape/recorder.ts';
import { type AnalyticsOptions, FIRST_CANDLES_MS, composeAnalytics } from './analytics.ts';
import type { Config } from './config.ts';
import { controlPath } from './control-path.ts';
import { createControlServer } from './control-server.ts';
import { overflowPath } from './data-directory.ts';
import { createHistoryCommands } from './history-commands.ts';
import type { HistoryConfig } from './history-config.ts';
import { createHistoryPlan } from './history-plan.ts';
import { isCandleChannel, keptSeries } from './kept-series.ts';
import type { Part } from './lifecycle.ts';
import { composeStoreOpening } from './store-opening.ts';
import type { VenueSources } from './venue-sources.ts';
import { configuredChannels } from './venues.ts';

export interface HistoryOptions {
  readonly config: Config;
  readonly history: HistoryConfig;
  readonly sources: VenueSources;
  readonly bus: Bus;
  readonly candles: Pick<CandleIntake, 'correct' | 'has' | 'resume'>;
  readonly lastValues: LastValues;
  /** What is computed of what is kept, and where it is told. */
  readonly analytics: Pick<AnalyticsOptions, 'instruments' | 'fetched' | 'priceCount' | 'cache'>;
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
  const { config, history, sources, bus, candles, clock, logger } = options;
  const records = config.roles.includes('ingest');
  const runsJobs = config.roles.includes('jobs');
  const series = keptSeries(config);
  const stores = createStores({ database: history.database, clock, logger });
  const { store } = stores;
  const overflow = createOverflowFile({
    path: () => overflowPath(history.directory, sources.origins()),
    maxBytes: OVERFLOW_BYTES,
    logger,
  });
  const opening = composeStoreOpening({
    ...options,
    records,
    store,
    overflow,
    followed: configuredChannels(config.bybit).filter(isCandleChannel),
    onRecovered: () => {
      keeper.check();
    },
  });
  const { watch } = opening;
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
    series: () => series,
    backfillMs: history.backfillDays * DAY_MS,
    firstMs: FIRST_CANDLES_MS,
    onFilled: (count) => {
      bus.publish({ type: 'dataReady', dataType: 'candles', count });
    },
    clock,
    logger,
  });
  const recorder = new Recorder({
    // Each process records what it has published, so that of several none records it again. Alerts
    // are few, and are kept once anyway: by all who ingest, because whoever has published one may
    // keep nothing, and by all who make them, because nobody may ingest.
    bus: {
      subscribe: (subscriber) =>
        bus.subscribe((envelope) => {
          if ((records && bus.isOwn(envelope)) || isAlert(envelope.event)) {
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
  const analytics = composeAnalytics({
    ...options.analytics,
    config,
    history,
    stores,
    opened: watch.opened,
    backfiller,
    hasAsked: (of, span) => keeper.hasAsked(of, span),
    venueNow: (instrument) => keeper.now(instrument),
    publish: (event) => {
      bus.publish(event);
    },
    clock,
    logger,
  });
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
  /** A database that does not answer must not take the time that others need to stop. */
  const within = async (share: number, closing: Promise<unknown>): Promise<void> => {
    await inTime(closing, shutdownTimeoutMs * share, clock);
  };

  const storePart: Part = {
    name: 'store',
    start: () => opening.startStore(),
    close: async () => {
      await within(STORE_SHARE, store.close());
      await opening.release();
    },
  };
  const historyPart: Part = {
    name: 'history',
    start: () => opening.open(),
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
      if (runsJobs) {
        analytics.start();
      }
    },
    close: () => within(JOBS_SHARE, Promise.all([keeper.close(), analytics.close()])),
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
      ...(records || runsJobs ? [recorderPart] : []),
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
    /** What is computed of what is kept. */
    computed: stores.analytics,
    /** What time it is at the venue of an instrument: epoch milliseconds. */
    venueNow: (instrument: string) => keeper.now(instrument),
    /** Takes back what the store has of a channel that nobody has followed yet. */
    recall: opening.recall,
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
