import { type Interval, nextIntervalStart } from '@tickwire/protocol';
import { findImpossible } from '../domain/candle.ts';
import { FeedError } from '../domain/errors.ts';
import { type Gap, type TimeSpan, expectedStarts, findGaps } from '../domain/gaps.ts';
import { isCryptoInstrument } from '../domain/instrument-family.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import type { Clock } from '../ports/clock.ts';
import type { CandleHistory, CandleQuery } from '../ports/history.ts';
import type { CandleNews, CandleSeriesKey, Store } from '../ports/store.ts';
import { type Known, inParts, searchGaps } from './gap-search.ts';
import { MissingStarts } from './missing-starts.ts';

export interface BackfillerOptions {
  readonly store: Pick<Store, 'absences' | 'confirmedStarts' | 'saveAbsences' | 'saveCandles'>;
  /** Who can be asked for the past of an instrument; undefined where nobody can. */
  readonly historyOf: (instrument: string) => CandleHistory | undefined;
  /** Called with what the store did not have, as soon as it does. */
  readonly onNews: (news: readonly CandleNews[]) => void;
  readonly clock: Clock;
}

/** How far a fill has come. */
export interface BackfillProgress {
  /** Expected candles that are there, or that the venue is known not to have. */
  readonly done: number;
  /** All that are expected in the span. */
  readonly total: number;
  /** How many candles were news to the store so far. */
  readonly saved: number;
}

export interface BackfillReport {
  /** Candles that were news to the store. */
  readonly saved: number;
  /** Expected, and the venue has none: those too that were known to be absent before. */
  readonly absent: number;
  /** Expected, and neither there nor known to be absent: the venue does not have them yet. */
  readonly missing: number;
}

export interface FillOptions {
  readonly signal: AbortSignal;
  /** Called at the beginning and after each page. */
  readonly onProgress?: (progress: BackfillProgress) => void;
  /**
   * Asks for all that is expected, whatever is there or known to be absent: what the venue has
   * corrected or got meanwhile shows. What it does not tell counts as missing, even if it is there.
   */
  readonly isAnew?: boolean;
}

/** More would hold up the event loop for longer. */
const SAVED_AT_ONCE = 1_000;
/** The most that OANDA tells at once. Source: developer.oanda.com/rest-live-v20/instrument-ep. */
const FX_PAGE = 5_000;
/** The most that Bybit tells at once. Source: bybit-exchange.github.io/docs/v5/market/kline. */
const CRYPTO_PAGE = 1_000;
const MAX_RETRIES = 5;
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;

/**
 * Fetches from the venues what the store does not have. What is saved is all the state there is: a
 * fill that was interrupted is gone on with by the next, and two at once fetch twice and harm
 * nothing.
 */
export class Backfiller {
  readonly #options: BackfillerOptions;

  constructor(options: BackfillerOptions) {
    this.#options = options;
  }

