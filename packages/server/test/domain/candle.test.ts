import { type Candle, INTERVALS, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { findImpossible, isSameCandle } from '../../src/domain/candle.ts';
import { START, candleOf } from '../support/candle.ts';

const IN_2019 = Date.UTC(2019, 11, 31, 23, 59);

describe('findImpossible', () => {
  test.each<[string, Partial<Candle>]>([
    ['as the venue sends it', {}],
    ['without a trade', { open: '1', high: '1.0', low: '1.00', close: '1', volume: '0' }],
    ['whose open is its high and whose close is its low', { open: '84050.50', close: '84017.8' }],
    ['whose volume is a zero with a sign', { volume: '-0.0' }],
    [
      'of the first minute of 2020',
      { start: Date.UTC(2020, 0), end: Date.UTC(2020, 0, 1, 0, 1) - 1 },
    ],
  ])('has nothing to say about a candle %s', (_, changes) => {
    expect(findImpossible(candleOf(changes), true)).toBeUndefined();
  });

  test.each(INTERVALS)('has nothing to say about a whole candle of interval %s', (interval) => {
    const start = intervalStart(interval, START + 12_345_678);
    expect(findImpossible(candleOf({ interval, start }), true)).toBeUndefined();
  });

  test.each<[string, Partial<Candle>, string]>([
    ['a high below the open', { open: '84050.51' }, 'the highest'],
    ['a high below the close', { close: '84050.51' }, 'the highest'],
    ['a high below the low', { high: '84017.7' }, 'the highest'],
    ['a low above the open', { open: '84017.79' }, 'the lowest'],
    ['a low above the close', { close: '84017.79' }, 'the lowest'],
    ['a high that is below as text only by its digits', { high: '9999' }, 'the highest'],
    ['less than no volume', { volume: '-0.001' }, 'a volume of at least 0'],
    ['a start that is not a number', { start: NaN }, 'in milliseconds'],
    ['a start between two milliseconds', { start: START + 0.5 }, 'in milliseconds'],
    ['a start that no date can be', { start: 9e15, end: 9e15 + 59_999 }, 'in milliseconds'],
    ['a start long before any date', { start: -9e15, end: 59_999 - 9e15 }, 'in milliseconds'],
    ['an end that is not a number', { end: NaN }, 'a whole interval 1'],
    ['a start within its interval', { start: START + 1, end: START + 60_000 }, 'a whole interval'],
    ['an end that is the next start', { end: START + 60_000 }, 'a whole interval 1'],
    ['an end that is too early', { end: START + 59_998 }, 'a whole interval 1'],
    ['the width of another interval', { interval: '5', end: START + 59_999 }, 'a whole interval 5'],
    ['a week from Sunday', { interval: 'W', start: START - 86_400_000 }, 'a whole interval W'],
  ])('names %s', (_, changes, reason) => {
    expect(findImpossible(candleOf(changes), true)).toContain(reason);
  });

  test.each<keyof Candle>(['open', 'high', 'low', 'close', 'volume', 'turnover'])(
    'names a field %s that is not a decimal, cut short',
    (field) => {
      for (const text of ['', 'NaN', 'Infinity', '1e5', '+1', '1.', '.5', ' 1', '0x10', '01']) {
        expect(findImpossible(candleOf({ [field]: text }), true)).toBe(
          `expected decimals, got '${text}'`,
        );
      }
      const endless = findImpossible(candleOf({ [field]: '1'.repeat(1_000) }), true);
      expect(endless).toBe(`expected decimals, got '${'1'.repeat(40)}'`);
    },
  );

  test('has nothing to say about a candle without turnover, as FX has them', () => {
    expect(findImpossible(candleWithoutTurnover(), false)).toBeUndefined();
  });

  test('lets no crypto begin before 2020, but FX', () => {
    const old = candleOf({ start: IN_2019, end: nextIntervalStart('1', IN_2019) - 1 });
    expect(findImpossible(old, true)).toBe(`expected a start since 2020, got ${IN_2019}`);
    expect(findImpossible(old, false)).toBeUndefined();
  });
});

describe('isSameCandle', () => {
  test('is about the values, not about how they are written or who says so', () => {
    const written = { open: '84045.00', volume: '7.3160', isConfirmed: true, revision: 2 };
    expect(isSameCandle(candleOf(), candleOf({ ...written, source: 'history' }))).toBe(true);
  });

  test.each<keyof Candle>(['open', 'high', 'low', 'close', 'volume', 'turnover'])(
    'tells candles apart by %s, to the last digit',
    (field) => {
      const a = candleOf({ [field]: '0.12345678901234567890' });
      const b = candleOf({ [field]: '0.12345678901234567891' });
      expect(isSameCandle(a, b)).toBe(false);
    },
  );

  test('takes no turnover for none', () => {
    expect(isSameCandle(candleWithoutTurnover(), candleOf({ turnover: '0.00' }))).toBe(true);
    expect(isSameCandle(candleWithoutTurnover(), candleOf({ turnover: '0.01' }))).toBe(false);
  });
});

function candleWithoutTurnover(): Candle {
  const { turnover: _, ...candle } = candleOf();
  return candle;
}
