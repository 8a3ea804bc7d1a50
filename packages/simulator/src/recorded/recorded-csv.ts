/** Reads tables: candles of one side or of both, and ticks, told apart by their head. */
import { GRANULARITIES, type Granularity, isDecimal, isGranularity } from '@tickwire/protocol';
import type { MarketCandle, Ohlc } from '../market/market.ts';
import { instrumentOfFile, type RecordedPart, type RecordedTick } from './recorded-data.ts';
import { midOhlc } from './recorded-json.ts';

const ONE_SIDE = ['open', 'high', 'low', 'close'] as const;
const BID_SIDE = ['bid_o', 'bid_h', 'bid_l', 'bid_c'] as const;
const ASK_SIDE = ['ask_o', 'ask_h', 'ask_l', 'ask_c'] as const;
const DAY_MS = 86_400_000;
const EPOCH_MS_PATTERN = /^\d{1,14}(?:\.\d+)?$/;
const ZONE_PATTERN = /(?:Z|[+-]\d\d:?\d\d)$/i;

/** Reads a table; undefined if its head is none that is known or its file names no instrument. */
export function readCsv(text: string, fileName: string): RecordedPart | undefined {
  const lines = text.split(/\r?\n/);
  const head = (lines[0] ?? '').trim().toLowerCase().split(',');
  const rows = lines.slice(1).filter((line) => line !== '');
  const instrument = instrumentOfFile(fileName);
  if (instrument === undefined) {
    return undefined;
  }
  if (has(head, ['time_ms_utc', 'bid', 'ask'])) {
    const ticks = readTicks(head, rows);
    return ticks.length === 0 ? undefined : { kind: 'ticks', instrument, ticks };
  }
  const isTwoSided = has(head, ['time', ...BID_SIDE, ...ASK_SIDE]);
  if (!isTwoSided && !has(head, ['time', ...ONE_SIDE])) {
    return undefined;
  }
  const sides = isTwoSided ? ([BID_SIDE, ASK_SIDE] as const) : ([ONE_SIDE, ONE_SIDE] as const);
  const candles = readCandles(head, rows, sides);
  const granularity = granularityOf(candles);
  return candles.length === 0
    ? undefined
    : { kind: 'candles', instrument, granularity, isTwoSided, candles };
}

function has(head: readonly string[], columns: readonly string[]): boolean {
  return columns.every((column) => head.includes(column));
}

function readTicks(head: readonly string[], rows: readonly string[]): RecordedTick[] {
  const [timeAt, bidAt, askAt] = [
    head.indexOf('time_ms_utc'),
    head.indexOf('bid'),
    head.indexOf('ask'),
  ];
  return rows.flatMap((row) => {
    const cells = row.split(',');
    const time = cells[timeAt] ?? '';
    const [bid = '', ask = ''] = [cells[bidAt], cells[askAt]];
    return EPOCH_MS_PATTERN.test(time) && isDecimal(bid) && isDecimal(ask)
      ? [{ timeMs: Number(time), bid, ask }]
      : [];
  });
}

type SideColumns = readonly [string, string, string, string];

function readCandles(
  head: readonly string[],
  rows: readonly string[],
  [bidColumns, askColumns]: readonly [SideColumns, SideColumns],
): MarketCandle[] {
  const timeAt = head.indexOf('time');
  const volumeAt = head.findIndex((column) => column === 'tick_volume' || column === 'volume');
  const readBid = sideReader(head, bidColumns);
  const readAsk = sideReader(head, askColumns);
  return rows.flatMap((row) => {
    const cells = row.split(',');
    const startMs = parseTableTime(cells[timeAt] ?? '');
    const bid = readBid(cells);
    const ask = readAsk(cells);
    if (Number.isNaN(startMs) || bid === undefined || ask === undefined) {
      return [];
    }
    // A candle has at least one tick, also where nobody wrote down how many.
    const volume = Math.max(1, Math.trunc(Number(cells[volumeAt] ?? 1)) || 1);
    return [{ startMs, bid, ask, mid: midOhlc(bid, ask), volume }];
  });
}

/** A time without a zone is UTC, not this machine's. */
function parseTableTime(text: string): number {
  return Date.parse(ZONE_PATTERN.test(text) ? text : `${text}Z`);
}

function sideReader(
  head: readonly string[],
  columns: SideColumns,
): (cells: readonly string[]) => Ohlc | undefined {
  const places = columns.map((column) => head.indexOf(column));
  return (cells) => {
    const [o = '', h = '', l = '', c = ''] = places.map((place) => cells[place]);
    return [o, h, l, c].every(isDecimal) ? { o, h, l, c } : undefined;
  };
}

/** The granularity that most neighbours are apart by; an hour for a single candle. */
function granularityOf(candles: readonly MarketCandle[]): Granularity {
  const counts = new Map<number, number>();
  candles.forEach(({ startMs }, index) => {
    const before = candles[index - 1];
    if (before !== undefined) {
      const gapMs = startMs - before.startMs;
      counts.set(gapMs, (counts.get(gapMs) ?? 0) + 1);
    }
  });
  const [usual] = [...counts].sort((a, b) => b[1] - a[1]);
  const gapMs = usual?.[0] ?? GRANULARITIES.H1;
  const exact = Object.entries(GRANULARITIES).find(([, widthMs]) => widthMs === gapMs)?.[0];
  if (exact !== undefined && isGranularity(exact)) {
    return exact;
  }
  return gapMs >= 28 * DAY_MS ? 'M' : 'H1';
}
