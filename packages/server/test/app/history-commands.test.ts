import type { Candle } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { createHistoryCommands } from '../../src/app/history-commands.ts';
import { createHistoryPlan } from '../../src/app/history-plan.ts';
import { FeedError } from '../../src/domain/errors.ts';
import { Backfiller } from '../../src/jobs/backfill.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { createWatch } from '../support/scripted-commands.ts';
import { ScriptedHistory } from '../support/scripted-history.ts';
import { candleOf } from '../support/stored-candle.ts';

/** A Wednesday. */
const NOW = Date.UTC(2026, 4, 20, 12);
const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number): number => NOW - HOUR_MS - hours * HOUR_MS;

/** The hours of an instrument, from so many ago until so many ago. */
function hoursOf(instrument: string, from: number, to: number): readonly Candle[] {
  return Array.from({ length: from - to }, (_, index) =>
    candleOf({ instrument, interval: '60', start: hoursAgo(from - index) }),
  );
}

/** Commands over a store in memory and a venue that has the last hundred hours. */
function createCommands() {
  const clock = new ManualClock(NOW);
  const store = new MemoryStore();
  const venue = new ScriptedHistory();
  venue.candlesKept = hoursOf('BTCUSDT', 100, 0);
  const historyOf = () => venue;
  const backfiller = new Backfiller({ store, historyOf, onNews: () => undefined, clock });
  const plan = createHistoryPlan({
    config: { oanda: undefined, bybit: undefined },
    history: { backfillDays: 2, retentionDays: 3 },
    historyOf,
    now: () => clock.now(),
  });
  const series = () => Promise.resolve([{ instrument: 'BTCUSDT', interval: '60' as const }]);
  const stored = {
    series,
    candles: (query: Parameters<typeof store.candles>[0]) => store.candles(query),
  };
  return { store, venue, commands: createHistoryCommands({ plan, backfiller, store: stored }) };
}

const BTC = { instruments: ['BTCUSDT'] };

describe('backfill', () => {
  test('fetches what is not there, and says what became of it', async () => {
    const { store, venue, commands } = createCommands();
    store.preset(hoursOf('BTCUSDT', 24, 0));
    venue.candlesKept = venue.candlesKept.filter(({ start }) => start !== hoursAgo(30));
    const watch = createWatch();
    const series = { instrument: 'BTCUSDT', interval: '60', from: hoursAgo(48), to: hoursAgo(0) };
    expect(await commands.backfill(BTC, watch)).toEqual({
      series: [{ ...series, saved: 23, absent: 1, missing: 0 }],
    });
    expect(watch.progress.at(-1)).toMatchObject({ done: 48, total: 48, share: 1 });
    expect(watch.warnings).toEqual([]);
    expect(await commands.backfill(BTC, watch)).toMatchObject({ series: [{ saved: 0 }] });
  });

  test('asks anew, if it is to, for what was there or known to be absent', async () => {
    const { store, venue, commands } = createCommands();
    const all = venue.candlesKept;
    store.preset(hoursOf('BTCUSDT', 24, 0));
    venue.candlesKept = all.filter(({ start }) => ![30, 31].includes((NOW - start) / HOUR_MS - 1));
    const counts = async (request: object) => {
      const { series } = await commands.backfill({ ...BTC, ...request }, createWatch());
      return series.map(({ saved, absent, missing }) => [saved, absent, missing]);
    };
    expect(await counts({})).toEqual([[22, 2, 0]]);
    // The venue has filled one of the holes, and has no more what is newest.
    venue.candlesKept = all.filter(({ start }) => start !== hoursAgo(31) && start < hoursAgo(5));
    venue.asked.splice(0);
    expect(await counts({ isAnew: false })).toEqual([[0, 2, 0]]);
    expect(venue.asked).toEqual([]);
    expect(await counts({ isAnew: true })).toEqual([[1, 1, 0]]);
    expect(venue.asked).not.toEqual([]);
    expect(await counts({})).toEqual([[0, 1, 0]]);
  });

  test('warns of what will not be kept', async () => {
    const { commands } = createCommands();
    const watch = createWatch();
    await commands.backfill({ ...BTC, days: 5 }, watch);
    expect(watch.warnings).toEqual([expect.stringContaining('3 days of DATA_RETENTION_DAYS')]);
  });

  test('says why a venue was given up on, and what is missing for it', async () => {
    const { venue, commands } = createCommands();
    venue.failure = new FeedError('FEED_REFUSED', 'never heard of it');
    const failure = { code: 'FEED_REFUSED', message: 'never heard of it' };
    expect(await commands.backfill(BTC, createWatch())).toMatchObject({
      series: [{ saved: 0, absent: 0, missing: 48, failure }],
    });
  });
});

