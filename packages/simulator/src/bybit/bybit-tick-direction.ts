import type { TickDirection } from './bybit-venue.ts';
import type { CryptoSeries, CryptoTrade } from '../crypto/crypto-series.ts';

/** Trades that are looked at for another price before the direction counts as up. */
const MAX_LOOK_BACK = 200;

/** How the price of a trade moved: from the trade before it, or from the last other price. */
export function tickDirection(series: CryptoSeries, trade: CryptoTrade): TickDirection {
  let before = series.tradeBefore(trade);
  const isZero = before?.price === trade.price;
  for (let step = 0; step < MAX_LOOK_BACK && before?.price === trade.price; step += 1) {
    before = series.tradeBefore(before);
  }
  const isUp = before === undefined || before.price <= trade.price;
  return `${isZero ? 'Zero' : ''}${isUp ? 'Plus' : 'Minus'}Tick`;
}
