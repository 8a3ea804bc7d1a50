import type { z } from 'zod';
import type { CorrelatedPair } from '../domain/best-pairs.ts';
import {
  ALL_METRICS,
  BEST_PAIRS,
  MATRIX,
  ONE_METRICS,
  PAIR_CORRELATION,
} from './answer-schemas.ts';
import { answer, jsonContent } from './answer.ts';
import { NotFoundError } from './problem.ts';
import {
  BEST_PAIRS_QUERY,
  INSTRUMENT_PARAMS,
  PAIR_QUERY,
  UNIVERSE_QUERY,
} from './request-schemas.ts';
import { type RestApp, type RestContext, type TimeFormat, documented } from './rest-route.ts';
import type { InstrumentMetrics, InstrumentNames } from './rest-sources.ts';

type Metrics = z.output<typeof ONE_METRICS>['metrics'];
type Universe = z.output<typeof UNIVERSE_QUERY>['universe'];

/** Adds what is computed from candles: metrics, correlations and best pairs. */
export function addAnalyticsRoutes(app: RestApp, context: RestContext): void {
  addMetricsRoutes(app, context);
  addCorrelationRoutes(app, context);
  addBestPairsRoute(app, context);
}

function addMetricsRoutes(app: RestApp, { sources, times }: RestContext): void {
  const { analytics, instruments } = sources;
  app.get(
    '/metrics/volatility',
    {
      schema: {
        querystring: UNIVERSE_QUERY,
        ...documented('Analytics', 'The newest metrics of all instruments', ALL_METRICS),
      },
    },
    async (request, reply) => {
      const found = await analytics.newestMetrics(namesOf(instruments, request.query.universe));
      if (found.length === 0) {
        throw new NotFoundError('No metrics were computed yet');
      }
      const content: Omit<z.output<typeof ALL_METRICS>, 'timestamp'> = {
        pair_count: found.length,
        metrics: Object.fromEntries(found.map((one) => [one.instrument, toMetrics(one, times)])),
      };
      return answer(request, reply, jsonContent(content), times.timestamp());
    },
  );

  app.get(
    '/metrics/volatility/:instrument',
    {
      schema: {
        params: INSTRUMENT_PARAMS,
        ...documented('Analytics', 'The newest metrics of an instrument', ONE_METRICS),
      },
    },
    async (request, reply) => {
      const instrument = instruments.resolve(request.params.instrument);
      const [found] = await analytics.newestMetrics([instrument]);
      if (found === undefined) {
        throw new NotFoundError(`There are no metrics of ${instrument} here`);
      }
      const content: z.output<typeof ONE_METRICS> = {
        instrument,
        metrics: toMetrics(found, times),
      };
      return answer(request, reply, jsonContent(content));
    },
  );
}

/** Those of the contract are always there, whatever was computed. */
function toMetrics({ time, values }: InstrumentMetrics, times: TimeFormat): Metrics {
  return {
    volatility_20: null,
    volatility_50: null,
    sma_15: null,
    sma_30: null,
    sma_50: null,
    bb_upper: null,
    bb_middle: null,
    bb_lower: null,
    atr: null,
    ...values,
    cached_at: times.format(time),
  };
}

function addCorrelationRoutes(app: RestApp, { sources, times }: RestContext): void {
  const { analytics, instruments } = sources;
  app.get(
    '/correlation/matrix',
    {
      schema: {
        querystring: UNIVERSE_QUERY,
        ...documented('Analytics', 'The newest correlations of all instruments', MATRIX),
      },
    },
    async (request, reply) => {
      const names = namesOf(instruments, request.query.universe);
      const matrix = toMatrix(await analytics.newestCorrelations(names), names);
      const pairCount = Object.keys(matrix).length;
      if (pairCount === 0) {
        throw new NotFoundError('No correlations were computed yet');
      }
      const content = { pair_count: pairCount, matrix };
      return answer(request, reply, jsonContent(content), times.timestamp());
    },
  );

  app.get(
    '/correlation/pairs',
    {
      schema: {
        querystring: PAIR_QUERY,
        ...documented('Analytics', 'The newest correlation of two instruments', PAIR_CORRELATION),
      },
    },
    async (request, reply) => {
      const pair1 = instruments.resolve(request.query.pair1);
      const pair2 = instruments.resolve(request.query.pair2);
      const isSame = pair1 === pair2 && namesOf(instruments, 'all').includes(pair1);
      const found = isSame ? undefined : await analytics.newestCorrelations([pair1, pair2]);
      const correlation = isSame ? 1 : found?.at(0)?.correlation;
      if (correlation === undefined) {
        throw new NotFoundError(`There is no correlation of ${pair1} and ${pair2} here`);
      }
      return answer(request, reply, jsonContent({ pair1, pair2, correlation }));
    },
  );
}

type Matrix = z.output<typeof MATRIX>['matrix'];

/** Symmetric, 1 on its diagonal, and with those instruments alone that correlate with any other. */
function toMatrix(pairs: readonly CorrelatedPair[], names: readonly string[]): Matrix {
  const known = new Map<string, Map<string, number>>();
  const put = (row: string, column: string, correlation: number): void => {
    known.set(row, (known.get(row) ?? new Map<string, number>()).set(column, correlation));
  };
  for (const { pair1, pair2, correlation } of pairs) {
    put(pair1, pair2, correlation);
    put(pair2, pair1, correlation);
  }
  const shown = names.filter((name) => known.has(name));
  return Object.fromEntries(
    shown.map((row) => [
      row,
      Object.fromEntries(
        shown.map((column) => [column, row === column ? 1 : (known.get(row)?.get(column) ?? null)]),
      ),
    ]),
  );
}

function addBestPairsRoute(app: RestApp, { sources, times }: RestContext): void {
  const { analytics, instruments } = sources;
  app.get(
    '/best-pairs',
    {
      schema: {
        querystring: BEST_PAIRS_QUERY,
        ...documented('Analytics', 'What pairs of instruments are good for', BEST_PAIRS),
      },
    },
    async (request, reply) => {
      const { category, universe } = request.query;
      const names = namesOf(instruments, universe);
      const all = await analytics.newestBestPairs(names, category);
      if (all === undefined) {
        throw new NotFoundError('No pairs were ranked yet');
      }
      const pairs: z.output<typeof BEST_PAIRS>['pairs'] = all.map((pair) => ({
        pair1: pair.pair1,
        pair2: pair.pair2,
        category: pair.category,
        correlation: pair.correlation,
        reason: pair.reason,
        rank: pair.rank,
      }));
      const content = { count: pairs.length, pairs };
      return answer(request, reply, jsonContent(content), times.timestamp());
    },
  );
}

function namesOf({ trackedPairs, crypto }: InstrumentNames, universe: Universe): readonly string[] {
  return [...(universe === 'crypto' ? [] : trackedPairs), ...(universe === 'fx' ? [] : crypto)];
}
