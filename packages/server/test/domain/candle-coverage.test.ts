import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countCandles } from '../../src/domain/candle-coverage.ts';
import { expectedStarts, findGaps } from '../../src/domain/gaps.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday at midnight. */
const MONDAY = Date.UTC(2025, 10, 17);
const EUR_USD = { instrument: 'EUR_USD', interval: '60' } as const;
const BTCUSDT = { instrument: 'BTCUSDT', interval: '60' } as const;

describe('countCandles', () => {
  test('expects a candle for each hour in which the market is open', () => {
    const week = { from: MONDAY, to: MONDAY + 7 * DAY_MS };
    // From Monday 00:00 to Friday 22:00 (UTC, winter), and from Sunday 22:00 on.
    const fx = countCandles(EUR_USD, week, [], []);
    expect(fx).toEqual({ expected: 4 * 24 + 22 + 2, present: 0, absent: 0 });
    expect(countCandles(BTCUSDT, week, [], []).expected).toBe(7 * 24);
  });

  test('tells what is present from what the venue does not have', () => {
    const day = { from: MONDAY, to: MONDAY + DAY_MS };
    const present = [0, 1, 2, 5].map((hour) => MONDAY + hour * HOUR_MS);
    const absences = [{ from: MONDAY + 2 * HOUR_MS, to: MONDAY + 5 * HOUR_MS }];
    expect(countCandles(BTCUSDT, day, present, absences)).toEqual({
      expected: 24,
      present: 4,
      absent: 2,
    });
  });

  test('does not count what is there though the market is closed', () => {
    const saturday = { from: MONDAY + 5 * DAY_MS, to: MONDAY + 6 * DAY_MS };
    expect(countCandles(EUR_USD, saturday, [saturday.from], [])).toEqual({
      expected: 0,
      present: 0,
      absent: 0,
    });
  });

  test('leaves as missing what is in the gaps', () => {
    const span = { from: MONDAY, to: MONDAY + 7 * DAY_MS };
    const hours = fc
      .uniqueArray(fc.integer({ min: 0, max: 7 * 24 - 1 }))
      .map((all) => all.sort((a, b) => a - b).map((hour) => MONDAY + hour * HOUR_MS));
    fc.assert(
      fc.property(hours, hours, fc.constantFrom(EUR_USD, BTCUSDT), (present, absent, series) => {
        const absences = absent.map((from) => ({ from, to: from + HOUR_MS }));
        const count = countCandles(series, span, present, absences);
        const gaps = findGaps(series, span, present, absences);
        const missing = gaps.reduce((total, gap) => total + gap.count, 0);
        expect(count.expected).toBe(expectedStarts(series, span).length);
        expect(count.present + count.absent + missing).toBe(count.expected);
      }),
    );
  });
});
