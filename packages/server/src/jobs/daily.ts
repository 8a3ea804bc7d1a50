import { PAIR_CATEGORIES } from '@tickwire/protocol';
import { type BestPair, type CorrelatedPair, categoryOf, rankPairs } from '../domain/best-pairs.ts';
import { type CorrelationPast, correlationAlert } from '../domain/correlation-alerts.ts';
import { isCryptoInstrument } from '../domain/instrument-family.ts';
import type { Bar } from '../domain/statistics/bar.ts';
import { type BarSeries, toBarSeries } from '../domain/statistics/bar-series.ts';
import type { CorrelationMatrix } from '../domain/statistics/correlation-matrix.ts';
import type { Job, JobReport, JobTask } from '../ports/job.ts';
import { type AnalyticsJobOptions, forEachInstrument, writeCache } from './analytics-job.ts';

export interface DailyJobOptions extends AnalyticsJobOptions {
  /** Makes the matrix of series, whose arrays are its own from then on. */
  readonly correlate: (series: readonly BarSeries[], window: number) => Promise<CorrelationMatrix>;
  /** Over how many returns. */
  readonly windowSize: number;
  /** How far from zero a correlation is strong. */
  readonly correlationThreshold: number;
  readonly correlationTtlMs: number;
}

/** An instrument with its bars. */
interface Member {
  readonly instrument: string;
  readonly bars: readonly Bar[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** FX trades 120 hours of the 168 of a week, crypto all: it has so many bars for one of FX, ... */
const BARS_PER_FX_BAR = 1.5;
/** ... and so many more over a long weekend or a holiday. */
const SPARE_BARS = 120;

/**
 * The correlations of all pairs of instruments and what each pair is good for: kept, put where other
 * programs read them, told to clients, and compared with those of the day before.
 */
export class DailyJob implements Job {
  readonly name = 'daily';
  readonly schedule = '0 0 * * *';
  readonly #options: DailyJobOptions;

  constructor(options: DailyJobOptions) {
    this.#options = options;
  }

  /** Whether every instrument is in some pair. */
  async isComplete(): Promise<boolean> {
    const { instruments, store } = this.#options;
    const { pairs = [] } = (await store.newestCorrelations(instruments())) ?? {};
    const known = new Set(pairs.flatMap(({ pair1, pair2 }) => [pair1, pair2]));
    return instruments().every((instrument) => known.has(instrument));
  }

  async run({ fireTime, signal }: JobTask): Promise<JobReport> {
    const { instruments, awaited, candles, windowSize, logger } = this.#options;
    const limit = Math.ceil((windowSize + 1 + DAY_MS / HOUR_MS) * BARS_PER_FX_BAR) + SPARE_BARS;
    const backMs = limit * HOUR_MS;
    const lacking = await candles.untilThere(awaited(), { fireTime, backMs, signal });
    const members: Member[] = [];
    const failures = await forEachInstrument(
      instruments().toSorted(),
      { signal, logger },
      async (instrument) => {
        const { store } = this.#options;
        const bars = await store.hourlyBars({ instrument, before: fireTime, limit });
        members.push({ instrument, bars });
      },
    );
    if (lacking.length > 0) {
      logger.warn({ instruments: lacking }, 'Correlations lack candles that have not come');
    }
    const time = Math.max(...members.map(({ bars }) => (bars.at(-1)?.start ?? -HOUR_MS) + HOUR_MS));
    const correlations = await this.#correlate(members);
    signal.throwIfAborted();
    if (correlations.length > 0) {
      const dayBefore = await this.#correlate(until(members, time - DAY_MS));
      signal.throwIfAborted();
      const ranked = rankEachFamily(correlations);
      await this.#save(time, correlations, ranked);
      await this.#cache(correlations, ranked);
      await this.#publish(correlations, dayBefore, fireTime);
    }
    return {
      records: correlations.length,
      failures: [...failures, ...lacking.map((name) => `${name}: its newest candles are missing`)],
    };
  }

  /** Of all pairs that have one; the names of each, and all of them, in their order. */
  async #correlate(members: readonly Member[]): Promise<readonly CorrelatedPair[]> {
    const { correlate, windowSize } = this.#options;
    const matrix = await correlate(
      members.map(({ bars }) => toBarSeries(bars)),
      windowSize,
    );
    return members.flatMap(({ instrument: pair1 }, first) =>
      members.slice(first + 1).flatMap(({ instrument: pair2 }, place) => {
        const correlation = matrix.at(first, first + 1 + place);
        return correlation === null ? [] : [{ pair1, pair2, correlation }];
      }),
    );
  }

  async #save(
    time: number,
    pairs: readonly CorrelatedPair[],
    ranked: readonly BestPair[],
  ): Promise<void> {
    const { store, windowSize } = this.#options;
    await store.saveCorrelations({ time, windowSize, pairs });
    await store.saveBestPairs({ time, pairs: ranked });
  }

