import { existsSync, readFileSync } from 'node:fs';
import type { Ohlc } from '../../src/domain/sided-candle.ts';

/** One hour as a table has it, moved by whole weeks. */
export interface RecordedHour {
  readonly start: number;
  readonly bid: Ohlc;
  readonly ask: Ohlc;
  readonly volume: string;
}

const FOLDER = new URL('../../../../../shared/data/fx/', import.meta.url);
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 86_400_000;

/** Where the recorded hours are; undefined where they are not. */
export const recordedHoursPath: string | undefined = existsSync(FOLDER)
  ? FOLDER.pathname
  : undefined;

/**
 * The recorded hours of an instrument that are over by `now`, oldest first, moved so that the newest
 * of all has begun by then, less than a week ago. Those with both sides stand in the place of those
 * with one.
 */
export function readRecordedHours(instrument: string, now: number): readonly RecordedHour[] {
  const hours = new Map([
    ...rowsOf(`h1/${instrument}.csv`).map(toOneSided),
    ...rowsOf(`h1_oanda_bidask/${instrument}.csv`).map(toTwoSided),
  ]);
  // All tables end in the same hour.
  const last = Math.max(...hours.keys());
  const byMs = Math.floor((now - last) / WEEK_MS) * WEEK_MS;
  return [...hours]
    .map(([start, hour]) => ({ start: start + byMs, ...hour }))
    .filter(({ start }) => start + HOUR_MS <= now)
    .sort((a, b) => a.start - b.start);
}

type Row = readonly string[];

function rowsOf(file: string): readonly Row[] {
  const url = new URL(file, FOLDER);
  return existsSync(url)
    ? readFileSync(url, 'utf8')
        .split('\n')
        .slice(1)
        .filter((line) => line !== '')
        .map((line) => line.split(','))
    : [];
}

function toOneSided(row: Row): [number, Omit<RecordedHour, 'start'>] {
  const [time = '', open = '', high = '', low = '', close = '', volume = ''] = row;
  const side = { open, high, low, close };
  return [Date.parse(time), { bid: side, ask: side, volume }];
}

/** Nobody wrote down how many prices there were: at least one. */
function toTwoSided(row: Row): [number, Omit<RecordedHour, 'start'>] {
  const [time = '', ...values] = row;
  const sideAt = (first: number): Ohlc => {
    const [open = '', high = '', low = '', close = ''] = values.slice(first, first + 4);
    return { open, high, low, close };
  };
  return [Date.parse(time), { bid: sideAt(0), ask: sideAt(4), volume: '1' }];
}
