import { type MarketEvent, backoffDelayMs, intervalStart } from '@tickwire/protocol';
import { toError } from '../domain/errors.ts';
import type { TimeSpan } from '../domain/gaps.ts';
import { Spacing } from '../domain/spacing.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { CandleSeriesKey, Store } from '../ports/store.ts';
import type { Backfiller } from './backfill.ts';
import { passThrough } from './fill-pass.ts';
import { Trigger } from './trigger.ts';
import { VenueTime } from './venue-time.ts';

/** Candles that are to be complete. */
export interface KeptSeries extends CandleSeriesKey {
  /** Over the whole window; others are from their first candle in the store on. */
  readonly isBackfilled: boolean;
}

export interface VenueKeeperOptions {
  /** How many series are filled at once. */
  readonly atOnce: number;
  readonly series: () => readonly KeptSeries[];
  /** How far back the window reaches. */
  readonly backfillMs: number;
  /** How far back of all series is filled first, as soon as the venue is heard of. */
  readonly firstMs?: number;
  readonly backfiller: Pick<Backfiller, 'fill'>;
  readonly store: Pick<Store, 'candles'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after a pass that has saved candles, with how many. */
  readonly onFilled: (saved: number) => void;
}

/** How complete the candles of one venue are. */
export interface VenueKeeperHealth {
  readonly isFilling: boolean;
  /** How many series missed candles when they were last looked at. */
  readonly incompleteSeries: number;
  /** How many candles were fetched so far. */
  readonly filledCandles: number;
  /** What kept candles from being fetched the last time; for people, and public. */
  readonly reason?: string;
}

/** Who follows live is to complete the last candle before we look. */
const SETTLE_MS = 5_000;
/** OANDA completes a candle 1 to 45 s after its end: */
const COMPLETION_MS = 60_000;
/** what takes longer is looked at for some minutes, and then waits for the next hour. */
const COMPLETION_WAITS_MS = [5_000, 10_000, 20_000, 30_000, 30_000, 30_000, 30_000, 30_000];
const TROUBLE_BACKOFF = { baseMs: 10_000, capMs: 300_000, floorMs: 5_000 };
const LOG_SPACING_MS = 60_000;

/** A series to fill: over a span that is to be fetched again, or else as it is kept. */
interface Task {
  readonly series: CandleSeriesKey;
  readonly span: TimeSpan | undefined;
  readonly isBackfilled: boolean;
  /** How far back, where it is not the whole window. */
  readonly backMs?: number;
}

/**
 * Keeps the candles of one venue complete. Whenever it is triggered, and once an hour at the venue,
 * it gives the live followers a few seconds and then fills every series that has gaps. After that it
 * tries again: what the venue has not completed yet for some minutes, what keeps it from asking or
 * saving for as long as that lasts. A trigger meanwhile has everything looked at once more.
 */
export class VenueKeeper {
  readonly #options: VenueKeeperOptions;
  readonly #time: VenueTime;
  readonly #trigger: Trigger;
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  /** What is to be fetched again, by series. */
  readonly #again = new Map<string, Task & { readonly span: TimeSpan }>();
  /** By series, from where on all was asked for that was missing, and at what time of the venue. */
  readonly #asked = new Map<string, { readonly from: number; readonly at: number }>();
  #health: VenueKeeperHealth = { isFilling: false, incompleteSeries: 0, filledCandles: 0 };

  constructor(options: VenueKeeperOptions) {
    this.#options = options;
    this.#time = new VenueTime(options.clock);
    this.#trigger = new Trigger(options.clock);
  }

  get health(): VenueKeeperHealth {
    return this.#health;
  }

  /** What time it is at the venue: epoch milliseconds. */
  now(): number {
    return this.#time.now();
  }

  /**
   * Whether all candles of a span that are kept were asked for when the venue had completed them:
   * what is missing still will not come.
   */
  hasAsked(series: CandleSeriesKey, { from, to }: TimeSpan): boolean {
    const asked = this.#asked.get(keyOf(series));
    return asked !== undefined && asked.from <= from && asked.at >= to + COMPLETION_MS;
  }

  /** Has all series looked at where an event shows that an hour has passed. */
  note(event: MarketEvent): void {
    if (this.#time.note(event)) {
      this.check();
    }
  }

  /** Has all series looked at. */
  check(): void {
    this.#trigger.pull();
  }

  /** Has the candles of a span fetched again, whatever the store has of them. */
  refetch({ instrument, interval }: CandleSeriesKey, { from, to }: TimeSpan): void {
    const key = keyOf({ instrument, interval });
    const known = this.#again.get(key)?.span ?? { from, to };
    const span = { from: Math.min(from, known.from), to: Math.max(to, known.to) };
    this.#again.set(key, { series: { instrument, interval }, span, isBackfilled: false });
    this.check();
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    try {
      await this.#fillUrgent(signal);
    } catch (error) {
      logger.error({ err: error }, 'Looking for the newest candles failed');
    }
    while (!signal.aborted) {
      await clock.sleep(SETTLE_MS, signal);
      try {
        await this.#fillUntilComplete(signal);
      } catch (error) {
        logger.error({ err: error }, 'Looking for missing candles failed');
      }
      await this.#trigger.wait(this.#time.restOfHourMs, signal);
    }
  }

