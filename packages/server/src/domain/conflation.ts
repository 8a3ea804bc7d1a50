import type { BookLevel, MarketEvent, OrderBookChange } from '@tickwire/protocol';
import { OrderBook } from './order-book.ts';

/**
 * Whether an event may be left out for a newer one of its channel: prices, tickers, books and
 * candles that are not over. All others MUST reach whoever follows their channel.
 */
export function isConflatable(event: MarketEvent): boolean {
  switch (event.type) {
    case 'quote':
    case 'ticker':
    case 'orderBook':
      return true;
    case 'candle':
      return !event.isConfirmed;
    default:
      return false;
  }
}

/**
 * The event that stands for two of one channel that follow each other: the newer one, and of a book
 * all levels that either has changed.
 */
export function conflate(older: MarketEvent, newer: MarketEvent): MarketEvent {
  return older.type === 'orderBook' && newer.type === 'orderBook'
    ? mergeBookChanges(older, newer)
    : newer;
}

function mergeBookChanges(older: OrderBookChange, newer: OrderBookChange): OrderBookChange {
  if (newer.isSnapshot) {
    return newer;
  }
  if (older.isSnapshot) {
    const book = new OrderBook();
    book.apply(older);
    book.apply(newer);
    return { ...newer, isSnapshot: true, bids: book.bids, asks: book.asks };
  }
  return {
    ...newer,
    bids: mergeLevels(older.bids, newer.bids),
    asks: mergeLevels(older.asks, newer.asks),
  };
}

/** The newest change of each price; one that is gone stays, because the client may have it. */
function mergeLevels(
  older: readonly BookLevel[],
  newer: readonly BookLevel[],
): readonly BookLevel[] {
  const levels = new Map<string, BookLevel>();
  for (const level of [...older, ...newer]) {
    levels.set(level[0], level);
  }
  return [...levels.values()];
}