  /** What is missing of the candles that begin within a span. Rejects with a StoreError. */
  gaps(series: CandleSeriesKey, span: TimeSpan): Promise<readonly Gap[]> {
    return searchGaps({ series, span, look: (part) => this.#look(series, part) });
  }

  /**
   * Fetches what is missing of the candles that begin within a span, oldest first, and remembers
   * what the venue does not have. What fails and passes by itself is tried again. Rejects with a
   * FeedError that lasts or is a refusal, with a StoreError and, after an abort of the signal, with
   * the signal's reason.
   */
  async fill(
    series: CandleSeriesKey,
    span: TimeSpan,
    { signal, onProgress, isAnew = false }: FillOptions,
  ): Promise<BackfillReport> {
    const missing = await this.#findMissing(series, span, isAnew, signal);
    const history = this.#options.historyOf(series.instrument);
    const most = isCryptoInstrument(series.instrument) ? CRYPTO_PAGE : FX_PAGE;
    let saved = 0;
    for (let isMore = true; ;) {
      const { total } = missing;
      onProgress?.({ done: total - missing.missing, total, saved });
      const { since } = missing;
      if (since === undefined || !isMore) {
        return { saved, absent: missing.absent, missing: missing.missing };
      }
      const limit = missing.pageLength(most);
      const page = await this.#ask(history, { ...series, since, limit }, signal);
      const good = page.filter((candle) => isGood(candle, since));
      const last = good.at(-1);
      isMore = page.length >= limit && last !== undefined;
      if (last !== undefined) {
        const absent = missing.settle({
          all: startsOf(page),
          good: startsOf(good),
          until: last.start,
        });
        saved += await this.#save(series, span, good, absent);
        signal.throwIfAborted();
      }
    }
  }

  async #findMissing(
    series: CandleSeriesKey,
    span: TimeSpan,
    isAnew: boolean,
    signal: AbortSignal,
  ): Promise<MissingStarts> {
    const missing = new MissingStarts();
    for await (const part of inParts(series.interval, span)) {
      const { present, absences } = isAnew ? NOTHING : await this.#look(series, part);
      signal.throwIfAborted();
      const gaps = findGaps(series, part, present, absences);
      const notPresent = absences.length === 0 ? gaps : findGaps(series, part, present, []);
      missing.add(expectedStarts(series, part), gaps, countOf(notPresent) - countOf(gaps));
    }
    return missing;
  }

  async #look(series: CandleSeriesKey, span: TimeSpan): Promise<Known> {
    const { store } = this.#options;
    const [present, absences] = await Promise.all([
      store.confirmedStarts(series, span),
      store.absences(series, span),
    ]);
    return { present, absences };
  }

  /** Saves what begins within the span and resolves with how many of it were news. */
  async #save(
    series: CandleSeriesKey,
    { from, to }: TimeSpan,
    candles: readonly SidedCandle[],
    absent: readonly number[],
  ): Promise<number> {
    const { store, onNews } = this.#options;
    // First, because what has been saved is counted even where the next step fails.
    if (absent.length > 0) {
      await store.saveAbsences(series, toSpans(series.interval, absent));
    }
    const within = candles.filter(({ start }) => start >= from && start < to);
    let saved = 0;
    for (let next = 0; next < within.length; next += SAVED_AT_ONCE) {
      const news = await store.saveCandles(within.slice(next, next + SAVED_AT_ONCE));
      saved += news.length;
      if (news.length > 0) {
        onNews(news);
      }
    }
    return saved;
  }

  async #ask(
    history: CandleHistory | undefined,
    query: CandleQuery,
    signal: AbortSignal,
  ): Promise<readonly SidedCandle[]> {
    if (history === undefined) {
      throw new FeedError('FEED_REFUSED', `No venue is followed that has ${query.instrument}`);
    }
    for (let attempt = 0; ; attempt += 1) {
      try {
        const page = await history.candles(query, signal);
        signal.throwIfAborted();
        return page;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof FeedError) || !isPassing(error) || attempt >= MAX_RETRIES) {
          throw error;
        }
        const backoffMs = Math.min(FIRST_WAIT_MS * 2 ** attempt, MAX_WAIT_MS);
        await this.#options.clock.sleep(Math.max(backoffMs, error.retryAfterMs ?? 0), signal);
        signal.throwIfAborted();
      }
    }
  }
}

const NOTHING: Known = { present: [], absences: [] };

/** A candle that can be kept, and that is where it was asked for. */
function isGood(candle: SidedCandle, since: number): boolean {
  const isPossible = findImpossible(candle, isCryptoInstrument(candle.instrument)) === undefined;
  return candle.isConfirmed && candle.start >= since && isPossible;
}

function isPassing({ code }: FeedError): boolean {
  return code !== 'FEED_REFUSED' && code !== 'FEED_UNAUTHORIZED';
}

function startsOf(candles: readonly SidedCandle[]): ReadonlySet<number> {
  return new Set(candles.map(({ start }) => start));
}

function countOf(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, { count }) => sum + count, 0);
}

/** Candles by their starts as spans; those that follow one another are one. */
function toSpans(interval: Interval, starts: readonly number[]): readonly TimeSpan[] {
  const spans: TimeSpan[] = [];
  for (const from of starts) {
    const to = nextIntervalStart(interval, from);
    const last = spans.at(-1);
    if (last?.to === from) {
      spans[spans.length - 1] = { from: last.from, to };
    } else {
      spans.push({ from, to });
    }
  }
  return spans;
}
