import { setImmediate as nextTurn } from 'node:timers/promises';
import { INTERVALS, nextIntervalStart } from '@tickwire/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type TimeSpan, expectedStarts, findGaps } from '../../src/domain/gaps.ts';
import { Backfiller } from '../../src/jobs/backfill.ts';
import { inParts, searchGaps } from '../../src/jobs/gap-search.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { ScriptedHistory } from '../support/scripted-history.ts';

const WEEK_MS = 7 * 86_400_000;
const MINUTES = { instrument: 'BTCUSDT', interval: '1' } as const;
/** Minutes of some parts, the last of which is not whole. */
const LONG = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 1, 15, 12) };
const LONG_COUNT = (LONG.to - LONG.from) / 60_000;

/** A part of the span, or a little beyond it. */
const share = fc.integer({ min: -100, max: 1_100 }).map((thousandths) => thousandths / 1_000);

const scene = fc
  .record({
    series: fc.record({
      instrument: fc.constantFrom('EUR_USD', 'XAU_USD', 'BTCUSDT'),
      interval: fc.constantFrom(...INTERVALS),
    }),
    from: fc.integer({ min: Date.UTC(2025, 11, 1), max: Date.UTC(2026, 11, 1) }),
    /** In candles, of which some are never there. */
    length: fc.integer({ min: 0, max: 300 }),
    isAligned: fc.boolean(),
    /** Which candles are there, in turn; of runs, because single ones end every gap. */
    presence: fc.array(
      fc.record({ isThere: fc.boolean(), count: fc.integer({ min: 1, max: 60 }) }),
    ),
    /** Candles that are there though nobody expects them. */
    strays: fc.array(share, { maxLength: 4 }),
    absences: fc.array(fc.tuple(share, share), { maxLength: 3 }),
    candlesPerPart: fc.integer({ min: 1, max: 60 }),
  })
  .map(({ series, from: begin, length, isAligned, presence, strays, absences, ...rest }) => {
    const widthMs = nextIntervalStart(series.interval, 0);
    const from = isAligned ? Math.ceil(begin / WEEK_MS) * WEEK_MS : begin;
    const span = { from, to: from + length * widthMs };
    const at = (part: number): number => from + Math.round(part * (span.to - from));
    const pattern = presence.flatMap(({ isThere, count }) => Array<boolean>(count).fill(isThere));
    const there = expectedStarts(series, span).filter((_, index) => pattern[index] === true);
    return {
      ...rest,
      series,
      span,
      present: [...new Set([...there, ...strays.map(at)])].sort((a, b) => a - b),
      absences: absences
        .map(([one, other]) => ({ from: at(Math.min(one, other)), to: at(Math.max(one, other)) }))
        .sort((a, b) => a.from - b.from)
        .filter(({ from: start }, index, all) => index === 0 || start > all[index - 1]!.to),
    };
  });

test('finds in parts what there is to find in the whole', async () => {
  const seen = { joined: 0, parts: 0 };
  await fc.assert(
    fc.asyncProperty(scene, async ({ series, span, present, absences, candlesPerPart }) => {
      const looks: TimeSpan[] = [];
      const look = (part: TimeSpan) => {
        looks.push(part);
        return Promise.resolve({
          present: present.filter((start) => start >= part.from && start < part.to),
          absences: absences.filter(({ from, to }) => from <= part.to && to >= part.from),
        });
      };
      const whole = findGaps(series, span, present, absences);
      expect(await searchGaps({ series, span, look, candlesPerPart })).toEqual(whole);
      const isWithin = (seam: number) => whole.some(({ from, to }) => from < seam && seam < to);
      seen.joined += looks.slice(1).some(({ from }) => isWithin(from)) ? 1 : 0;
      seen.parts = Math.max(seen.parts, looks.length);
    }),
    { numRuns: 1_000 },
  );
  expect(seen.joined).toBeGreaterThan(50);
  expect(seen.parts).toBeGreaterThan(50);
}, 60_000);

test('parts follow one another, and are the whole', async () => {
  const parts: TimeSpan[] = [];
  for await (const part of inParts('60', { from: 1, to: 25_200_000 }, 3)) {
    parts.push(part);
  }
  expect(parts).toEqual([
    { from: 1, to: 10_800_001 },
    { from: 10_800_001, to: 21_600_001 },
    { from: 21_600_001, to: 25_200_000 },
  ]);
});

test.each([
  ['a look for gaps', false],
  ['a fill anew', true],
])('%s of a long span leaves turns to others', async (_, isFill) => {
  const backfiller = new Backfiller({
    store: new MemoryStore(),
    historyOf: () => new ScriptedHistory(),
    onNews: () => undefined,
    clock: new ManualClock(),
  });
  let turns = 0;
  const over = new AbortController();
  const others = (async () => {
    for (; !over.signal.aborted; turns += 1) {
      await nextTurn();
    }
  })();
  const { signal } = new AbortController();
  const found = isFill
    ? backfiller.fill(MINUTES, LONG, { signal, isAnew: true })
    : backfiller.gaps(MINUTES, LONG);
  const answer = await found.finally(() => {
    over.abort();
  });
  await others;
  expect(answer).toEqual(
    isFill ? { saved: 0, absent: 0, missing: LONG_COUNT } : [{ ...LONG, count: LONG_COUNT }],
  );
  expect(turns).toBeGreaterThanOrEqual(4);
});
