/** Recorded candles: where they lie in time, and in which intervals they can be asked for. */
import { INTERVALS, type Interval, intervalStart } from '@tickwire/protocol';
import type { BybitPart } from './bybit-recorded-data.ts';
import type { BybitKline, KlineSpan } from './bybit-venue.ts';
import { weeksUntil } from '../recorded/recorded-history.ts';
import { formatUnits, parseUnits } from '../market/unit-decimal.ts';

/** The candles of one symbol by their interval, oldest first. */
export type KlineHistory = ReadonlyMap<Interval, readonly BybitKline[]>;

const WEEK_MS = 604_800_000;
/** Digits of a sum; more than any volume or turnover is written with. */
const SUM_DIGITS = 20;

/**
 * The histories by `category symbol`. With `shift` they are moved by whole weeks to end at or
 * before now; those that end within a week of each other were recorded together and move together.
 */
export function collectKlines(
  parts: readonly BybitPart[],
  shift: 'weeks' | 'none',
  nowMs: number,
): ReadonlyMap<string, KlineHistory> {
  const found = new Map<string, Map<Interval, BybitKline[]>>();
  for (const part of parts) {
    if (part.kind === 'klines') {
      const key = `${part.category} ${part.symbol}`;
      const history = found.get(key) ?? new Map<Interval, BybitKline[]>();
      found.set(key, history);
      history.set(part.interval, merge(history.get(part.interval) ?? [], part.klines));
    }
  }
  return shift === 'none' ? found : shiftToEndAt(nowMs, found);
}

/** Finds the candles of an interval in a span, newest first. */
export type KlineSearch = (
  interval: Interval,
  span: KlineSpan,
  nowMs: number,
) => readonly BybitKline[];

/** Candles are found as they were recorded, or else summed up when they are first asked for. */
export function createKlineSearch(history: KlineHistory): KlineSearch {
  const known = new Map<Interval, readonly BybitKline[]>();
  return (interval, { fromMs, toMs, limit }, nowMs) => {
    const klines = known.get(interval) ?? klinesOf(history, interval);
    known.set(interval, klines);
    const untilMs = Math.min(toMs, nowMs);
    return klines
      .filter(({ startMs }) => startMs >= fromMs && startMs <= untilMs)
      .slice(-limit)
      .reverse();
  };
}

/** Intervals wider than the recorded ones are sums; narrower ones have no candles. */
function klinesOf(history: KlineHistory, interval: Interval): readonly BybitKline[] {
  const recorded = history.get(interval);
  if (recorded !== undefined) {
    return recorded;
  }
  const narrower = INTERVALS.slice(0, INTERVALS.indexOf(interval)).reverse();
  const source = narrower.find((width) => history.has(width) && divides(width, interval));
  const groups = new Map<number, BybitKline[]>();
  for (const kline of (source && history.get(source)) ?? []) {
    const startMs = intervalStart(interval, kline.startMs);
    const group = groups.get(startMs) ?? [];
    group.push(kline);
    groups.set(startMs, group);
  }
  return [...groups].flatMap(([startMs, klines]) => sumKlines(startMs, klines) ?? []);
}

/** Whether candles of one width fill those of another: 3 minutes do not fill 5, weeks no months. */
function divides(width: Interval, interval: Interval): boolean {
  const [inner, outer] = [Number(width), Number(interval)];
  return Number.isNaN(outer) ? width !== 'W' : outer % inner === 0;
}

function sumKlines(startMs: number, klines: readonly BybitKline[]): BybitKline | undefined {
  const [first] = klines;
  const last = klines.at(-1);
  if (first === undefined || last === undefined) {
    return undefined;
  }
  const sum = (values: readonly string[]): string =>
    formatUnits(
      values.reduce((total, value) => total + parseUnits(value, SUM_DIGITS), 0n),
      SUM_DIGITS,
    );
  const extreme = (values: readonly string[], direction: 1 | -1): string =>
    values.reduce((best, value) => (direction * (Number(value) - Number(best)) > 0 ? value : best));
  return {
    startMs,
    open: first.open,
    high: extreme(
      klines.map(({ high }) => high),
      1,
    ),
    low: extreme(
      klines.map(({ low }) => low),
      -1,
    ),
    close: last.close,
    volume: sum(klines.map(({ volume }) => volume)),
    turnover: sum(klines.map(({ turnover }) => turnover)),
  };
}

/** Of two candles with one start, the one that was read later counts. */
function merge(before: readonly BybitKline[], after: readonly BybitKline[]): BybitKline[] {
  const byStart = new Map([...before, ...after].map((kline) => [kline.startMs, kline]));
  return [...byStart.values()].sort((a, b) => a.startMs - b.startMs);
}

function shiftToEndAt(
  nowMs: number,
  histories: ReadonlyMap<string, KlineHistory>,
): ReadonlyMap<string, KlineHistory> {
  const byEnd = [...histories].sort((a, b) => endOf(b[1]) - endOf(a[1]));
  const shifted = new Map<string, KlineHistory>();
  let groupEndMs = Infinity;
  for (const [key, history] of byEnd) {
    if (groupEndMs - endOf(history) > WEEK_MS) {
      groupEndMs = endOf(history);
    }
    shifted.set(key, shiftHistory(history, weeksUntil(groupEndMs, nowMs)));
  }
  return shifted;
}

function endOf(history: KlineHistory): number {
  return Math.max(...[...history.values()].map((klines) => klines.at(-1)?.startMs ?? -Infinity));
}

function shiftHistory(history: KlineHistory, byMs: number): KlineHistory {
  return new Map(
    [...history].map(([interval, klines]) => [
      interval,
      klines.map((kline) => ({ ...kline, startMs: kline.startMs + byMs })),
    ]),
  );
}
