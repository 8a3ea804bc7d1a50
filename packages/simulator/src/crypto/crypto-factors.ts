/**
 * What moves coins: all of them share one force, and each has its own. Volatilities come out at 50
 * to 100 % a year and correlations with bitcoin at 0.5 to 0.7, as they were in 2021 to 2025.
 */
import type { MarketFactor, SessionWeights } from '../market/market-factors.ts';

/** Around the clock, a little busier when New York works. */
const AROUND_THE_CLOCK: SessionWeights = { tokyo: 0.05, london: 0.06, newYork: 0.1 };
/** Wander stops growing after half a year, so that a price stays one that people know. */
const MEMORY_HOURS = 4_096;
/** A contract strays from the coins for hours, not for months. */
const BASIS_MEMORY_HOURS = 16;

function coinFactor(name: string, annualVolatility: number): MarketFactor {
  return { name, annualVolatility, sessions: AROUND_THE_CLOCK, memoryHours: MEMORY_HOURS };
}

/** All sources of movement, by independent draws. */
export const CRYPTO_FACTORS: readonly MarketFactor[] = [
  coinFactor('crypto', 0.42),
  coinFactor('BTC', 0.26),
  coinFactor('ETH', 0.4),
  coinFactor('SOL', 0.55),
  coinFactor('XRP', 0.55),
  coinFactor('PEPE', 0.8),
  {
    name: 'basis',
    annualVolatility: 0.03,
    sessions: AROUND_THE_CLOCK,
    memoryHours: BASIS_MEMORY_HOURS,
  },
];

/** A coin: its usual price, and how its price answers to each factor. */
export interface Coin {
  /** US dollars that one is worth when all factors stand at zero. */
  readonly level: number;
  readonly weights: Readonly<Record<string, number>>;
}

/** What is traded, by its code. */
export const COINS = {
  BTC: { level: 84_000, weights: { crypto: 1, BTC: 1 } },
  ETH: { level: 3_100, weights: { crypto: 1.15, ETH: 1 } },
  SOL: { level: 150, weights: { crypto: 1.3, SOL: 1 } },
  XRP: { level: 2.2, weights: { crypto: 1.1, XRP: 1 } },
  '1000PEPE': { level: 0.0105, weights: { crypto: 1.4, PEPE: 1 } },
} as const satisfies Readonly<Record<string, Coin>>;
