import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CandleExtremes } from '../../src/market/candle-extremes.ts';
import type { TickPrices } from '../../src/market/pair-market.ts';

const USUAL_POINTS = 110_000;

function tickAt(points: number, width: number): TickPrices {
  const bid = Math.floor(points + 0.5) - Math.floor(width / 2);
  return { value: Math.log(points / USUAL_POINTS), points, bid, ask: bid + width };
}

function summary(extremes: CandleExtremes, first: TickPrices): unknown {
  return extremes.toCandle({ startMs: 0, open: first, close: first, volume: 1, digits: 5 });
}

/** A price some points from the usual one, in eighths so that roundings tie. */
const prices = fc.integer({ min: -64, max: 64 }).map((eighths) => USUAL_POINTS + eighths / 8);

describe('CandleExtremes', () => {
  test('never rules out a tick that would be a new high or low of any side', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 0, max: 4 }),
        fc.array(fc.tuple(prices, fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 4 }),
        fc.tuple(prices, fc.integer({ min: 0, max: 4 })),
        (least, range, seen, [points, extra]) => {
          const widthOf = (drawn: number): number => least + Math.min(drawn, range);
          const ticks = seen.map(([each, drawn]) => tickAt(each, widthOf(drawn)));
          const first = ticks[0] ?? expect.unreachable();
          const extremes = new CandleExtremes(first);
          for (const tick of ticks) {
            extremes.include(tick);
          }
          extremes.expect({ least, most: least + range });
          const next = tickAt(points, widthOf(extra));
          const canChange = extremes.canRiseTo(next.value) || extremes.canFallTo(next.value);
          const before = summary(extremes, first);
          extremes.include(next);
          if (!canChange) {
            expect(summary(extremes, first)).toEqual(before);
          }
        },
      ),
      { seed: 20_261_124, numRuns: 20_000 },
    );
  });

  test('rules out what lies a spread within the extremes', () => {
    const extremes = new CandleExtremes(tickAt(USUAL_POINTS + 50, 10));
    extremes.include(tickAt(USUAL_POINTS - 50, 10));
    extremes.expect({ least: 10, most: 11 });

    expect(extremes.canRiseTo(tickAt(USUAL_POINTS + 47, 10).value)).toBe(false);
    expect(extremes.canFallTo(tickAt(USUAL_POINTS - 47, 10).value)).toBe(false);
    expect(extremes.canRiseTo(tickAt(USUAL_POINTS + 51, 10).value)).toBe(true);
    expect(extremes.canFallTo(tickAt(USUAL_POINTS - 51, 10).value)).toBe(true);
  });

  test('holds open, high, low and close of each side, mid rounded half up', () => {
    const [open, high, low] = [tickAt(110_000, 3), tickAt(110_020, 4), tickAt(109_980, 9)];
    const extremes = new CandleExtremes(open);
    extremes.include(high);
    extremes.include(low);

    expect(extremes.toCandle({ startMs: 5, open, close: low, volume: 3, digits: 5 })).toEqual({
      startMs: 5,
      bid: { o: '1.09999', h: '1.10018', l: '1.09976', c: '1.09976' },
      ask: { o: '1.10002', h: '1.10022', l: '1.09985', c: '1.09985' },
      mid: { o: '1.10001', h: '1.10020', l: '1.09981', c: '1.09981' },
      volume: 3,
    });
  });
});
