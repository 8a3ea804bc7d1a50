import type { Channel } from '@tickwire/protocol';
import { StoreError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { CandleOverflow } from '../ports/overflow.ts';
import type { Store } from '../ports/store.ts';
import { DirectoryLock } from '../storage/directory-lock.ts';
import type { CandleIntake } from '../tape/candle-intake.ts';
import type { LastValues } from '../tape/last-values.ts';
import type { Config } from './config.ts';
import { makeDataDirectory, unusable } from './data-directory.ts';
import { DatabaseWatch } from './database-watch.ts';
import type { HistoryConfig } from './history-config.ts';
import type { CandleChannel } from './kept-series.ts';
import type { VenueSources } from './venue-sources.ts';
import { type WarmStartOptions, recallAll, recallCandlesInTime } from './warm-start.ts';

export interface StoreOpeningOptions {
  readonly config: Pick<Config, 'cryptoInstruments' | 'trackedPairs'>;
  readonly history: HistoryConfig;
  /** Whether this process keeps what passes, and has the directory for itself. */
  readonly records: boolean;
  readonly store: Store;
  readonly overflow: CandleOverflow & { start(): Promise<void> };
  readonly sources: Pick<VenueSources, 'origins'>;
  readonly candles: Pick<CandleIntake, 'has' | 'resume'>;
  readonly lastValues: LastValues;
  /** The candles that are followed from the start. */
  readonly followed: readonly CandleChannel[];
  /** The database can be used again. */
  readonly onRecovered: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Wires how the database and its directory are opened, and what is taken back from them then. */
export function composeStoreOpening(options: StoreOpeningOptions) {
  const { config, history, records, store, overflow, sources, candles, lastValues } = options;
  const { clock, logger } = options;
  const { trackedPairs, cryptoInstruments } = config;
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
  const watch = new DatabaseWatch({
    open: async () => {
      await startStore();
      for (const venue of await store.claim(sources.origins(), true)) {
        logger.warn({ venue }, 'Dropped the simulated history of another market');
      }
      const instruments = [...trackedPairs, ...cryptoInstruments];
      await recallAll({ instruments, channels: options.followed }, warmStart);
    },
    ping: () => store.ping(),
    onRecovered: options.onRecovered,
    clock,
    logger,
  });
  /** A server that is down now will be there; a directory that cannot be used will not. */
  const mayComeLater = (error: Error): boolean =>
    history.database.type === 'postgres' && error instanceof StoreError && error.retryable;
  let lock: DirectoryLock | undefined;
  return {
    watch,
    /** Makes the directory, takes it, and connects to the database if that can be done now. */
    startStore: async (): Promise<void> => {
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
    /** Opens what waits in a file, and the database as soon as it is there. */
    open: async (): Promise<void> => {
      if (records) {
        await overflow.start().catch((error: unknown) => {
          throw unusable(history.directory, error);
        });
      }
      await watch.start(mayComeLater);
    },
    /** Gives the directory back. */
    release: async (): Promise<void> => {
      await lock?.release();
    },
    /** Takes back what the store has of a channel that nobody has followed yet. */
    recall: async (channel: Channel): Promise<void> => {
      if (channel.kind === 'candles' && watch.isOpen && watch.trouble === undefined) {
        await recallCandlesInTime(channel, warmStart);
      }
    },
  };
}
