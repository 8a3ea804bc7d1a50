/**
 * Coins that never stop trading. As with {@link createGeneratedMarket}, everything is a function of
 * the seed; here the base is the stream of trades, and candles, tickers and books are made from it.
 */
import type { BybitCategory } from '../bybit/bybit-category.ts';
import { COINS, CRYPTO_FACTORS } from './crypto-factors.ts';
import { CRYPTO_INSTRUMENTS, type CryptoInstrument } from './crypto-instruments.ts';
import { CryptoSeries } from './crypto-series.ts';
import { FactorPath } from '../market/factor-path.ts';
import type { WeightedPath } from '../market/hour-path.ts';
import { mixInteger, namedKey } from '../market/integer-hash.ts';

/** All instruments of one seed. */
export interface CryptoMarket {
  /** Oldest definitions first within a category. */
  list(category: BybitCategory): readonly CryptoSeries[];
  find(category: BybitCategory, symbol: string): CryptoSeries | undefined;
}

/** Builds the market of a seed, any integer. */
export function createCryptoMarket(seed: number): CryptoMarket {
  const rootKey = namedKey(mixInteger(seed), 'crypto');
  const sharedClusters = namedKey(rootKey, 'clusters');
  const paths = CRYPTO_FACTORS.map((factor) => {
    const own = namedKey(namedKey(rootKey, 'factor'), factor.name);
    return new FactorPath(factor, { own, sharedClusters }, 'open');
  });
  const series = CRYPTO_INSTRUMENTS.map((instrument) => {
    const { category, symbol } = instrument;
    const key = namedKey(namedKey(rootKey, category), symbol);
    return new CryptoSeries({ instrument, paths: weightedPaths(instrument, paths), key });
  });
  return {
    list: (category) => series.filter(({ instrument }) => instrument.category === category),
    find: (category, symbol) =>
      series.find(
        ({ instrument }) => instrument.category === category && instrument.symbol === symbol,
      ),
  };
}

/** The factors of an instrument, always in the same order: sums of floats depend on it. */
function weightedPaths(
  { coin, category }: CryptoInstrument,
  paths: readonly FactorPath[],
): readonly WeightedPath[] {
  const weights = new Map<string, number>(Object.entries(COINS[coin].weights));
  if (category !== 'spot') {
    weights.set('basis', 1);
  }
  return paths.flatMap((path) => {
    const weight = weights.get(path.factor.name);
    return weight === undefined ? [] : [{ path, weight }];
  });
}
