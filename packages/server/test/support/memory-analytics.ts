import type { CorrelationAlert, MarketEvent, VolatilityAlert } from '@tickwire/protocol';
import type { Bar } from '../../src/domain/statistics/bar.ts';
import type { AnalyticsCache } from '../../src/jobs/analytics-job.ts';
import type {
  AnalyticsStore,
  BestPairs,
  Correlations,
  HourlyBarsQuery,
  InstrumentMetrics,
  ToldAlert,
} from '../../src/ports/analytics-store.ts';

/** What jobs read and write, in memory; bars and alerts are a test's. */
export class MemoryAnalytics implements AnalyticsStore {
  readonly bars = new Map<string, readonly Bar[]>();
  /** Thrown in the place of the bars of an instrument. */
  readonly failures = new Map<string, Error>();
  readonly metrics: InstrumentMetrics[] = [];
  readonly correlations: Correlations[] = [];
  readonly bestPairs: BestPairs[] = [];
  volatilityAlerts: readonly ToldAlert<VolatilityAlert>[] = [];
  correlationAlerts: readonly ToldAlert<CorrelationAlert>[] = [];

  async hourlyBars({ instrument, before, limit }: HourlyBarsQuery) {
    await Promise.resolve();
    const failure = this.failures.get(instrument);
    if (failure !== undefined) {
      throw failure;
    }
    const bars = this.bars.get(instrument) ?? [];
    return bars.filter(({ start }) => start < before).slice(-limit);
  }

  async saveMetrics(metrics: readonly InstrumentMetrics[]) {
    await Promise.resolve();
    this.metrics.push(...metrics);
  }

  async newestMetrics(instruments: readonly string[]) {
    await Promise.resolve();
    const newest = instruments.map((name) =>
      this.metrics.findLast(({ instrument }) => instrument === name),
    );
    return newest.filter((metrics) => metrics !== undefined);
  }

  async saveCorrelations(correlations: Correlations) {
    await Promise.resolve();
    this.correlations.push(correlations);
  }

  async newestCorrelations() {
    await Promise.resolve();
    return this.correlations.at(-1);
  }

  async saveBestPairs(bestPairs: BestPairs) {
    await Promise.resolve();
    this.bestPairs.push(bestPairs);
  }

  async newestBestPairs() {
    await Promise.resolve();
    return this.bestPairs.at(-1);
  }

  async newestVolatilityAlerts() {
    await Promise.resolve();
    return this.volatilityAlerts;
  }

  async newestCorrelationAlerts() {
    await Promise.resolve();
    return this.correlationAlerts;
  }
}

/** A cache that remembers what was written, and how long it was to be kept. */
export class RecordingCache implements AnalyticsCache {
  readonly written = new Map<string, unknown>();
  readonly ttlsMs = new Set<number>();
  /** Thrown in the place of each write. */
  failure: Error | undefined;

  async setFields(key: string, fields: Readonly<Record<string, string>>, ttlMs: number) {
    await this.#write(key, fields, ttlMs);
  }

  async setText(key: string, text: string, ttlMs: number) {
    await this.#write(key, JSON.parse(text), ttlMs);
  }

  async #write(key: string, value: unknown, ttlMs: number): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) {
      throw this.failure;
    }
    this.written.set(key, value);
    this.ttlsMs.add(ttlMs);
  }
}

/** Those events of a kind, in their order. */
export function eventsOf<Type extends MarketEvent['type']>(
  events: readonly MarketEvent[],
  type: Type,
): Extract<MarketEvent, { readonly type: Type }>[] {
  return events.filter(
    (event): event is Extract<MarketEvent, { readonly type: Type }> => event.type === type,
  );
}
