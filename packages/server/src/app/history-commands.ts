import type { Gap } from '../domain/gaps.ts';
import type { Backfiller } from '../jobs/backfill.ts';
import type { Store } from '../ports/store.ts';
import { fillSeries } from './fill-series.ts';
import { type HistoryPlan, type PlannedSeries, isSameSeries } from './history-plan.ts';
import type {
  BackfillAnswer,
  BackfillRequest,
  GapsAnswer,
  GapsRequest,
  HistoryCommands,
  HistoryRequest,
  HistoryWatch,
  SeriesGaps,
} from './history-request.ts';

export interface HistoryCommandsOptions {
  readonly plan: HistoryPlan;
  readonly backfiller: Pick<Backfiller, 'gaps' | 'fill'>;
  readonly store: Pick<Store, 'series' | 'candles'>;
}

/** The commands over a store that is open. */
export function createHistoryCommands(options: HistoryCommandsOptions): HistoryCommands {
  const { plan, backfiller, store } = options;

  async function backfill(request: BackfillRequest, watch: HistoryWatch): Promise<BackfillAnswer> {
    const isAnew = request.isAnew === true;
    const planned = plan.toBackfill(request);
    warnOfRetention(planned, watch);
    const filled = await fillSeries(planned, backfiller, watch, { isAnew });
    const series = await inTurn(filled, watch, async ({ series: of, saved, report, failure }) => {
      // A fill anew calls missing what the venue did not tell, whether it is there or not.
      const missing = report && !isAnew ? report.missing : countOf(await gapsOf(of));
      return { ...of, saved, absent: report?.absent ?? 0, missing, ...(failure && { failure }) };
    });
    return { series };
  }

  async function gaps(request: GapsRequest, watch: HistoryWatch): Promise<GapsAnswer> {
    const stored = plan.toCheck(request, await store.series());
    const planned = isAboutWindow(request) ? stored : await inTurn(stored, watch, sinceBegin);
    const found = await inTurn(planned, watch, async (of): Promise<SeriesGaps> => {
      return { ...of, gaps: await gapsOf(of), saved: 0 };
    });
    const incomplete = planned.filter((_, index) => found[index]?.gaps.length !== 0);
    if (!request.fill || incomplete.length === 0) {
      return { series: found };
    }
    warnOfRetention(incomplete, watch);
    const filled = await fillSeries(incomplete, backfiller, watch);
    const left = await inTurn(filled, watch, async ({ series: of, saved, failure }) => {
      return { ...of, gaps: await gapsOf(of), saved, ...(failure && { failure }) };
    });
    return {
      series: found.map((before) => left.find((after) => isSameSeries(before, after)) ?? before),
    };
  }

  function gapsOf({ instrument, interval, from, to }: PlannedSeries): Promise<readonly Gap[]> {
    return backfiller.gaps({ instrument, interval }, { from, to });
  }

  /** What there could be from before a series began, nobody has asked for, unless it is kept. */
  async function sinceBegin(series: PlannedSeries): Promise<PlannedSeries> {
    const { instrument, interval, from, to } = series;
    const query = { instrument, interval, to, limit: 1, pick: 'oldest' } as const;
    const [first] = await store.candles(query);
    const begins = [first?.start, plan.keptFrom(series)].filter((time) => time !== undefined);
    return begins.length === 0 ? series : { ...series, from: Math.max(from, Math.min(...begins)) };
  }

  function warnOfRetention(planned: readonly PlannedSeries[], { onWarning }: HistoryWatch): void {
    const warning = plan.warningOf(planned);
    if (warning !== undefined) {
      onWarning(warning);
    }
  }

  return { backfill, gaps };
}

/** Whether the request itself says what there ought to be. */
function isAboutWindow({ instruments, days, from }: HistoryRequest): boolean {
  return instruments !== undefined && (days !== undefined || from !== undefined);
}

/** One after another, and not on once the signal has aborted. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  { signal }: HistoryWatch,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    signal.throwIfAborted();
    results.push(await work(item));
  }
  signal.throwIfAborted();
  return results;
}

function countOf(gaps: readonly Gap[]): number {
  return gaps.reduce((total, { count }) => total + count, 0);
}
