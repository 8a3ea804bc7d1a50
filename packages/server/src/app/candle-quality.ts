import { intervalStart } from '@tickwire/protocol';
import type { SeriesQuality, SpanQuality } from '../api/rest-sources.ts';
import { countCandles } from '../domain/candle-coverage.ts';
import type { TimeSpan } from '../domain/gaps.ts';
import { searchGaps } from '../jobs/gap-search.ts';
import type { KeptSeries } from '../jobs/history-keeper.ts';
import type { Store } from '../ports/store.ts';

export interface CandleQualityOptions {
  readonly store: Pick<Store, 'candles' | 'confirmedStarts' | 'absences'>;
  readonly series: readonly KeptSeries[];
  /** How far back there are to be candles of a series that is backfilled. */
  readonly backfillMs: number;
  /** What time it is at the venue of an instrument: epoch milliseconds. */
  readonly now: (instrument: string) => number;
}

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;
/** OANDA completes a candle 1 to 45 s after its end: before that, nothing is missing. */
const COMPLETION_MS = 60_000;

/**
 * How complete the candles of each instrument are, over the last 24 hours and 30 days. A series that
 * is not backfilled ought to be complete from its first candle on. Rejects with a StoreError.
 */
export async function readCandleQuality(
  options: CandleQualityOptions,
): Promise<ReadonlyMap<string, readonly SeriesQuality[]>> {
  const found = new Map<string, SeriesQuality[]>();
  for (const series of options.series) {
    const { instrument, interval } = series;
    const lastMonth = await windowOf(series, options);
    const dayBefore = options.now(instrument) - DAY_MS;
    const lastDay = { ...lastMonth, from: Math.max(lastMonth.from, dayBefore) };
    const quality = {
      interval,
      lastDay: await qualityOf(series, lastDay, options),
      lastMonth: await qualityOf(series, lastMonth, options),
    };
    found.set(instrument, [...(found.get(instrument) ?? []), quality]);
  }
  return found;
}

/** As the keeper has it, an hour that began before a window is not a part of it. */
async function windowOf(
  { instrument, interval, isBackfilled }: KeptSeries,
  { store, backfillMs, now }: CandleQualityOptions,
): Promise<TimeSpan> {
  const time = now(instrument);
  const to = intervalStart(interval, time - COMPLETION_MS);
  const month = { from: time - MONTH_MS, to };
  const [first] = await store.candles({ instrument, interval, ...month, limit: 1, pick: 'oldest' });
  const backfilled = isBackfilled ? Math.max(month.from, time - backfillMs) : to;
  return { from: Math.min(first?.start ?? to, backfilled), to };
}

async function qualityOf(
  series: KeptSeries,
  span: TimeSpan,
  { store }: CandleQualityOptions,
): Promise<SpanQuality> {
  let [expected, present, absent] = [0, 0, 0];
  const gaps = await searchGaps({
    series,
    span,
    look: async (part) => {
      const starts = await store.confirmedStarts(series, part);
      const absences = await store.absences(series, part);
      const count = countCandles(series, part, starts, absences);
      expected += count.expected;
      present += count.present;
      absent += count.absent;
      return { present: starts, absences };
    },
  });
  const missing = gaps.reduce((total, { count }) => total + count, 0);
  return { expected, present, absent, missing, gaps: gaps.length };
}