  async #fillUntilComplete(signal: AbortSignal): Promise<void> {
    this.#trigger.set();
    let tasks: readonly Task[] = [...this.#again.values(), ...this.#keptTasks()];
    let failures = 0;
    let completions = 0;
    while (!signal.aborted && !this.#trigger.isPulled) {
      const { rest, pauseMs } = await this.#fillAll(tasks, signal);
      const waitMs =
        pauseMs === undefined
          ? COMPLETION_WAITS_MS[completions]
          : Math.max(pauseMs, backoffDelayMs(failures, TROUBLE_BACKOFF));
      if (rest.length === 0 || waitMs === undefined || waitMs === Infinity) {
        return;
      }
      completions += pauseMs === undefined ? 1 : 0;
      failures = pauseMs === undefined ? 0 : failures + 1;
      tasks = rest;
      await this.#trigger.wait(waitMs, signal);
    }
  }

  /**
   * Fills what others wait for at a first start, without giving the followers time: what they do not
   * complete is looked at soon after. So is what could not be filled.
   */
  async #fillUrgent(signal: AbortSignal): Promise<void> {
    const { firstMs, backfillMs, clock } = this.#options;
    if (firstMs === undefined) {
      return;
    }
    const until = clock.elapsed() + SETTLE_MS;
    // What is missing of a venue that lives in the past is known once it has said what time it is.
    while (!signal.aborted && !this.#time.isKnown && clock.elapsed() < until) {
      this.#trigger.set();
      await this.#trigger.wait(until - clock.elapsed(), signal);
    }
    const urgent = this.#keptTasks().filter(({ isBackfilled }) => isBackfilled);
    const backMs = Math.min(firstMs, backfillMs);
    await this.#fillAll(
      urgent.map((task) => ({ ...task, backMs })),
      signal,
    );
  }

  #keptTasks(): readonly Task[] {
    return this.#options.series().map(({ instrument, interval, isBackfilled }) => ({
      series: { instrument, interval },
      span: undefined,
      isBackfilled,
    }));
  }

  async #fillAll(tasks: readonly Task[], signal: AbortSignal) {
    const { atOnce, clock, logger, onFilled } = this.#options;
    const beganAt = clock.elapsed();
    let saved = 0;
    let reason: string | undefined;
    this.#health = { ...this.#health, isFilling: true };
    const result = await passThrough({
      tasks,
      atOnce,
      work: (task) =>
        this.#fill(task, signal, (count) => {
          saved += count;
        }),
      onTrouble: (task, error) => {
        reason = toError(error).message;
        this.#report(task, error);
      },
      signal,
    });
    this.#health = {
      isFilling: false,
      incompleteSeries: result.rest.length + result.failed,
      filledCandles: this.#health.filledCandles + saved,
      ...(reason === undefined ? {} : { reason }),
    };
    if (saved > 0) {
      const tookMs = Math.round(clock.elapsed() - beganAt);
      logger.info({ candles: saved, tookMs }, 'Fetched candles that were missing');
      onFilled(saved);
    }
    return result;
  }

  /** Fills one series and resolves with whether nothing is missing. */
  async #fill(task: Task, signal: AbortSignal, onSaved: (count: number) => void): Promise<boolean> {
    const { series } = task;
    const span = task.span ?? (await this.#windowOf(task));
    if (span === undefined) {
      return true;
    }
    const at = this.#time.isKnown ? this.#time.now() : -Infinity;
    let saved = 0;
    const { missing } = await this.#options.backfiller.fill(series, span, {
      signal,
      isAnew: task.span !== undefined,
      onProgress: (progress) => {
        onSaved(progress.saved - saved);
        saved = progress.saved;
      },
    });
    const key = keyOf(series);
    if (this.#again.get(key)?.span === span) {
      this.#again.delete(key);
    }
    if (task.span === undefined) {
      this.#asked.set(key, { from: span.from, at });
    }
    return missing === 0;
  }

  /** Undefined where there is nothing to keep. */
  async #windowOf({ series, isBackfilled, backMs }: Task): Promise<TimeSpan | undefined> {
    const now = this.#time.now();
    const window = {
      from: now - (backMs ?? this.#options.backfillMs),
      to: intervalStart(series.interval, now),
    };
    if (isBackfilled) {
      return window;
    }
    const { store } = this.#options;
    const [first] = await store.candles({ ...series, ...window, limit: 1, pick: 'oldest' });
    return first && { from: first.start, to: window.to };
  }

  #report({ series }: Task, error: unknown): void {
    const { logger, clock } = this.#options;
    logger.debug({ err: error, ...series }, 'Missing candles could not be fetched');
    if (this.#logSpacing.take(clock.elapsed())) {
      logger.warn({ err: error, ...series }, 'Missing candles wait: they could not be fetched');
    }
  }
}

function keyOf({ instrument, interval }: CandleSeriesKey): string {
  return `${instrument} ${interval}`;
}
