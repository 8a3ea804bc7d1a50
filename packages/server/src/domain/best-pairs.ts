import { PAIR_CATEGORIES, type PairCategory } from '@tickwire/protocol';

export type { PairCategory } from '@tickwire/protocol';

/** Two instruments by name, and the correlation of their returns, from −1 to 1. */
export interface CorrelatedPair {
  readonly pair1: string;
  readonly pair2: string;
  readonly correlation: number;
}

export interface BestPair extends CorrelatedPair {
  readonly category: PairCategory;
  /** One sentence for people. */
  readonly reason: string;
  /** Within the category, from 1. */
  readonly rank: number;
}

/** Between hedging and diversification, and the end of diversification. */
const WEAK = 0.4;
const STRONG = 0.7;

/** Why a pair is of its category, and what ranks it there: the least comes first. */
const CATEGORIES: Readonly<
  Record<PairCategory, { reason: string; order: (correlation: number) => number }>
> = {
  hedging: {
    reason: 'They move against each other: one hedges the other',
    order: (correlation) => correlation,
  },
  diversification: {
    reason: 'They move almost independently: together they spread risk',
    order: (correlation) => Math.abs(correlation),
  },
  moderate: {
    reason: 'They share some of their moves: together they spread risk only in part',
    order: (correlation) => correlation,
  },
  high_correlation: {
    reason: 'They move together: both at once double one risk',
    order: (correlation) => -correlation,
  },
};

/** The category of a correlation: the first of the contract's that holds. */
export function categoryOf(correlation: number): PairCategory {
  if (correlation < -WEAK) {
    return 'hedging';
  }
  if (Math.abs(correlation) < WEAK) {
    return 'diversification';
  }
  return correlation < STRONG ? 'moderate' : 'high_correlation';
}

/**
 * All pairs with their category, reason and rank, by category and rank. Those of equal standing are
 * ranked by their names, so that the same correlations have the same ranks every day.
 */
export function rankPairs(pairs: readonly CorrelatedPair[]): readonly BestPair[] {
  return PAIR_CATEGORIES.flatMap((category) => {
    const { reason, order } = CATEGORIES[category];
    return pairs
      .filter(({ correlation }) => categoryOf(correlation) === category)
      .toSorted(
        (a, b) =>
          order(a.correlation) - order(b.correlation) ||
          compareText(a.pair1, b.pair1) ||
          compareText(a.pair2, b.pair2),
      )
      .map((pair, index) => ({
        ...pair,
        category,
        reason: `${reason} (${formatCorrelation(pair.correlation)}).`,
        rank: index + 1,
      }));
  });
}

/** Two digits after the point, and no minus before zeros. */
function formatCorrelation(correlation: number): string {
  return correlation.toFixed(2).replace('-0.00', '0.00');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
