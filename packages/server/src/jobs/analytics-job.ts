import type { MarketEvent } from '@tickwire/protocol';
import type { AnalyticsStore } from '../ports/analytics-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobReport } from '../ports/job.ts';
import type { Logger } from '../ports/logger.ts';
import { StoreError, toError } from '../domain/errors.ts';
import type { CandleWait } from './candle-wait.ts';

/** As much of the cache as jobs write; both reject where it may not have been done. */
export interface AnalyticsCache {
  /** Puts fields in the place of all that a key has, for `ttlMs` milliseconds. */
  setFields(
    key: `metrics:${string}`,
    fields: Readonly<Record<string, string>>,
    ttlMs: number,
  ): Promise<void>;
  /** Puts a text in the place of what a key has. */
  setText(
    key: 'correlation:matrix' | `best_pairs:${string}`,
    text: string,
    ttlMs: number,
  ): Promise<void>;
}

/** What jobs that compute something have in common. */
export interface AnalyticsJobOptions {
  /** Of which it is computed. */
  readonly instruments: () => readonly string[];
  /** Those of them whose candles somebody fetches: what is missing of them will come. */
  readonly awaited: () => readonly string[];
  readonly candles: Pick<CandleWait, 'untilThere'>;
  readonly store: AnalyticsStore;
  readonly cache: AnalyticsCache;
  readonly publish: (event: MarketEvent) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Does the work for each instrument in turn. One that fails fails itself alone: it is told of in the
 * report. Rejects where all fail, with the reason of the first; where the database is the reason,
 * which would be everybody's; and with the signal's reason once it has aborted.
 */
export async function forEachInstrument(
  instruments: readonly string[],
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
  work: (instrument: string) => Promise<void>,
): Promise<JobReport['failures']> {
  const errors: { readonly instrument: string; readonly error: Error }[] = [];
  for (const instrument of instruments) {
    signal.throwIfAborted();
    try {
      await work(instrument);
    } catch (thrown) {
      if (thrown instanceof StoreError) {
        throw thrown;
      }
      const error = toError(thrown);
      logger.error({ err: error, instrument }, 'Nothing could be computed of an instrument');
      errors.push({ instrument, error });
    }
  }
  const [first] = errors;
  if (first !== undefined && errors.length === instruments.length) {
    throw first.error;
  }
  return errors.map(({ instrument, error }) => `${instrument}: ${error.message}`);
}

/** Writes to the cache, which whoever reads can do without: what fails is logged, and that is all. */
export async function writeCache(writes: readonly Promise<void>[], logger: Logger): Promise<void> {
  const results = await Promise.allSettled(writes);
  const errors = results.flatMap((result): unknown[] =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  if (errors.length > 0) {
    const fields = { err: errors[0], count: errors.length };
    logger.warn(fields, 'The cache does not have what is new');
  }
}
