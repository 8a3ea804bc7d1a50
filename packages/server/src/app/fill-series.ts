import { FeedError } from '../domain/errors.ts';
import type { BackfillReport, Backfiller, FillOptions } from '../jobs/backfill.ts';
import { SERIES_AT_ONCE, historyVenueOf } from '../jobs/history-venue.ts';
import type { HistoryVenue } from '../ports/store.ts';
import type { PlannedSeries } from './history-plan.ts';
import type { HistoryWatch, SeriesFailure } from './history-request.ts';

/** What became of a series. */
export interface FilledSeries {
  readonly series: PlannedSeries;
  readonly saved: number;
  /** Undefined where there is a failure. */
  readonly report: BackfillReport | undefined;
  readonly failure: SeriesFailure | undefined;
}

/**
 * Fills many series, as many of each venue at once as its limits allow; resolves in their order. A
 * venue's refusal of one series is the failure of that one, any other FeedError that of all which
 * wait for the same venue. Everything else ends it all, and so does the signal: it rejects once
 * nothing runs any more.
 */
export async function fillSeries(
  planned: readonly PlannedSeries[],
  backfiller: Pick<Backfiller, 'fill'>,
  { signal, onProgress }: HistoryWatch,
  how: Pick<FillOptions, 'isAnew'> = {},
): Promise<readonly FilledSeries[]> {
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const filled = new Map<PlannedSeries, FilledSeries>();
  const shares = new Map<PlannedSeries, number>();

  /** Resolves with the failure, if there was one. */
  async function fill(
    series: PlannedSeries,
    outage: FeedError | undefined,
  ): Promise<FeedError | undefined> {
    const { instrument, interval, from, to } = series;
    let saved = 0;
    const tell = (done: number, total: number): void => {
      shares.set(series, total === 0 ? 1 : done / total);
      const share = [...shares.values()].reduce((sum, part) => sum + part, 0) / planned.length;
      onProgress({ instrument, interval, done, total, share });
    };
    try {
      if (outage !== undefined) {
        throw outage;
      }
      const report = await backfiller.fill(
        { instrument, interval },
        { from, to },
        {
          ...how,
          signal: ended,
          onProgress: (progress) => {
            saved = progress.saved;
            tell(progress.done, progress.total);
          },
        },
      );
      filled.set(series, { series, saved: report.saved, report, failure: undefined });
      return undefined;
    } catch (error) {
      ended.throwIfAborted();
      if (!(error instanceof FeedError)) {
        throw error;
      }
      const { code, message } = error;
      filled.set(series, { series, saved, report: undefined, failure: { code, message } });
      return error;
    } finally {
      shares.set(series, 1);
    }
  }

  async function fillVenue(venue: HistoryVenue): Promise<void> {
    const waiting = planned.filter(({ instrument }) => historyVenueOf(instrument) === venue);
    let outage: FeedError | undefined;
    const work = async (): Promise<void> => {
      for (let series = waiting.shift(); series !== undefined; series = waiting.shift()) {
        ended.throwIfAborted();
        const error = await fill(series, outage);
        outage ??= error?.code === 'FEED_REFUSED' ? undefined : error;
      }
    };
    await settleAll(Array.from({ length: SERIES_AT_ONCE[venue] }, work), stop);
  }

  await settleAll([fillVenue('oanda'), fillVenue('bybit')], stop);
  signal.throwIfAborted();
  return planned.flatMap((series) => filled.get(series) ?? []);
}

/** Rejects with the first failure, once it has ended the others and they have settled. */
async function settleAll(tasks: readonly Promise<void>[], stop: AbortController): Promise<void> {
  try {
    await Promise.all(tasks);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(tasks);
    throw error;
  }
}
