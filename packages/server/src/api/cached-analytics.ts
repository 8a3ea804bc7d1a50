import { PAIR_CATEGORIES, decimalFromNumber, isDecimal } from '@tickwire/protocol';
import { z } from 'zod';
import type { BestPair, CorrelatedPair } from '../domain/best-pairs.ts';
import type {
  AnalyticsStore,
  InstrumentMetrics as StoredMetrics,
} from '../ports/analytics-store.ts';
import { parseRequestTime } from './request-time.ts';
import type { AnalyticsReader, InstrumentMetrics } from './rest-sources.ts';

/** As much of the cache as is read; what it does not have, or cannot say, is undefined. */
export interface CacheReader {
  fields(key: `metrics:${string}`): Promise<Readonly<Record<string, string>> | undefined>;
  text(key: 'correlation:matrix' | `best_pairs:${string}`): Promise<string | undefined>;
}

export interface CachedAnalyticsOptions {
  readonly cache: CacheReader;
  /** Asked for what the cache does not have; undefined where nothing is kept. */
  readonly store:
    Pick<AnalyticsStore, 'newestMetrics' | 'newestCorrelations' | 'newestBestPairs'> | undefined;
  /** The instruments of which the matrix and the best pairs are cached. */
  readonly trackedPairs: readonly string[];
}

const CORRELATION = z.number().min(-1).max(1);
const CACHED_MATRIX = z.record(z.string(), z.record(z.string(), CORRELATION.nullable()));
const CACHED_PAIRS = z.array(
  z.object({
    pair1: z.string(),
    pair2: z.string(),
    category: z.enum(PAIR_CATEGORIES),
    correlation: CORRELATION,
    reason: z.string(),
    rank: z.int().min(1),
  }),
);

/**
 * Reads what is computed from the cache, under the contract's keys, and from the store what is not
 * there or is not as it ought to be: other programs may write there too.
 */
export function createCachedAnalytics(options: CachedAnalyticsOptions): AnalyticsReader {
  const { cache, store, trackedPairs } = options;
  const isCached = (instruments: readonly string[]): boolean =>
    instruments.every((instrument) => trackedPairs.includes(instrument));
  return {
    async newestMetrics(instruments) {
      const cached = await Promise.all(
        instruments.map(async (instrument) =>
          fromCache(instrument, await cache.fields(`metrics:${instrument}`)),
        ),
      );
      const missing = instruments.filter((_, index) => cached[index] === undefined);
      const stored = missing.length === 0 ? [] : await store?.newestMetrics(missing);
      return instruments.flatMap((instrument, index) => {
        const found = cached[index] ?? stored?.find((one) => one.instrument === instrument);
        return found === undefined ? [] : 'values' in found ? found : fromStore(found);
      });
    },
    async newestCorrelations(instruments) {
      const matrix = isCached(instruments)
        ? parse(CACHED_MATRIX, await cache.text('correlation:matrix'))
        : null;
      return matrix
        ? pairsOf(matrix, instruments)
        : ((await store?.newestCorrelations(instruments))?.pairs ?? []);
    },
    async newestBestPairs(instruments, category) {
      const categories = category === undefined ? PAIR_CATEGORIES : [category];
      const cached = isCached(instruments) ? await readBestPairs(cache, categories) : undefined;
      const pairs = cached ?? (await store?.newestBestPairs(category))?.pairs;
      return pairs?.filter(
        ({ pair1, pair2 }) => instruments.includes(pair1) && instruments.includes(pair2),
      );
    },
  };
}

/** Undefined unless the cache has all of them. */
async function readBestPairs(
  cache: CacheReader,
  categories: readonly BestPair['category'][],
): Promise<readonly BestPair[] | undefined> {
  const pairs: BestPair[] = [];
  for (const category of categories) {
    const cached = parse(CACHED_PAIRS, await cache.text(`best_pairs:${category}`));
    if (cached === null) {
      return undefined;
    }
    pairs.push(...cached);
  }
  return pairs;
}

/** Undefined where it is not known when they were computed. */
function fromCache(
  instrument: string,
  fields: Readonly<Record<string, string>> | undefined,
): InstrumentMetrics | undefined {
  const { cached_at: cachedAt = '', ...values } = fields ?? {};
  const time = parseRequestTime(cachedAt);
  const decimals = Object.entries(values).filter(([, value]) => isDecimal(value));
  return time === undefined || decimals.length === 0
    ? undefined
    : { instrument, time, values: Object.fromEntries(decimals) };
}

function fromStore({ instrument, time, metrics }: StoredMetrics): InstrumentMetrics {
  const values = Object.entries(metrics).map(
    ([name, value]) => [name, value === null ? null : decimalFromNumber(value)] as const,
  );
  return { instrument, time, values: Object.fromEntries(values) };
}

/** Null for what is not JSON, or not of the shape. */
function parse<T>(schema: z.ZodType<T>, text: string | undefined): T | null {
  try {
    return text === undefined ? null : schema.parse(JSON.parse(text));
  } catch {
    // The store has what the cache should have had.
    return null;
  }
}

function pairsOf(
  matrix: z.output<typeof CACHED_MATRIX>,
  instruments: readonly string[],
): readonly CorrelatedPair[] {
  return instruments.flatMap((pair1, index) =>
    instruments.slice(index + 1).flatMap((pair2) => {
      const correlation = matrix[pair1]?.[pair2] ?? matrix[pair2]?.[pair1] ?? undefined;
      return correlation === undefined ? [] : { pair1, pair2, correlation };
    }),
  );
}
