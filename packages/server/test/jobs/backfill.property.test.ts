import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import { Backfiller } from '../../src/jobs/backfill.ts';
import { MINUTE_MS, START, candleOf } from '../support/candle.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { ScriptedHistory } from '../support/scripted-history.ts';

const SERIES = { instrument: 'BTCUSDT', interval: '1' } as const;
const ALWAYS = { from: 0, to: Infinity };
/** The most that is asked for at once. */
const PAGE = 1_000;

/** Some minutes in a row of which the same is true; some of them take more than a page. */
const stretch = fc.record({
  length: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 8 }) },
    { weight: 1, arbitrary: fc.integer({ min: 900, max: 1_300 }) },
  ),
  isAtVenue: fc.boolean(),
  isStored: fc.constantFrom('no', 'unconfirmed', 'confirmed'),
});

const scene = fc.record({
  stretches: fc.array(stretch, { minLength: 1, maxLength: 12 }),
  /** How many of the venue's last candles it has not completed. */
  openTail: fc.nat(3),
  /** Where the span begins and ends, as parts of the whole. */
  span: fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ),
});

type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

test('afterwards the store has all that the venue has, and knows all that it has not', async () => {
  await fc.assert(
    fc.asyncProperty(scene, async (each) => {
      const { span, venue, stored } = play(each);
      const store = new MemoryStore();
      store.preset(stored);
      const history = new ScriptedHistory();
      history.candlesKept = venue;
      const backfiller = new Backfiller({
        store,
        historyOf: () => history,
        onNews: () => undefined,
        clock: new ManualClock(),
      });
      const { signal } = new AbortController();

      const isWithin = (start: number): boolean => start >= span.from && start < span.to;
      const confirmed = startsOf(venue.filter(({ isConfirmed }) => isConfirmed));
      const before = startsOf(stored.filter(({ isConfirmed }) => isConfirmed));
      const after = new Set([...before, ...confirmed.filter(isWithin)]);
      const rest = minutesOf(span).filter((start) => !after.has(start));
      const absent = rest.filter((start) => start < (confirmed.at(-1) ?? -Infinity));

      const report = await backfiller.fill(SERIES, span, { signal });
      expect(await store.confirmedStarts(SERIES, ALWAYS)).toEqual([...after].sort((a, b) => a - b));
      expect((await store.absences(SERIES, ALWAYS)).flatMap(minutesOf)).toEqual(absent);
      expect(report).toEqual({
        saved: after.size - before.length,
        absent: absent.length,
        missing: rest.length - absent.length,
      });

      const asked = history.asked.map(({ since, limit }) => ({ since: since!, limit }));
      asked.slice(1).forEach(({ since }, index) => {
        expect(since).toBeGreaterThan(lastTold(venue, asked[index]!));
      });
      expect(asked.length).toBeLessThanOrEqual(Math.ceil(minutesOf(span).length / (PAGE - 1)) + 1);

      const again = await backfiller.fill(SERIES, span, { signal });
      expect(again).toEqual({ ...report, saved: 0 });
      expect(history.asked.length - asked.length).toBe(again.missing > 0 ? 1 : 0);
    }),
    { numRuns: 200 },
  );
}, 60_000);

function play({ stretches, openTail, span: [one, other] }: Scene) {
  const venue: SidedCandle[] = [];
  const stored: SidedCandle[] = [];
  let start = START;
  for (const { length, isAtVenue, isStored } of stretches) {
    for (let left = length; left > 0; left -= 1) {
      if (isAtVenue) {
        venue.push(candleOf({ start, isConfirmed: true, source: 'history' }));
      }
      if (isStored !== 'no') {
        stored.push(candleOf({ start, isConfirmed: isStored === 'confirmed' }));
      }
      start += MINUTE_MS;
    }
  }
  const at = (part: number): number => START + Math.round(part * (start - START));
  return {
    venue: venue.map((candle, index) =>
      index < venue.length - openTail ? candle : { ...candle, isConfirmed: false },
    ),
    stored,
    span: { from: at(Math.min(one, other)), to: at(Math.max(one, other)) },
  };
}

function startsOf(candles: readonly SidedCandle[]): readonly number[] {
  return candles.map(({ start }) => start);
}

function minutesOf({ from, to }: { from: number; to: number }): readonly number[] {
  const first = Math.ceil(from / MINUTE_MS) * MINUTE_MS;
  const count = Math.max(0, Math.ceil((to - first) / MINUTE_MS));
  return Array.from({ length: count }, (_, index) => first + index * MINUTE_MS);
}

/** The start of the last confirmed candle that the venue answers with. */
function lastTold(
  venue: readonly SidedCandle[],
  { since, limit }: { since: number; limit: number },
) {
  const page = venue.filter(({ start }) => start >= since).slice(0, limit);
  return page.findLast(({ isConfirmed }) => isConfirmed)?.start ?? Infinity;
}
