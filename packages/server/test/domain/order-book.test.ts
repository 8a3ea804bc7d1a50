import { existsSync, readFileSync } from 'node:fs';
import type { BookLevel, OrderBookChange } from '@tickwire/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OrderBook } from '../../src/domain/order-book.ts';

type Sides = Pick<OrderBookChange, 'bids' | 'asks'>;

function change(isSnapshot: boolean, sides: Partial<Sides>, updateId = 1): OrderBookChange {
  return {
    type: 'orderBook',
    instrument: 'BTCUSDT',
    isSnapshot,
    bids: [],
    asks: [],
    updateId,
    ...sides,
  };
}

function bookOf(sides: Sides): OrderBook {
  const book = new OrderBook();
  book.apply(change(true, sides));
  return book;
}

const SIDES: Sides = {
  bids: [
    ['99', '1'],
    ['98.5', '2'],
  ],
  asks: [
    ['100', '3'],
    ['101', '4'],
  ],
};

describe('OrderBook', () => {
  test('sorts a snapshot, best first, by value and not by text', () => {
    const { bids, asks } = bookOf({
      bids: [
        ['9.9', '1'],
        ['10.05', '2'],
        ['10', '3'],
      ],
      asks: [
        ['100', '4'],
        ['20', '5'],
        ['19.99', '6'],
      ],
    });
    expect(bids.map(([price]) => price)).toEqual(['10.05', '10', '9.9']);
    expect(asks.map(([price]) => price)).toEqual(['19.99', '20', '100']);
  });

  test('changes, adds and removes levels by their price', () => {
    const book = bookOf(SIDES);
    book.apply(
      change(
        false,
        {
          bids: [
            ['98.5', '0'],
            ['98.7', '5'],
          ],
          asks: [['100', '9']],
        },
        2,
      ),
    );
    expect(book.bids).toEqual([
      ['99', '1'],
      ['98.7', '5'],
    ]);
    expect(book.asks).toEqual([
      ['100', '9'],
      ['101', '4'],
    ]);
    expect(book.updateId).toBe(2);
  });

  test('takes prices that are written otherwise for the same, and keeps the newest spelling', () => {
    const book = bookOf({ bids: [['99.0', '1']], asks: [['100', '1']] });
    book.apply(change(false, { bids: [['99.00', '2']], asks: [['100.000', '0.000']] }));
    expect(book.bids).toEqual([['99.00', '2']]);
    expect(book.asks).toEqual([]);
  });

  test('tells prices apart that are the same double', () => {
    const book = bookOf({
      bids: [
        ['9007199254740992.1', '1'],
        ['9007199254740992.2', '2'],
      ],
      asks: [],
    });
    book.apply(change(false, { bids: [['9007199254740992.1', '0']] }));
    expect(book.bids).toEqual([['9007199254740992.2', '2']]);
  });

  test('removes nothing where the price is not known', () => {
    const book = bookOf(SIDES);
    book.apply(
      change(false, {
        bids: [
          ['98.7', '0'],
          ['1', '0'],
          ['100', '0'],
        ],
      }),
    );
    expect(book.bids).toEqual(SIDES.bids);
  });

  test('takes levels of no size in a snapshot for levels that are not there', () => {
    const book = bookOf({ ...SIDES, asks: [...SIDES.asks, ['102', '0.00']] });
    expect(book.asks).toEqual(SIDES.asks);
  });

  test('forgets everything with a snapshot, even a side that is empty', () => {
    const book = bookOf(SIDES);
    book.apply(change(true, { bids: [['50', '1']] }, 7));
    expect([book.bids, book.asks, book.updateId]).toEqual([[['50', '1']], [], 7]);
  });

  test('leaves the message it was given as it was', () => {
    const sides: Sides = { bids: [['99', '1']], asks: [['100', '1']] };
    const book = bookOf(sides);
    book.apply(change(false, { bids: [['99', '0']], asks: [['101', '1']] }));
    expect(sides).toEqual({ bids: [['99', '1']], asks: [['100', '1']] });
  });
});

const SCALE = 20;

/** A price in one of its spellings, with its value in units of `10 ** -SCALE`. */
const anyPrice = fc
  .record({
    whole: fc.constantFrom('0', '1', '2', '10', '11', '9007199254740992', '9007199254740993'),
    fraction: fc.constantFrom('', '1', '10', '05', '00000000000000000001'),
    zeros: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ whole, fraction, zeros }) => {
    const digits = fraction + '0'.repeat(Math.min(zeros, SCALE - fraction.length));
    return digits === '' ? whole : `${whole}.${digits}`;
  });

