import { ConfigError } from '../domain/errors.ts';
import { Backfiller } from '../jobs/backfill.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { createStores } from '../storage/index.ts';
import { composeAnalytics } from './analytics.ts';
import type { Config } from './config.ts';
import type { HistoryConfig } from './history-config.ts';
import { createHistoryCommands } from './history-commands.ts';
import { createHistoryPlan } from './history-plan.ts';
import type { HistoryCommands } from './history-request.ts';
import type { JobCommands } from './job-request.ts';
import { knownInstruments } from './kept-series.ts';
import { createVenueSources } from './venue-sources.ts';

export interface OpenHistoryOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The history where no server runs. */
export interface OpenHistory {
  readonly commands: HistoryCommands & JobCommands;
  /** Ends everything and gives the database back. */
  close(): Promise<void>;
}

/** What is kept, and where; throws a ConfigError where nothing is. */
export function requireHistory({ history }: Pick<Config, 'history'>): HistoryConfig {
  if (history === undefined) {
    throw new ConfigError(
      'DATA_DIR: expected a directory, because this is about what is kept in it, got none',
    );
  }
  return history;
}

/**
 * Opens the store and whom there is to ask, the built-in simulator included. Rejects with a
 * ConfigError where nothing is kept, and with a StoreError, `STORE_LOCKED` where a server has it.
 */
export async function openHistory(options: OpenHistoryOptions): Promise<OpenHistory> {
  const { config, clock, logger } = options;
  const history = requireHistory(config);
  const stores = createStores({ database: history.database, clock, logger });
  const { store } = stores;
  const sources = createVenueSources({ config, clock, logger });
  const close = async (): Promise<void> => {
    await analytics.close();
    await sources.simulator?.close();
    await store.close();
  };
  const historyOf = (instrument: string) => sources.historyOf(instrument);
  const onNews = (): void => {
    // Nobody follows a channel here.
  };
  const backfiller = new Backfiller({ store, historyOf, onNews, clock });
  const plan = createHistoryPlan({ config, history, historyOf, now: () => clock.now() });
  const analytics = composeAnalytics({
    config,
    history,
    stores,
    opened: Promise.resolve(),
    backfiller,
    instruments: knownInstruments(config),
    // Nobody fetches any here: what there is counts.
    fetched: [],
    venueNow: () => clock.now(),
    priceCount: () => 0,
    publish: onNews,
    cache: { setFields: () => Promise.resolve(), setText: () => Promise.resolve() },
    clock,
    logger,
  });
  try {
    await store.start();
    await sources.simulator?.start();
    await store.claim(sources.origins(), false);
    await analytics.settleInterrupted();
  } catch (error) {
    await close();
    throw error;
  }
  const commands = { ...createHistoryCommands({ plan, backfiller, store }), ...analytics.commands };
  return { commands, close };
}
