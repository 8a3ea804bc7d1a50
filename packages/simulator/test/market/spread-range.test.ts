import { describe, expect, test } from 'vitest';
import { spreadRange } from '../../src/market/spread-range.ts';

const at = (day: number, hour: number): number => day * 1_440 + hour * 60;
const calm = { usualPoints: 20, minuteOfWeek: at(3, 10), busyness: 1, weekend: 'closed' } as const;

describe('spreadRange', () => {
  test('is the usual spread, or a little more, in a calm working hour', () => {
    expect(spreadRange(calm)).toEqual({ least: 20, most: 23 });
  });

  test('widens in the evening, at the rollover and most when the week opens', () => {
    const evening = spreadRange({ ...calm, minuteOfWeek: at(2, 18) }).least;
    const rollover = spreadRange({ ...calm, minuteOfWeek: at(2, 17) }).least;
    const open = spreadRange({ ...calm, minuteOfWeek: at(0, 17) }).least;

    expect([evening, rollover, open]).toEqual([26, 50, 80]);
    expect(spreadRange({ ...calm, minuteOfWeek: at(0, 17), weekend: 'open' }).least).toBe(50);
  });

  test('widens with volatility, within a limit', () => {
    expect(spreadRange({ ...calm, busyness: 8 }).least).toBe(40);
    expect(spreadRange({ ...calm, busyness: 1_000 }).least).toBe(60);
  });

  test('leaves at least a point on each side of the price', () => {
    expect(spreadRange({ ...calm, usualPoints: 0 })).toEqual({ least: 2, most: 3 });
  });
});