describe('gaps', () => {
  test('are those since the first candle there is', async () => {
    const { store, commands } = createCommands();
    store.preset([...hoursOf('BTCUSDT', 20, 10), ...hoursOf('BTCUSDT', 8, 0)]);
    const answer = await commands.gaps({ fill: false }, createWatch());
    const gaps = [{ from: hoursAgo(10), to: hoursAgo(8), count: 2 }];
    const span = { from: hoursAgo(20), to: hoursAgo(0) };
    expect(answer.series).toEqual([
      { instrument: 'BTCUSDT', interval: '60', ...span, gaps, saved: 0 },
    ]);
  });

  test('are those of the last days, where there are older candles', async () => {
    const { store, commands } = createCommands();
    store.preset([...hoursOf('BTCUSDT', 100, 99), ...hoursOf('BTCUSDT', 40, 0)]);
    const { series } = await commands.gaps({ fill: false }, createWatch());
    expect(series[0]?.gaps).toEqual([{ from: hoursAgo(48), to: hoursAgo(40), count: 8 }]);
  });

  test('are all of a span that was asked for, and of what there is nothing of', async () => {
    const { store, commands } = createCommands();
    store.preset(hoursOf('BTCUSDT', 20, 0));
    const asked = await commands.gaps({ ...BTC, days: 1, fill: false }, createWatch());
    expect(asked.series[0]?.gaps).toEqual([{ from: hoursAgo(24), to: hoursAgo(20), count: 4 }]);
    const unknown = { instruments: ['ETHUSDT'], fill: false };
    const { series } = await commands.gaps(unknown, createWatch());
    expect(series[0]?.gaps).toMatchObject([{ count: 48 }]);
  });

  test('are filled on request, and those that are left are told', async () => {
    const { store, venue, commands } = createCommands();
    store.preset([...hoursOf('BTCUSDT', 20, 10), ...hoursOf('BTCUSDT', 8, 2)]);
    venue.candlesKept = hoursOf('BTCUSDT', 100, 1);
    const watch = createWatch();
    const { series } = await commands.gaps({ fill: true }, watch);
    const left = [{ from: hoursAgo(1), to: hoursAgo(0), count: 1 }];
    expect(series).toMatchObject([{ saved: 3, gaps: left }]);
    expect(watch.progress.at(-1)).toMatchObject({ done: 19, total: 20 });
    const asked = venue.asked.length;
    venue.failure = new FeedError('FEED_REFUSED', 'no');
    const failed = await commands.gaps({ fill: true }, createWatch());
    expect(failed.series).toMatchObject([{ saved: 0, gaps: left, failure: { message: 'no' } }]);
    venue.failure = undefined;
    venue.candlesKept = hoursOf('BTCUSDT', 100, 0);
    await commands.gaps({ fill: true }, createWatch());
    expect(venue.asked.length).toBeGreaterThan(asked);
    venue.asked.splice(0);
    expect(await commands.gaps({ fill: true }, createWatch())).toMatchObject({
      series: [{ gaps: [], saved: 0 }],
    });
    expect(venue.asked).toEqual([]);
  });
});

test('nothing is begun for somebody who has left', async () => {
  const { venue, commands } = createCommands();
  const watch = createWatch(AbortSignal.abort(new Error('gone')));
  await expect(commands.backfill(BTC, watch)).rejects.toThrow('gone');
  await expect(commands.gaps({ fill: true }, watch)).rejects.toThrow('gone');
  expect(venue.asked).toEqual([]);
});