  /** The contract's keys are about FX. */
  async #cache(pairs: readonly CorrelatedPair[], ranked: readonly BestPair[]): Promise<void> {
    const { cache, correlationTtlMs, logger } = this.#options;
    const best = ranked.filter(isOfFx);
    const writes = PAIR_CATEGORIES.map((category) =>
      cache.setText(
        `best_pairs:${category}`,
        JSON.stringify(best.filter((pair) => pair.category === category)),
        correlationTtlMs,
      ),
    );
    const matrix = JSON.stringify(toNested(pairs.filter(isOfFx)));
    await writeCache(
      [cache.setText('correlation:matrix', matrix, correlationTtlMs), ...writes],
      logger,
    );
  }

  async #publish(
    pairs: readonly CorrelatedPair[],
    dayBefore: readonly CorrelatedPair[],
    fireTime: number,
  ): Promise<void> {
    const { store, publish, correlationThreshold } = this.#options;
    const before = new Map(dayBefore.map((pair) => [keyOf(pair), pair.correlation]));
    const told = new Map<string, CorrelationPast['told']>();
    for (const { time, alert } of await store.newestCorrelationAlerts()) {
      const isOfLastDay = time > fireTime - DAY_MS;
      told.set(keyOf(alert), { correlation: alert.correlation, isOfLastDay });
    }
    for (const pair of pairs) {
      publish({
        type: 'correlationUpdate',
        ...pair,
        category: categoryOf(pair.correlation),
      });
      const past = { dayBefore: before.get(keyOf(pair)) ?? null, told: told.get(keyOf(pair)) };
      const alert = correlationAlert(pair, past, correlationThreshold);
      if (alert !== undefined) {
        publish(alert);
      }
    }
    publish({ type: 'dataReady', dataType: 'correlations', count: pairs.length });
  }
}

/** What there was at a time. */
function until(members: readonly Member[], time: number): readonly Member[] {
  return members.map(({ instrument, bars }) => ({
    instrument,
    bars: bars.filter(({ start }) => start + HOUR_MS <= time),
  }));
}

/** Pairs of FX are ranked among themselves, and those of crypto are; mixed ones are not. */
function rankEachFamily(pairs: readonly CorrelatedPair[]): readonly BestPair[] {
  return [...rankPairs(pairs.filter(isOfFx)), ...rankPairs(pairs.filter(isOfCrypto))];
}

function isOfFx({ pair1, pair2 }: CorrelatedPair): boolean {
  return !isCryptoInstrument(pair1) && !isCryptoInstrument(pair2);
}

function isOfCrypto({ pair1, pair2 }: CorrelatedPair): boolean {
  return isCryptoInstrument(pair1) && isCryptoInstrument(pair2);
}

/** By either name and then by the other; each with itself is 1. */
function toNested(pairs: readonly CorrelatedPair[]): Record<string, Record<string, number>> {
  const nested: Record<string, Record<string, number>> = {};
  const rowOf = (name: string): Record<string, number> => (nested[name] ??= { [name]: 1 });
  for (const { pair1, pair2, correlation } of pairs) {
    rowOf(pair1)[pair2] = correlation;
    rowOf(pair2)[pair1] = correlation;
  }
  return nested;
}

function keyOf({ pair1, pair2 }: Pick<CorrelatedPair, 'pair1' | 'pair2'>): string {
  return `${pair1} ${pair2}`;
}
