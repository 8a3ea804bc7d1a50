/** Recorded data as it was read, in its own times. */
import type { Granularity } from '@tickwire/protocol';
import type { MarketCandle } from '../market/market.ts';

/** A PRICE line of a stream, or of a pricing answer. */
export interface RecordedPrice {
  readonly instrument: string;
  /** When it was sent, or else its `time`: what the pace of playing goes by. */
  readonly atMs: number;
  /** The JSON text, byte for byte as recorded. */
  readonly json: string;
  /** The value of its `time`. */
  readonly time: string;
}

/** One tick of a file of ticks. */
export interface RecordedTick {
  readonly timeMs: number;
  readonly bid: string;
  readonly ask: string;
}

/** What one file holds. */
export type RecordedPart =
  | { readonly kind: 'stream'; readonly prices: readonly RecordedPrice[] }
  | { readonly kind: 'pricing'; readonly prices: readonly RecordedPrice[] }
  | { readonly kind: 'instruments'; readonly records: readonly InstrumentRecord[] }
  | {
      readonly kind: 'candles';
      readonly instrument: string;
      readonly granularity: Granularity;
      /** Whether bid and ask were both recorded; of one side, the other is a copy. */
      readonly isTwoSided: boolean;
      readonly candles: readonly MarketCandle[];
    }
  | {
      readonly kind: 'ticks';
      readonly instrument: string;
      readonly ticks: readonly RecordedTick[];
    };

/** A record of an instrument list, with every field that was recorded. */
export type InstrumentRecord = Readonly<Record<string, unknown>> & { readonly name: string };

/** The name of an instrument as it is asked for: `DE30/EUR` is `DE30_EUR`. */
export function toInstrumentName(text: string): string {
  return text.trim().toUpperCase().replace('/', '_');
}

/** The instrument that a file is named after: `ticks/EUR_USD_20140502.csv.gz` or `EURUSD.csv`. */
export function instrumentOfFile(fileName: string): string | undefined {
  const [, pair] = /(?<![A-Z0-9])([A-Z0-9]{3,12}_[A-Z]{3})(?![A-Z0-9])/.exec(fileName) ?? [];
  const [, base, quote] = /(?<![A-Z0-9])([A-Z]{3})([A-Z]{3})(?![A-Z0-9])/.exec(fileName) ?? [];
  return pair ?? (base === undefined ? undefined : `${base}_${quote}`);
}

/** How many decimals a price is written with. */
export function decimalsOf(price: string): number {
  const point = price.indexOf('.');
  return point === -1 ? 0 : price.length - point - 1;
}

/** The half sum of two prices, rounded half up to the decimals they have, as OANDA's mids are. */
export function roundedMid(bid: string, ask: string): string {
  const decimals = Math.max(decimalsOf(bid), decimalsOf(ask));
  const scale = 10 ** decimals;
  const sum = Math.round(Number(bid) * scale) + Math.round(Number(ask) * scale);
  return (Math.floor((sum + 1) / 2) / scale).toFixed(decimals);
}
