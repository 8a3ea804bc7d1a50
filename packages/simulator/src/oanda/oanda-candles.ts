/**
 * Finds the candles a request asks for. A span without ticks has no candle and does not count, so
 * the search goes on until it has as many as were asked for. It yields to the event loop after
 * every slice: the simulator may run inside a server that must not wait for it.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { GRANULARITIES, type Granularity } from '@tickwire/protocol';
import type { CandleQuery } from './candle-query.ts';
import type { Market, MarketCandle, Ohlc, Span } from '../market/market.ts';

/** A candle and when its span ends. */
export interface FoundCandle extends MarketCandle {
  readonly endMs: number;
}

const MAX_SLICE_SPANS = 25;
/** A wide candle costs as much as many narrow ones. */
const MAX_SLICE_MS = 10 * 86_400_000;
/** A generated market has no first day; this long a silence ends a search into its past. */
const MAX_SILENCE_MS = 14 * 86_400_000;
const MIN_SILENT_SPANS = 3;

/** What candles are looked for: at most `count` that begin before `toMs`. */
export type CandleSelection = Pick<CandleQuery, 'granularity' | 'alignment' | 'count' | 'toMs'>;

/** The candles of a query, oldest first. `nowMs` is the venue's. */
export async function findCandles(
  market: Market,
  instrument: string,
  query: CandleQuery,
  nowMs: number,
): Promise<FoundCandle[]> {
  const { fromMs, isSmooth } = query;
  if (fromMs === undefined) {
    const wanted = isSmooth ? { ...query, count: query.count + 1 } : query;
    const candles = await findNewestCandles(market, instrument, wanted, nowMs);
    return isSmooth ? smooth(candles).slice(-query.count) : candles;
  }
  const candles = await findForward(market, instrument, { ...query, fromMs }, nowMs);
  const [first] = candles;
  if (!isSmooth || first === undefined) {
    return candles;
  }
  const earlier = { ...query, count: 1, toMs: first.startMs };
  const before = await findNewestCandles(market, instrument, earlier, nowMs);
  return smooth([...before, ...candles]).slice(before.length);
}

/** The newest candles of a selection, oldest first. */
export async function findNewestCandles(
  market: Market,
  instrument: string,
  { granularity, alignment, count, toMs }: CandleSelection,
  nowMs: number,
): Promise<FoundCandle[]> {
  const slices: FoundCandle[][] = [];
  const maxSilenceMs = Math.max(MAX_SILENCE_MS, MIN_SILENT_SPANS * GRANULARITIES[granularity]);
  const sliceSpans = spansPerSlice(granularity);
  let missing = count;
  let beforeMs = toMs;
  let silentSinceMs = toMs;
  while (missing > 0) {
    const spans: Span[] = [];
    while (spans.length < Math.min(sliceSpans, missing)) {
      const span = alignment.spanAt(granularity, Math.ceil(beforeMs) - 1);
      spans.unshift(span);
      beforeMs = span.startMs;
    }
    const found = candlesOf(market, instrument, granularity, spans, nowMs);
    slices.unshift(found);
    missing -= found.length;
    silentSinceMs = found[0]?.startMs ?? silentSinceMs;
    if (found.length === 0 && market.nearest !== undefined) {
      const dataMs = market.nearest(instrument, granularity, 'before', beforeMs);
      if (dataMs === undefined) {
        break;
      }
      beforeMs = dataMs + 1;
    } else if (silentSinceMs - beforeMs > maxSilenceMs) {
      break;
    }
    await yieldToOthers();
  }
  return slices.flat();
}

async function findForward(
  market: Market,
  instrument: string,
  query: CandleSelection & Pick<CandleQuery, 'includeFirst'> & { readonly fromMs: number },
  nowMs: number,
): Promise<FoundCandle[]> {
  const { granularity, alignment, count, toMs, fromMs, includeFirst } = query;
  const first = alignment.spanAt(granularity, fromMs);
  const sliceSpans = spansPerSlice(granularity);
  const found: FoundCandle[] = [];
  let atMs = includeFirst ? first.startMs : first.endMs;
  while (found.length < count && atMs < toMs) {
    const spans: Span[] = [];
    while (spans.length < Math.min(sliceSpans, count - found.length) && atMs < toMs) {
      const span = alignment.spanAt(granularity, atMs);
      spans.push(span);
      atMs = span.endMs;
    }
    const candles = candlesOf(market, instrument, granularity, spans, nowMs);
    found.push(...candles);
    if (candles.length === 0 && market.nearest !== undefined) {
      const dataMs = market.nearest(instrument, granularity, 'from', atMs);
      if (dataMs === undefined) {
        break;
      }
      atMs = alignment.spanAt(granularity, dataMs).startMs;
    }
    await yieldToOthers();
  }
  return found;
}

function spansPerSlice(granularity: Granularity): number {
  const affordable = Math.floor(MAX_SLICE_MS / GRANULARITIES[granularity]);
  return Math.max(1, Math.min(MAX_SLICE_SPANS, affordable));
}

function candlesOf(
  market: Market,
  instrument: string,
  granularity: Granularity,
  spans: readonly Span[],
  nowMs: number,
): FoundCandle[] {
  const candles = market.candles(instrument, granularity, spans, nowMs);
  return spans.flatMap((span, index) => {
    const candle = candles[index];
    return candle === undefined ? [] : [{ ...candle, startMs: span.startMs, endMs: span.endMs }];
  });
}

/** Each candle opens at the close of the one before; its range takes that price in. */
function smooth(candles: readonly FoundCandle[]): FoundCandle[] {
  return candles.map((candle, index) => {
    const before = candles[index - 1];
    return before === undefined
      ? candle
      : {
          ...candle,
          bid: openAt(candle.bid, before.bid.c),
          ask: openAt(candle.ask, before.ask.c),
          mid: openAt(candle.mid, before.mid.c),
        };
  });
}

function openAt({ h, l, c }: Ohlc, o: string): Ohlc {
  return { o, h: Number(o) > Number(h) ? o : h, l: Number(o) < Number(l) ? o : l, c };
}
