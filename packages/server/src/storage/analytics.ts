import type { PairCategory } from '@tickwire/protocol';
import type {
  AnalyticsStore,
  BestPairs,
  Correlations,
  HourlyBarsQuery,
  InstrumentMetrics,
} from '../ports/analytics-store.ts';
import type { SqlSession } from '../ports/sql.ts';
import { BEST_PAIRS, replaceBestPairs, selectNewestBestPairs } from './best-pairs.ts';
import { CORRELATIONS, replaceCorrelations, selectNewestCorrelations } from './correlations.ts';
import { selectHourlyBars } from './hourly-bars.ts';
import { inParts } from './in-parts.ts';
import { METRICS, selectNewestMetrics, upsertMetrics } from './metrics.ts';
import type { StoreWriter } from './store-writer.ts';
import { selectNewestCorrelationAlerts, selectNewestVolatilityAlerts } from './told-alerts.ts';

/** What is computed, in the same database as what it is computed from. */
export class SqlAnalyticsStore implements AnalyticsStore {
  readonly #session: SqlSession;
  readonly #writer: StoreWriter;

  constructor(session: SqlSession, writer: StoreWriter) {
    this.#session = session;
    this.#writer = writer;
  }

  hourlyBars(query: HourlyBarsQuery) {
    return selectHourlyBars(this.#session, query);
  }

  async saveMetrics(metrics: readonly InstrumentMetrics[]): Promise<void> {
    const times = new Map([[METRICS, metrics.map(({ time }) => time)] as const]);
    await this.#writer.save(times, async (session) => {
      for (const part of inParts(metrics)) {
        await upsertMetrics(session, part);
      }
    });
  }

  newestMetrics(instruments: readonly string[]) {
    return selectNewestMetrics(this.#session, instruments);
  }

  async saveCorrelations(correlations: Correlations): Promise<void> {
    await this.#writer.save(new Map([[CORRELATIONS, [correlations.time]] as const]), (session) =>
      replaceCorrelations(session, correlations),
    );
  }

  newestCorrelations(instruments?: readonly string[]) {
    return selectNewestCorrelations(this.#session, instruments);
  }

  async saveBestPairs(bestPairs: BestPairs): Promise<void> {
    await this.#writer.save(new Map([[BEST_PAIRS, [bestPairs.time]] as const]), (session) =>
      replaceBestPairs(session, bestPairs),
    );
  }

  newestBestPairs(category?: PairCategory) {
    return selectNewestBestPairs(this.#session, category);
  }

  newestVolatilityAlerts() {
    return selectNewestVolatilityAlerts(this.#session);
  }

  newestCorrelationAlerts() {
    return selectNewestCorrelationAlerts(this.#session);
  }
}
