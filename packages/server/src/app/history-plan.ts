import {
  type Interval,
  granularityOf,
  intervalOf,
  intervalStart,
  nextIntervalStart,
  parseInstrument,
} from '@tickwire/protocol';
import { ConfigError } from '../domain/errors.ts';
import type { TimeSpan } from '../domain/gaps.ts';
import { isCryptoInstrument } from '../domain/instrument-family.ts';
import { resolveInstrument } from '../feeds/bybit/topics.ts';
import type { CandleHistory } from '../ports/history.ts';
import type { CandleSeriesKey } from '../ports/store.ts';
import { FX_INTERVALS } from '../tape/fx-candles.ts';
import type { Config } from './config.ts';
import type { HistoryConfig } from './history-config.ts';
import { type HistoryRequest, MAX_DAYS } from './history-request.ts';
import { keptSeries } from './kept-series.ts';

/** A series and the span of it that a command is about. */
export interface PlannedSeries extends CandleSeriesKey, TimeSpan {}

export interface HistoryPlanOptions {
  readonly config: Pick<Config, 'oanda' | 'bybit'>;
  readonly history: Pick<HistoryConfig, 'backfillDays' | 'retentionDays'>;
  readonly historyOf: (instrument: string) => CandleHistory | undefined;
  /** What time it is at the venue of an instrument: epoch milliseconds. */
  readonly now: (instrument: string) => number;
}

/** What a request means; throws a ConfigError, with the option of the command line, for nonsense. */
export interface HistoryPlan {
  /** What to fetch: without instruments, all that the configuration names. */
  toBackfill(request: HistoryRequest): readonly PlannedSeries[];
  /**
   * What to look at: the series there are and those that are kept, or those of the instruments that
   * are named.
   */
  toCheck(request: HistoryRequest, stored: readonly CandleSeriesKey[]): readonly PlannedSeries[];
  /**
   * The first candle of `BACKFILL_DAYS`, from which on a series is kept whatever there is of it;
   * undefined where it is not.
   */
  keptFrom(series: CandleSeriesKey): number | undefined;
  /** What to say where there are candles too old to be kept; undefined where all will be. */
  warningOf(planned: readonly PlannedSeries[]): string | undefined;
}

const DAY_MS = 86_400_000;
const DEFAULT_INTERVAL: Interval = '60';
/** OANDA completes a candle 1 to 45 s after its end: before that, nothing is missing. */
const COMPLETION_MS = 60_000;

