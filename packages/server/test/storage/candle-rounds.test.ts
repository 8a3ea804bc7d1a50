import { expect, test } from 'vitest';
import { toRounds } from '../../src/storage/candle-rounds.ts';
import { MINUTE_MS, NOON, candleOf } from '../support/stored-candle.ts';

test('candles of different series and starts are one round, in one order for everybody', () => {
  const candles = [
    candleOf({ instrument: 'ETHUSDT' }),
    candleOf({ start: NOON + MINUTE_MS }),
    candleOf({ interval: '5' }),
    candleOf(),
  ];
  const [eth, later, five, first] = candles;
  expect(toRounds(candles)).toEqual([[first, later, five, eth]]);
  expect(toRounds(candles.toReversed())).toEqual(toRounds(candles));
});

test('a correction waits for the round after what it corrects', () => {
  const [first, second] = [candleOf(), candleOf({ close: '1.60' })];
  const other = candleOf({ instrument: 'ETHUSDT' });
  expect(toRounds([first, second, other])).toEqual([[first, other], [second]]);
});

test('what would leave no trace is left out', () => {
  const live = candleOf({ isConfirmed: false });
  const newer = candleOf({ isConfirmed: false, close: '1.60' });
  expect(toRounds([live, newer])).toEqual([[newer]]);
  expect(toRounds([live, candleOf(), newer])).toEqual([[candleOf()]]);
});
