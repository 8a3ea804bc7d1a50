/** What frames and answers have in common: candles and trades, checked as far as both can be. */
import { type Interval, type Trade, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import { InvalidMessageError } from '../../domain/errors.ts';
import { type Fields, amount, decimal, positiveDecimal, shown, timestamp } from './fields.ts';
import type { BybitCandle } from './messages.ts';

/** A candle that begins and ends where its interval does: what is missing is told by its start. */
export function readCandle(interval: Interval, fields: Fields, isConfirmed: boolean): BybitCandle {
  const start = timestamp('start', fields['start']);
  const end = timestamp('end', fields['end']);
  if (intervalStart(interval, start) !== start || nextIntervalStart(interval, start) !== end + 1) {
    const span = `${start} to ${end}`;
    throw new InvalidMessageError(`Expected a whole candle of interval ${interval}, got ${span}`);
  }
  return {
    start,
    end,
    open: decimal('open', fields['open']),
    high: decimal('high', fields['high']),
    low: decimal('low', fields['low']),
    close: decimal('close', fields['close']),
    volume: amount('volume', fields['volume']),
    turnover: amount('turnover', fields['turnover']),
    isConfirmed,
  };
}

/** A trade in the fields of a frame. */
export function readTrade({ T, S, p, v, i }: Fields): Trade {
  if (S !== 'Buy' && S !== 'Sell') {
    throw new InvalidMessageError(`Expected 'Buy' or 'Sell' as side, got ${shown(S)}`);
  }
  if (typeof i !== 'string' || i === '') {
    throw new InvalidMessageError(`Expected a text as the trade's id, got ${shown(i)}`);
  }
  return {
    time: timestamp('time', T),
    side: S,
    price: positiveDecimal('price', p),
    size: positiveDecimal('size', v),
    id: i,
  };
}