export function createHistoryPlan(options: HistoryPlanOptions): HistoryPlan {
  const { config, history, historyOf, now } = options;
  const usualCategory = config.bybit?.category ?? 'linear';

  function instrumentOf(text: string): string {
    const name = parseInstrument(text);
    if (name === undefined) {
      throw new ConfigError(
        `--instrument: expected a name such as EUR_USD or BTCUSDT, got '${text}'`,
      );
    }
    const instrument = isCryptoInstrument(name)
      ? resolveInstrument(name, usualCategory).instrument
      : name;
    if (historyOf(instrument) === undefined) {
      throw new ConfigError(
        `--instrument: expected one of a venue that FEEDS names, got ${instrument}`,
      );
    }
    return instrument;
  }

  function namedInstruments({ instruments }: HistoryRequest): readonly string[] | undefined {
    return instruments && [...new Set(instruments.map(instrumentOf))];
  }

  const followed = keptSeries(config)
    .filter(({ isBackfilled }) => isBackfilled)
    .map(({ instrument, interval }) => ({ instrument, interval }));
  const kept = history.backfillDays > 0 ? followed : [];

  function configuredInstruments(): readonly string[] {
    if (followed.length === 0) {
      throw new ConfigError('FEEDS: expected a venue to ask, got none');
    }
    return followed.map(({ instrument }) => instrument);
  }

  function spanOf({ instrument, interval }: CandleSeriesKey, request: HistoryRequest): TimeSpan {
    const { days = history.backfillDays } = request;
    if (request.days !== undefined && request.from !== undefined) {
      throw new ConfigError('--days: expected either --days or --from, got both');
    }
    const latest = intervalStart(interval, now(instrument) - COMPLETION_MS);
    const to = Math.min(request.to ?? latest, latest);
    const from = request.from ?? intervalStart(interval, to - days * DAY_MS);
    if (request.from !== undefined && from >= to) {
      throw new ConfigError(
        `--from: expected a time before ${minuteOf(to)}, got ${minuteOf(from)}`,
      );
    }
    if (to - from > (MAX_DAYS + 31) * DAY_MS) {
      throw new ConfigError(
        `--from: expected at most ${MAX_DAYS} days until ${minuteOf(to)}, got ${minuteOf(from)}`,
      );
    }
    return { from, to };
  }

  return {
    toBackfill(request) {
      const instruments = namedInstruments(request) ?? configuredInstruments();
      const interval = intervalIn(request) ?? DEFAULT_INTERVAL;
      return instruments.map((instrument) => {
        const series = { instrument, interval };
        refuseUnservable(series);
        return { ...series, ...spanOf(series, request) };
      });
    },
    toCheck(request, stored) {
      const interval = intervalIn(request);
      const missing = kept.filter((of) => !stored.some((other) => isSameSeries(of, other)));
      const all = [...stored, ...missing].filter(
        (series) => isServed(series) && (interval ?? series.interval) === series.interval,
      );
      const series =
        namedInstruments(request)?.flatMap((instrument): readonly CandleSeriesKey[] => {
          const own = all.filter((other) => other.instrument === instrument);
          return own.length > 0 ? own : [{ instrument, interval: interval ?? DEFAULT_INTERVAL }];
        }) ?? all;
      series.forEach(refuseUnservable);
      return series.map((of) => ({ ...of, ...spanOf(of, request) }));
    },
    keptFrom(series) {
      // As the keeper has it: an hour that began before the window is not a part of it.
      const from = now(series.instrument) - history.backfillDays * DAY_MS;
      const start = intervalStart(series.interval, from);
      const next = nextIntervalStart(series.interval, start);
      const isKept = kept.some((other) => isSameSeries(series, other));
      return isKept ? (start < from ? next : start) : undefined;
    },
    warningOf(planned) {
      const { retentionDays } = history;
      const keptMs = (retentionDays + 1) * DAY_MS;
      const isTooOld = planned.some(({ instrument, from }) => from < now(instrument) - keptMs);
      return retentionDays !== 0 && isTooOld
        ? `What is older than the ${retentionDays} days of DATA_RETENTION_DAYS will be dropped again`
        : undefined;
    },
  };
}

/** Whether two are the candles of one instrument and width. */
export function isSameSeries(one: CandleSeriesKey, other: CandleSeriesKey): boolean {
  return one.instrument === other.instrument && one.interval === other.interval;
}

/** A time as people read it: UTC, to the minute. */
export function minuteOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16)}Z`;
}

function intervalIn({ granularity }: HistoryRequest): Interval | undefined {
  if (granularity === undefined) {
    return undefined;
  }
  const interval = intervalOf(granularity);
  if (interval === undefined) {
    throw new ConfigError(
      `--granularity: expected a width such as M1, M5, M15, H1 or 60, got '${granularity}'`,
    );
  }
  return interval;
}

/** Of FX there are only those candles that begin where ours do. */
function isServed({ instrument, interval }: CandleSeriesKey): boolean {
  return isCryptoInstrument(instrument) || (FX_INTERVALS as readonly Interval[]).includes(interval);
}

function refuseUnservable(series: CandleSeriesKey): void {
  if (!isServed(series)) {
    const served = FX_INTERVALS.map((interval) => granularityOf(interval)).join(', ');
    throw new ConfigError(
      `--granularity: expected one of ${served} for ${series.instrument}, ` +
        `got ${granularityOf(series.interval)}`,
    );
  }
}
