import type { Candle } from '@tickwire/protocol';
import { isPrice } from './log-return.ts';

/** What statistics take of a candle, as numbers; of FX the mids. */
export interface Bar {
  /** Epoch milliseconds. */
  readonly start: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/**
 * The bars of the confirmed candles, in their order. A candle whose prices are not all above zero
 * (a future may well be) has no return and is left out, as if its bar did not exist.
 */
export function toBars(candles: readonly Candle[]): readonly Bar[] {
  return candles
    .filter(({ isConfirmed }) => isConfirmed)
    .map(({ start, high, low, close }) => ({
      start,
      high: Number(high),
      low: Number(low),
      close: Number(close),
    }))
    .filter(isSound);
}

/** Whether all of a bar's prices can be prices. */
export function isSound({ high, low, close }: Omit<Bar, 'start'>): boolean {
  return isPrice(high) && isPrice(low) && isPrice(close);
}
