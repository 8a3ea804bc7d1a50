import { ConfigError } from '../domain/errors.ts';
import { Backfiller } from '../jobs/backfill.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { createStore } from '../storage/index.ts';
import type { Config } from './config.ts';
import type { HistoryConfig } from './history-config.ts';
import { createHistoryCommands } from './history-commands.ts';
import { createHistoryPlan } from './history-plan.ts';
import type { HistoryCommands } from './history-request.ts';
import { createVenueSources } from './venue-sources.ts';

export interface OpenHistoryOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The history where no server runs. */
export interface OpenHistory {
  readonly commands: HistoryCommands;
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
  const store = createStore({ database: history.database, clock, logger });
  const sources = createVenueSources({ config, clock, logger });
  const close = async (): Promise<void> => {
    await sources.simulator?.close();
    await store.close();
  };
  try {
    await store.start();
    await sources.simulator?.start();
    await store.claim(sources.origins(), false);
  } catch (error) {
    await close();
    throw error;
  }
  const historyOf = (instrument: string) => sources.historyOf(instrument);
  const onNews = (): void => {
    // Nobody follows a channel here.
  };
  const backfiller = new Backfiller({ store, historyOf, onNews, clock });
  const plan = createHistoryPlan({ config, history, historyOf, now: () => clock.now() });
  return { commands: createHistoryCommands({ plan, backfiller, store }), close };
}
