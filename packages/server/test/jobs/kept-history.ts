import { type Interval, type MarketEvent, nextIntervalStart } from '@tickwire/protocol';
import { onTestFinished } from 'vitest';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import { Backfiller } from '../../src/jobs/backfill.ts';
import { HistoryKeeper, type KeptSeries } from '../../src/jobs/history-keeper.ts';
import type { CandleNews } from '../../src/ports/store.ts';
import { START, candleOf } from '../support/candle.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { ScriptedHistory } from '../support/scripted-history.ts';
import { createStrictBus } from '../support/strict-bus.ts';

export const HOUR_MS = 3_600_000;
export const SECOND_MS = 1_000;
/** How long the keeper leaves to others after it was triggered. */
export const SETTLE_MS = 5_000;
/** Half past twelve of a Monday, when all markets are open. */
export const BEGIN = START + 12.5 * HOUR_MS;
/** How many hours are kept. */
export const WINDOW_HOURS = 6;
/** The hours in the window, as counted from START. */
export const WINDOW = [7, 8, 9, 10, 11] as const;

/** The series of an instrument's hours. */
export function hoursOf(instrument: string): KeptSeries {
  return { instrument, interval: '60', isBackfilled: true };
}

export interface KeptHistoryOptions {
  readonly series?: readonly KeptSeries[];
  readonly opened?: Promise<void>;
  /** How far back is filled first. */
  readonly firstMs?: number;
  readonly onFilled?: (saved: number) => void;
}

/** A keeper over venues that have every candle until they are told otherwise. */
export function createKeptHistory({
  series = [hoursOf('EUR_USD')],
  opened = Promise.resolve(),
  firstMs,
  onFilled,
}: KeptHistoryOptions = {}) {
  const clock = new ManualClock(BEGIN);
  const store = new MemoryStore();
  const logger = createRecordingLogger();
  const bus = createStrictBus();
  const histories = new Map<string, ScriptedHistory>();
  const historyOf = (instrument: string): ScriptedHistory => {
    const known = histories.get(instrument) ?? new ScriptedHistory();
    histories.set(instrument, known);
    return known;
  };
  for (const { instrument, interval } of series) {
    historyOf(instrument).candlesKept = venueCandles(instrument, interval, BEGIN);
  }
  const news: CandleNews[] = [];
  const filled: number[] = [];
  const backfiller = new Backfiller({
    store,
    historyOf,
    onNews: (some) => news.push(...some),
    clock,
  });
  /** Of which instruments it has looked for missing candles. */
  const looked: string[] = [];
  const keeper = new HistoryKeeper({
    backfiller: {
      fill: (of, span, how) => {
        looked.push(of.instrument);
        return backfiller.fill(of, span, how);
      },
    },
    store,
    opened,
    bus,
    series: () => series,
    backfillMs: WINDOW_HOURS * HOUR_MS,
    ...(firstMs === undefined ? {} : { firstMs }),
    onFilled: (saved) => {
      filled.push(saved);
      onFilled?.(saved);
    },
    clock,
    logger,
  });
  onTestFinished(() => keeper.close());

  const publish = (event: MarketEvent): void => {
    bus.publish(event);
  };
  /** Puts a quote on the bus. */
  const quote = (time: number, instrument = 'EUR_USD'): void => {
    const text = `${new Date(time).toISOString().slice(0, -1)}000000Z`;
    publish({ type: 'quote', instrument, bid: '1', ask: '1', mid: '1', time: text });
  };
  /** Which hours there are, as counted from START. */
  const stored = async (instrument = 'EUR_USD'): Promise<readonly number[]> => {
    const everything = { from: 0, to: Infinity };
    const starts = await store.confirmedStarts({ instrument, interval: '60' }, everything);
    return starts.map((start) => (start - START) / HOUR_MS);
  };
  const asked = (instrument = 'EUR_USD'): number => historyOf(instrument).asked.length;
  /** In which seconds from now on the venue is asked, while the clock moves by so many. */
  const secondsAsked = async (seconds: number, instrument = 'EUR_USD') => {
    const times: number[] = [];
    for (let second = 1; second <= seconds; second += 1) {
      const before = asked(instrument);
      await clock.advance(SECOND_MS);
      times.push(...Array<number>(asked(instrument) - before).fill(second));
    }
    return times;
  };
  /** Time goes on, and so does what the venues have. */
  const advanceAll = async (ms: number): Promise<void> => {
    for (const { instrument, interval } of series) {
      historyOf(instrument).candlesKept = venueCandles(instrument, interval, clock.now() + ms);
    }
    await clock.advance(ms);
  };
  const lines = (level: string) => logger.lines.filter((line) => line.level === level);
  return {
    keeper,
    clock,
    store,
    historyOf,
    news,
    looked,
    filled,
    publish,
    quote,
    stored,
    asked,
    secondsAsked,
    advanceAll,
    lines,
  };
}

/** All candles of a day that begin before a time; the last is the one that is not over. */
export function venueCandles(
  instrument: string,
  interval: Interval,
  until: number,
): readonly SidedCandle[] {
  const candles: SidedCandle[] = [];
  for (let start = START; start < until; start = nextIntervalStart(interval, start)) {
    const isConfirmed = nextIntervalStart(interval, start) <= until;
    candles.push(candleOf({ instrument, interval, start, isConfirmed, source: 'history' }));
  }
  return candles;
}
