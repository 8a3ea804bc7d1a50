import { type Interval, compareDecimals, intervalStart } from '@tickwire/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CandleBuilder } from '../../src/domain/candle-builder.ts';
import { findImpossible } from '../../src/domain/candle.ts';
import { MINUTE_MS, START, candleOf } from '../support/candle.ts';

const venueCandle = candleOf({
  instrument: 'EUR_USD',
  open: '1.10000',
  high: '1.10020',
  low: '1.09990',
  close: '1.10010',
  volume: '40',
});

function build(quotes: readonly (readonly [mid: string, offsetMs: number])[]): CandleBuilder {
  const builder = new CandleBuilder('EUR_USD', '1');
  for (const [mid, offsetMs] of quotes) {
    builder.add(mid, START + offsetMs);
  }
  return builder;
}

describe('CandleBuilder', () => {
  test('has no candle before the first quote', () => {
    expect(build([]).current).toBeUndefined();
  });

  test('builds a candle that is never confirmed, with the digits that the mids have', () => {
    const builder = build([
      ['1.10710', 0],
      ['1.107145', 10_000],
      ['1.1069', 20_000],
      ['1.10700', MINUTE_MS - 1],
    ]);
    expect(builder.current).toEqual({
      type: 'candle',
      instrument: 'EUR_USD',
      interval: '1',
      start: START,
      end: START + MINUTE_MS - 1,
      open: '1.10710',
      high: '1.107145',
      low: '1.1069',
      close: '1.10700',
      volume: '4',
      isConfirmed: false,
      revision: 0,
      source: 'quotes',
    });
  });

  test('begins another with the first quote after the end', () => {
    const { current } = build([
      ['1.1', 0],
      ['1.2', MINUTE_MS],
    ]);
    expect(current).toMatchObject({ start: START + MINUTE_MS, open: '1.2', volume: '1' });
  });

  test('passes over a quote that belongs before the candle', () => {
    const builder = build([['1.1', MINUTE_MS]]);
    const before = builder.current;
    builder.add('9.9', START + MINUTE_MS - 1);
    expect(builder.current).toBe(before);
  });

  test('goes on from what the venue has, and does not count a quote twice', () => {
    const builder = build([
      ['1.10030', 20_000],
      ['1.10005', 25_000],
    ]);
    builder.continueFrom(venueCandle, START + 30_000);
    expect(builder.current).toMatchObject({
      open: '1.10000',
      high: '1.10030',
      low: '1.09990',
      close: '1.10010',
      volume: '40',
      isConfirmed: false,
      revision: 0,
      source: 'quotes',
    });
    builder.add('1.09980', START + 30_000);
    expect(builder.current).toMatchObject({ low: '1.09980', close: '1.10010', volume: '40' });
    builder.add('1.10005', START + 30_001);
    expect(builder.current).toMatchObject({ low: '1.09980', close: '1.10005', volume: '41' });
  });

  test('counts every quote of the candle after the one that the venue had begun', () => {
    const builder = build([]);
    builder.continueFrom(venueCandle, START + MINUTE_MS + 5_000);
    builder.add('1.2', START + MINUTE_MS + 1_000);
    builder.add('1.3', START + MINUTE_MS + 2_000);
    expect(builder.current).toMatchObject({ open: '1.2', close: '1.3', volume: '2' });
  });

  test('lets an older candle of the venue change nothing, and a newer one take its place', () => {
    const builder = build([['1.1', MINUTE_MS]]);
    const before = builder.current;
    builder.continueFrom(venueCandle, START + MINUTE_MS);
    expect(builder.current).toBe(before);
    builder.continueFrom({ ...venueCandle, start: START + 2 * MINUTE_MS }, START + 2 * MINUTE_MS);
    expect(builder.current).toMatchObject({
      start: START + 2 * MINUTE_MS,
      end: START + 3 * MINUTE_MS - 1,
      volume: '40',
    });
  });

  test('never counts fewer than it has seen', () => {
    const builder = build([
      ['1.1', 0],
      ['1.1', 1],
    ]);
    builder.continueFrom({ ...venueCandle, volume: '1' }, START);
    expect(builder.current?.volume).toBe('2');
  });

  test('equals what can be computed from all quotes at once', () => {
    const quote = fc.record({
      units: fc.integer({ min: 1, max: 200_000 }),
      digits: fc.integer({ min: 0, max: 6 }),
      stepMs: fc.integer({ min: -90_000, max: 240_000 }),
    });
    const interval = fc.constantFrom<Interval>('1', '5', '15', '60');
    fc.assert(
      fc.property(fc.array(quote, { minLength: 1, maxLength: 200 }), interval, (steps, width) => {
        let time = START;
        const quotes = steps.map(({ units, digits, stepMs }) => {
          time += stepMs;
          return { mid: (units / 1_000).toFixed(digits + 3), time };
        });
        const builder = new CandleBuilder('EUR_USD', width);
        quotes.forEach((each) => {
          builder.add(each.mid, each.time);
          expect(findImpossible(builder.current!, false)).toBeUndefined();
        });

        const start = Math.max(...quotes.map((each) => intervalStart(width, each.time)));
        const mids = quotes
          .filter((each) => intervalStart(width, each.time) === start)
          .map(({ mid }) => mid);
        const sorted = mids.toSorted(compareDecimals);
        const { open, high, low, close, volume } = builder.current!;
        expect({ open, close, volume }).toEqual({
          open: mids[0],
          close: mids.at(-1),
          volume: String(mids.length),
        });
        expect(compareDecimals(high, sorted.at(-1)!)).toBe(0);
        expect(compareDecimals(low, sorted[0]!)).toBe(0);
      }),
    );
  });
});
