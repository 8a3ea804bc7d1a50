import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CorrelatedPair, categoryOf, rankPairs } from '../../src/domain/best-pairs.ts';

const pairOf = (name: string, correlation: number): CorrelatedPair => ({
  pair1: name,
  pair2: 'USD_JPY',
  correlation,
});

describe('categoryOf', () => {
  test.each([
    [-1, 'hedging'],
    [-0.400_001, 'hedging'],
    // Neither below −0.4 nor within it: the first that holds is the third.
    [-0.4, 'moderate'],
    [-0.399_999, 'diversification'],
    [0, 'diversification'],
    [0.399_999, 'diversification'],
    [0.4, 'moderate'],
    [0.699_999, 'moderate'],
    [0.7, 'high_correlation'],
    [1, 'high_correlation'],
  ])('of %d is %s', (correlation, category) => {
    expect(categoryOf(correlation)).toBe(category);
  });
});

describe('rankPairs', () => {
  test('ranks within each category, in the order of the contract', () => {
    const ranked = rankPairs([
      ...[pairOf('A', 0.69), pairOf('B', 0.5), pairOf('C', -0.41), pairOf('D', -0.9)],
      ...[pairOf('E', 0.3), pairOf('F', -0.1), pairOf('G', 0.95), pairOf('H', 0.7)],
    ]);
    expect(ranked.map(({ pair1, category, rank }) => [pair1, category, rank])).toEqual([
      ['D', 'hedging', 1],
      ['C', 'hedging', 2],
      ['F', 'diversification', 1],
      ['E', 'diversification', 2],
      ['B', 'moderate', 1],
      ['A', 'moderate', 2],
      ['G', 'high_correlation', 1],
      ['H', 'high_correlation', 2],
    ]);
  });

  test('gives a reason, with the correlation rounded and without a minus before zero', () => {
    const [hedge, none] = rankPairs([pairOf('EUR_USD', -0.821), pairOf('GBP_USD', -0.001)]);
    expect(hedge).toEqual({
      ...{ pair1: 'EUR_USD', pair2: 'USD_JPY', correlation: -0.821, category: 'hedging', rank: 1 },
      reason: 'They move against each other: one hedges the other (-0.82).',
    });
    expect(none?.reason).toMatch(/independently.*\(0\.00\)\.$/);
  });

  test('ranks those of equal standing by their names, and loses none', () => {
    const correlation = fc.constantFrom(-0.9, -0.41, -0.1, 0.1, 0.5, 0.7, 0.9);
    const pairs = fc.uniqueArray(
      fc.tuple(fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F'), correlation),
      {
        selector: ([name]) => name,
      },
    );
    fc.assert(
      fc.property(pairs, (chosen) => {
        const all = chosen.map(([name, value]) => pairOf(name, value));
        const ranked = rankPairs(all);
        expect(rankPairs(all.toReversed())).toEqual(ranked);
        expect(ranked).toHaveLength(all.length);
        for (const [index, pair] of ranked.entries()) {
          const before = ranked[index - 1];
          expect(pair.rank).toBe(before?.category === pair.category ? before.rank + 1 : 1);
        }
      }),
    );
  });
});
