import { type BookLevel, type OrderBookChange, compareDecimals } from '@tickwire/protocol';

/** One side, best first. */
type Side = BookLevel[];

/** An order book, level by level, as a venue's snapshots and changes make it. */
export class OrderBook {
  readonly #bids: Side = [];
  readonly #asks: Side = [];
  #updateId = 0;

  /** Best first. */
  get bids(): readonly BookLevel[] {
    return this.#bids;
  }

  get asks(): readonly BookLevel[] {
    return this.#asks;
  }

  /** The venue's number of this state. */
  get updateId(): number {
    return this.#updateId;
  }

  /** Puts a snapshot in the place of the book, or changes its levels by their price. */
  apply({ isSnapshot, bids, asks, updateId }: OrderBookChange): void {
    if (isSnapshot) {
      this.#bids.length = 0;
      this.#asks.length = 0;
    }
    applyLevels(this.#bids, bids, -1);
    applyLevels(this.#asks, asks, 1);
    this.#updateId = updateId;
  }
}

/** One change that does what two do, one after the other. */
export function mergeBookChanges(first: OrderBookChange, second: OrderBookChange): OrderBookChange {
  if (second.isSnapshot) {
    return second;
  }
  return {
    ...second,
    isSnapshot: first.isSnapshot,
    bids: mergeLevels(first.bids, second.bids),
    asks: mergeLevels(first.asks, second.asks),
  };
}

/** By the text of their prices: a level that is written in two ways is there twice, in order. */
function mergeLevels(
  first: readonly BookLevel[],
  second: readonly BookLevel[],
): readonly BookLevel[] {
  const later = new Set(second.map(([price]) => price));
  return [...first.filter(([price]) => !later.has(price)), ...second];
}

/** `direction`: 1 where the lowest price is best, -1 where the highest is. */
function applyLevels(side: Side, levels: readonly BookLevel[], direction: 1 | -1): void {
  for (const level of levels) {
    const [price, size] = level;
    const index = placeOf(side, price, direction);
    const isKnown = side[index] !== undefined && comparePrices(side[index][0], price) === 0;
    if (isZero(size)) {
      side.splice(index, isKnown ? 1 : 0);
    } else {
      side.splice(index, isKnown ? 1 : 0, level);
    }
  }
}

/** Where a price stands, or would, in a side that is sorted. */
function placeOf(side: Side, price: string, direction: 1 | -1): number {
  let low = 0;
  let high = side.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const [other] = side[middle] ?? [price];
    if (comparePrices(other, price) * direction < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Doubles tell nearly all prices apart, and equal texts need none, at a small part of the cost. */
function comparePrices(a: string, b: string): number {
  return a === b ? 0 : Number(a) - Number(b) || compareDecimals(a, b);
}

function isZero(size: string): boolean {
  return Number(size) === 0;
}
