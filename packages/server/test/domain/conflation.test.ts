import type { BookLevel, OrderBookChange } from '@tickwire/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conflate, isConflatable } from '../../src/domain/conflation.ts';
import { OrderBook } from '../../src/domain/order-book.ts';
import { TICKER, TRADES, bookOf, candleOf, quoteOf } from '../support/live-events.ts';

test('prices, tickers, books and candles that are not over may be left out, and nothing else', () => {
  expect([quoteOf('EUR_USD'), TICKER, bookOf(1), candleOf(0)].every(isConflatable)).toBe(true);
  const others = [
    candleOf(0, { isConfirmed: true }),
    TRADES,
    { type: 'dataReady', dataType: 'prices', count: 1 } as const,
    {
      type: 'volatilityAlert',
      instrument: 'EUR_USD',
      volatility: 1,
      threshold: 1,
      severity: 'info',
    } as const,
  ];
  expect(others.some(isConflatable)).toBe(false);
});

test('the newer of two prices stands for both', () => {
  const newer = quoteOf('EUR_USD', '2');
  expect(conflate(quoteOf('EUR_USD', '1'), newer)).toBe(newer);
});

const level = fc.tuple(
  fc.integer({ min: 1, max: 6 }).map((price) => (price % 2 === 0 ? `${price}` : `${price}.50`)),
  fc.constantFrom('0', '1', '2.5'),
);
const change = fc.record({
  isSnapshot: fc.integer({ max: 4, min: 0 }).map((chance) => chance === 0),
  bids: fc.uniqueArray(level, { selector: ([price]) => price, maxLength: 5 }),
  asks: fc.uniqueArray(level, { selector: ([price]) => price, maxLength: 5 }),
});

test('changes of a book that are merged make the same book', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (parts) => {
      const changes = parts.map((part, index): OrderBookChange => ({
        type: 'orderBook',
        instrument: 'BTCUSDT',
        updateId: index + 2,
        ...part,
        bids: part.isSnapshot ? part.bids.filter(isThere) : part.bids,
        asks: part.isSnapshot ? part.asks.filter(isThere) : part.asks,
      }));
      const first = bookOf(4, 1);
      const merged = changes.reduce((older, newer) => {
        const both = conflate(older, newer);
        if (both.type !== 'orderBook') {
          throw new TypeError('Expected a book');
        }
        return both;
      });
      expect(booked([first, merged])).toEqual(booked([first, ...changes]));
    }),
  );
});

test('a snapshot with changes is a snapshot, best first', () => {
  const merged = conflate(bookOf(2, 1), {
    ...bookOf(0, 2),
    isSnapshot: false,
    bids: [
      ['1000.5', '3'],
      ['999', '0'],
    ],
  });
  expect(merged).toMatchObject({
    isSnapshot: true,
    updateId: 2,
    bids: [
      ['1000.5', '3'],
      ['1000', '1.5'],
    ],
  });
});

function isThere([, size]: BookLevel): boolean {
  return size !== '0';
}

function booked(changes: readonly OrderBookChange[]) {
  const book = new OrderBook();
  for (const each of changes) {
    book.apply(each);
  }
  return { bids: book.bids, asks: book.asks, updateId: book.updateId };
}
