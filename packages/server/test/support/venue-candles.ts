import { type Candle, granularityOf, nextIntervalStart } from '@tickwire/protocol';
import type { TimeSpan } from '../../src/domain/gaps.ts';
import { isCryptoInstrument } from '../../src/domain/instrument-family.ts';
import type { CandleSeriesKey } from '../../src/ports/store.ts';

/** Where a venue's history is asked for. */
export interface VenueUrls {
  readonly oanda: string;
  readonly bybit: string;
}

type Values = Pick<Candle, 'start' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'turnover'>;

interface OandaRow {
  readonly time: string;
  readonly complete: boolean;
  readonly mid: Readonly<Record<'o' | 'h' | 'l' | 'c', string>>;
  readonly volume: number;
}
type BybitRow = readonly [start: string, ...values: string[]];

const BYBIT_PAGE = 1_000;

/** A candle as one text, to be compared with a venue's. */
export function candleText({ start, open, high, low, close, volume, turnover }: Values): string {
  const values = [open, high, low, close, volume, ...(turnover === undefined ? [] : [turnover])];
  return textOf(start, values);
}

/**
 * The candles that begin within a span, as a venue's own answers have them and with nothing of ours
 * between: one text each, oldest first. The span MUST be over at the venue.
 */
export function readVenueCandles(
  urls: VenueUrls,
  series: CandleSeriesKey,
  span: TimeSpan,
): Promise<readonly string[]> {
  return isCryptoInstrument(series.instrument)
    ? readBybit(urls.bybit, series, span)
    : readOanda(urls.oanda, series, span);
}

async function readOanda(
  url: string,
  { instrument, interval }: CandleSeriesKey,
  { from, to }: TimeSpan,
): Promise<readonly string[]> {
  const query = new URLSearchParams({
    granularity: granularityOf(interval),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  });
  const answer = await fetch(`${url}/v3/instruments/${instrument}/candles?${query}`, {
    headers: { authorization: 'Bearer any' },
  });
  const { candles } = (await answer.json()) as { readonly candles: readonly OandaRow[] };
  return candles
    .filter(({ complete }) => complete)
    .map(({ time, mid: { o, h, l, c }, volume }) => {
      return textOf(Date.parse(time), [o, h, l, c, String(volume)]);
    });
}

async function readBybit(
  url: string,
  { instrument, interval }: CandleSeriesKey,
  { from, to }: TimeSpan,
): Promise<readonly string[]> {
  const pageMs = BYBIT_PAGE * nextIntervalStart(interval, 0);
  const texts: string[] = [];
  for (let start = from; start < to; start += pageMs) {
    const query = new URLSearchParams({
      category: 'linear',
      symbol: instrument,
      interval,
      start: String(start),
      end: String(Math.min(start + pageMs, to) - 1),
      limit: String(BYBIT_PAGE),
    });
    const answer = await fetch(`${url}/v5/market/kline?${query}`);
    const { result } = (await answer.json()) as { result: { readonly list: readonly BybitRow[] } };
    texts.push(...result.list.map(([time, ...values]) => textOf(Number(time), values)).reverse());
  }
  return texts;
}

function textOf(start: number, values: readonly string[]): string {
  return [new Date(start).toISOString(), ...values].join(' ');
}