function valueOf(price: string): bigint {
  const [whole = '', fraction = ''] = price.split('.');
  return BigInt(whole + fraction.padEnd(SCALE, '0'));
}

const anyLevel: fc.Arbitrary<BookLevel> = fc.tuple(
  anyPrice,
  fc.constantFrom('0', '0.000', '1', '0.001', '250', '0.00000000000000000001'),
);
const anyLevels = fc.array(anyLevel, { maxLength: 12 });
const anyChanges = fc.array(
  fc.record({
    // Mostly changes, or there would be little to change.
    isSnapshot: fc.integer({ min: 0, max: 4 }).map((number) => number === 0),
    bids: anyLevels,
    asks: anyLevels,
    updateId: fc.nat(),
  }),
  { minLength: 1, maxLength: 20 },
);

describe('OrderBook beside a map by price', () => {
  /** Sorted by exact value; `direction` as in a side: 1 where the lowest is best. */
  function sorted(side: ReadonlyMap<bigint, BookLevel>, direction: 1 | -1): BookLevel[] {
    const prices = [...side.keys()].sort((a, b) => (a < b ? -direction : direction));
    return prices.map((price) => side.get(price)!);
  }

  function applyTo(side: Map<bigint, BookLevel>, levels: readonly BookLevel[]): void {
    for (const level of levels) {
      if (/[1-9]/.test(level[1])) {
        side.set(valueOf(level[0]), level);
      } else {
        side.delete(valueOf(level[0]));
      }
    }
  }

  test('holds the same after each change, sorted, and never a level without size', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const book = new OrderBook();
        const bids = new Map<bigint, BookLevel>();
        const asks = new Map<bigint, BookLevel>();
        for (const next of changes) {
          book.apply(change(next.isSnapshot, next, next.updateId));
          if (next.isSnapshot) {
            bids.clear();
            asks.clear();
          }
          applyTo(bids, next.bids);
          applyTo(asks, next.asks);
          expect(book.bids).toEqual(sorted(bids, -1));
          expect(book.asks).toEqual(sorted(asks, 1));
          expect(book.updateId).toBe(next.updateId);
        }
      }),
      { numRuns: 500 },
    );
  });
});

const DATA = new URL('../../../../../shared/data/bybit/ws/', import.meta.url);
const RECORDINGS = [
  'orderbook500_XRPUSDT_linear_2024-12-01',
  'orderbook50_BTCUSDT_spot_2024-11-08',
];

interface RecordedFrame {
  readonly type: 'snapshot' | 'delta';
  readonly data: { readonly b: BookLevel[]; readonly a: BookLevel[]; readonly u: number };
}

interface RecordedSides {
  readonly b: readonly BookLevel[];
  readonly a: readonly BookLevel[];
}

interface ExpectedBook {
  readonly after: readonly {
    readonly u: number;
    readonly nb: number;
    readonly na: number;
    readonly top: RecordedSides;
  }[];
  readonly final: RecordedSides;
}

const title = 'a recorded book is as expected after each frame, and whole at the end';
if (!existsSync(DATA)) {
  test.skip(`${title} (skipped: ../shared/data is not here)`, () => undefined);
}

describe.runIf(existsSync(DATA)).each(RECORDINGS)('%s', (name) => {
  const read = (file: string): string => readFileSync(new URL(file, DATA), 'utf8');

  test(title, () => {
    const frames = read(`${name}.jsonl`)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RecordedFrame);
    const expected = JSON.parse(read(`${name}.expected.json`)) as ExpectedBook;
    expect(frames.length).toBeGreaterThan(1);

    const book = new OrderBook();
    const after = frames.map(({ type, data: { b: bids, a: asks, u } }) => {
      book.apply(change(type === 'snapshot', { bids, asks }, u));
      const top = { b: book.bids.slice(0, 5), a: book.asks.slice(0, 5) };
      return { u: book.updateId, nb: book.bids.length, na: book.asks.length, top };
    });
    expect(after).toEqual(expected.after);
    expect({ b: book.bids, a: book.asks }).toEqual(expected.final);
  });
});
