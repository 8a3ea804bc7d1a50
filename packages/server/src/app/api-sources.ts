import type { CacheStats, FeedHealth, Interval } from '@tickwire/protocol';
import { INTERVALS } from '@tickwire/protocol';
import { type CacheReader, createCachedAnalytics } from '../api/cached-analytics.ts';
import type { RestOptions } from '../api/rest.ts';
import type {
  InstrumentNames,
  InstrumentQuality,
  PriceReader,
  QualityReader,
  SeriesQuality,
} from '../api/rest-sources.ts';
import { StoreError } from '../domain/errors.ts';
import { isCryptoInstrument } from '../domain/instrument-family.ts';
import { resolveInstrument } from '../feeds/bybit/topics.ts';
import type { AnalyticsStore } from '../ports/analytics-store.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { FX_INTERVALS } from '../tape/fx-candles.ts';
import { readCandleQuality } from './candle-quality.ts';
import type { Config } from './config.ts';
import { keptSeries } from './kept-series.ts';

export interface RestSourcesOptions {
  readonly config: Pick<
    Config,
    'trackedPairs' | 'oanda' | 'bybit' | 'history' | 'cacheTtls' | 'rateLimit' | 'timestampStyle'
  >;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly prices: PriceReader;
  /** Undefined where nothing is kept. */
  readonly history:
    | {
        readonly store: Pick<Store, 'alerts' | 'candles' | 'confirmedStarts' | 'absences'>;
        readonly analytics: AnalyticsStore | undefined;
        /** Why the database cannot be used; undefined while it can. */
        readonly trouble: () => string | undefined;
        /** What time it is at the venue of an instrument: epoch milliseconds. */
        readonly venueNow: (instrument: string) => number;
      }
    | undefined;
  readonly cache: CacheReader;
  readonly cacheStats: () => CacheStats;
  readonly feeds: () => readonly FeedHealth[];
  readonly rejectedCandles: () => number;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
/** Counting all candles of a month takes a while: nobody needs it anew more often. */
const QUALITY_KEPT_MS = 30_000;

/** Wires what the REST routes read. */
export function composeRest(options: RestSourcesOptions): RestOptions {
  const { config, history, cache, clock } = options;
  const { trackedPairs } = config;
  const instruments = namesOf(config);
  const isOpen = (): void => {
    const trouble = history?.trouble();
    if (trouble !== undefined) {
      // At once, where asking it might take as long as a connection takes to fail.
      throw new StoreError('STORE_UNAVAILABLE', trouble);
    }
  };
  const guarded = async <T>(read: () => Promise<T>): Promise<T> => {
    isOpen();
    return read();
  };
  const { store, analytics } = history ?? {};
  return {
    sources: {
      instruments,
      prices: options.prices,
      candles: store && { candles: (query) => guarded(() => store.candles(query)) },
      analytics: createCachedAnalytics({
        cache,
        store: analytics && {
          newestMetrics: (names) => guarded(() => analytics.newestMetrics(names)),
          newestCorrelations: (names) => guarded(() => analytics.newestCorrelations(names)),
          newestBestPairs: (category) => guarded(() => analytics.newestBestPairs(category)),
        },
        trackedPairs,
      }),
      alerts: { alerts: async (query) => guarded(async () => (await store?.alerts(query)) ?? []) },
      quality: createQualityReader(options, instruments, guarded),
      cacheStats: options.cacheStats,
    },
    facts: {
      cacheTtls: config.cacheTtls,
      retentionDays: config.history?.retentionDays ?? 0,
      quoteRetentionHours: config.history?.quoteRetentionHours ?? 0,
    },
    rateLimit: config.rateLimit,
    timestampStyle: config.timestampStyle,
    now: () => clock.now(),
  };
}

function namesOf({ trackedPairs, bybit }: RestSourcesOptions['config']): InstrumentNames {
  const usual = bybit?.category ?? 'linear';
  const resolve = (name: string): string =>
    isCryptoInstrument(name) ? resolveInstrument(name, usual).instrument : name;
  return {
    trackedPairs,
    crypto: [...new Set((bybit?.instruments ?? []).map(resolve))],
    resolve,
    intervalsOf: (instrument): readonly Interval[] =>
      isCryptoInstrument(instrument) ? INTERVALS : FX_INTERVALS,
  };
}

function createQualityReader(
  { config, bus, prices, history, feeds, rejectedCandles, clock }: RestSourcesOptions,
  { trackedPairs, crypto }: InstrumentNames,
  guarded: <T>(read: () => Promise<T>) => Promise<T>,
): QualityReader {
  /** When the newest ticker came: they have no time of their own. */
  const tickersAt = new Map<string, number>();
  bus.subscribe(({ event }) => {
    if (event.type === 'ticker') {
      tickersAt.set(event.instrument, clock.now());
    }
  });
  const series = keptSeries(config);
  const readCandles = keptFor(QUALITY_KEPT_MS, clock, () =>
    guarded(async () =>
      history === undefined
        ? new Map<string, readonly SeriesQuality[]>()
        : readCandleQuality({
            store: history.store,
            series,
            backfillMs: (config.history?.backfillDays ?? 0) * DAY_MS,
            now: history.venueNow,
          }),
    ),
  );
  const usual = config.bybit?.category ?? 'linear';
  const feedOf = (instrument: string, all: readonly FeedHealth[]): InstrumentQuality['feed'] => {
    const isCrypto = isCryptoInstrument(instrument);
    const category = isCrypto ? resolveInstrument(instrument, usual).category : undefined;
    const venue = isCrypto ? 'bybit' : 'oanda';
    const feed = all.find((one) => one.venue === venue && one.category === category);
    const own = feed?.instruments?.find((one) => one.instrument === instrument);
    return (
      feed && {
        venue,
        state: own?.state ?? feed.state,
        reason: own?.reason ?? feed.reason,
        rejectedFrames: feed.rejected_frames,
      }
    );
  };
  const lastQuoteOf = (instrument: string) => {
    const quote = prices.quote(instrument);
    const time = quote === undefined ? tickersAt.get(instrument) : Date.parse(quote.time);
    const now = quote === undefined ? clock.now() : (history?.venueNow(instrument) ?? clock.now());
    return {
      lastQuoteTime: time,
      // The venue's clock may be ahead of what we know of it.
      lastQuoteAgeMs: time === undefined ? undefined : Math.max(0, Math.round(now - time)),
    };
  };
  return {
    async quality() {
      const candles = await readCandles();
      const all = feeds();
      const instruments = [...trackedPairs, ...crypto].map((instrument) => ({
        instrument,
        ...lastQuoteOf(instrument),
        feed: feedOf(instrument, all),
        candles: candles.get(instrument) ?? [],
      }));
      return { instruments, rejectedCandles: rejectedCandles() };
    },
  };
}

/** What was read once is read again only after a while; who asks meanwhile waits for the same. */
function keptFor<T>(
  ms: number,
  clock: Pick<Clock, 'elapsed'>,
  read: () => Promise<T>,
): () => Promise<T> {
  let kept: { readonly at: number; readonly value: Promise<T> } | undefined;
  return () => {
    if (kept === undefined || clock.elapsed() - kept.at >= ms) {
      const value = read();
      const fresh = { at: clock.elapsed(), value };
      kept = fresh;
      value.catch(() => {
        // Who asked is told; the next is to try anew.
        kept = kept === fresh ? undefined : kept;
      });
    }
    return kept.value;
  };
}
