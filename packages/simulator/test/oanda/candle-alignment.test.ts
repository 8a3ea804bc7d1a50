import { GRANULARITIES, isGranularity } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { createAlignment, DEFAULT_ALIGNMENT } from '../../src/oanda/candle-alignment.ts';

const newYork = createAlignment(DEFAULT_ALIGNMENT);
const utc = createAlignment({ dailyAlignment: 0, timeZone: 'UTC', weeklyAlignment: 'Monday' });

function startOf(alignment: typeof newYork, granularity: string, time: string): string {
  if (!isGranularity(granularity)) {
    throw new Error(granularity);
  }
  const { startMs } = alignment.spanAt(granularity, Date.parse(time));
  return new Date(startMs).toISOString().replace('.000Z', 'Z');
}

describe('candle alignment', () => {
  test.each([
    ['S5', '2018-07-04T12:34:58.999Z', '2018-07-04T12:34:55Z'],
    ['M4', '2018-07-04T12:34:58Z', '2018-07-04T12:32:00Z'],
    ['H1', '2018-07-04T12:34:58Z', '2018-07-04T12:00:00Z'],
    ['H4', '2018-07-04T12:34:58Z', '2018-07-04T09:00:00Z'],
    ['H4', '2018-01-04T12:34:58Z', '2018-01-04T10:00:00Z'],
    ['H12', '2018-07-04T21:00:00Z', '2018-07-04T21:00:00Z'],
    ['D', '2018-07-04T20:59:59.999Z', '2018-07-03T21:00:00Z'],
    ['D', '2018-01-04T21:59:59.999Z', '2018-01-03T22:00:00Z'],
    ['W', '2018-07-04T12:00:00Z', '2018-06-29T21:00:00Z'],
    ['W', '2018-07-06T21:00:00Z', '2018-07-06T21:00:00Z'],
    ['M', '2018-07-31T20:59:59Z', '2018-06-30T21:00:00Z'],
    ['M', '2018-07-31T21:00:00Z', '2018-07-31T21:00:00Z'],
    ['M', '2018-01-01T00:00:00Z', '2017-12-31T22:00:00Z'],
  ])('aligns %s at %s to New York', (granularity, time, start) => {
    expect(startOf(newYork, granularity, time)).toBe(start);
  });

  test.each([
    ['H4', '2018-07-04T12:34:58Z', '2018-07-04T12:00:00Z'],
    ['D', '2018-07-04T12:34:58Z', '2018-07-04T00:00:00Z'],
    ['W', '2018-07-04T12:34:58Z', '2018-07-02T00:00:00Z'],
    ['M', '2018-07-04T12:34:58Z', '2018-07-01T00:00:00Z'],
  ])('aligns %s at %s to what is asked for', (granularity, time, start) => {
    expect(startOf(utc, granularity, time)).toBe(start);
  });

  test('keeps a day whole when the clocks change', () => {
    const hours = (time: string): number => {
      const { startMs, endMs } = newYork.spanAt('D', Date.parse(time));
      return (endMs - startMs) / GRANULARITIES.H1;
    };
    expect(hours('2018-11-04T21:30:00Z')).toBe(25);
    expect(hours('2018-03-11T12:00:00Z')).toBe(23);
    expect(hours('2018-07-04T12:00:00Z')).toBe(24);
  });

  test('moves with the American clock change, not with the European one', () => {
    expect(startOf(newYork, 'H4', '2018-03-09T12:00:00Z')).toBe('2018-03-09T10:00:00Z');
    expect(startOf(newYork, 'H4', '2018-03-12T12:00:00Z')).toBe('2018-03-12T09:00:00Z');
    expect(startOf(newYork, 'D', '2018-10-30T12:00:00Z')).toBe('2018-10-29T21:00:00Z');
    expect(startOf(newYork, 'D', '2018-11-06T12:00:00Z')).toBe('2018-11-05T22:00:00Z');
  });

  test.each(Object.keys(GRANULARITIES).filter((name) => GRANULARITIES.H1 < widthOf(name)))(
    'leaves no hole between %s candles over two clock changes',
    (name) => {
      let atMs = Date.parse('2018-02-20T00:00:00Z');
      const untilMs = Date.parse('2018-11-20T00:00:00Z');
      while (atMs < untilMs && isGranularity(name)) {
        const { startMs, endMs } = newYork.spanAt(name, atMs);
        expect(startMs).toBeLessThanOrEqual(atMs);
        expect(endMs).toBeGreaterThan(atMs);
        expect(newYork.spanAt(name, endMs).startMs).toBe(endMs);
        expect(newYork.spanAt(name, endMs - 1)).toEqual({ startMs, endMs });
        atMs = endMs;
      }
    },
  );

  test('refuses a time zone that there is not', () => {
    expect(() => createAlignment({ ...DEFAULT_ALIGNMENT, timeZone: 'Mars/Base' })).toThrow(
      RangeError,
    );
  });
});

function widthOf(name: string): number {
  return isGranularity(name) ? GRANULARITIES[name] : 0;
}
