/**
 * What moves currencies: each has a force of its own, and shares others with its neighbours. The
 * weights are chosen so that volatilities and correlations of the pairs come out like FX's.
 */

/** How much of a factor's variance each financial centre's working day brings. */
export interface SessionWeights {
  readonly tokyo: number;
  readonly london: number;
  readonly newYork: number;
}

/** One independent source of movement. */
export interface MarketFactor {
  readonly name: string;
  /** Standard deviation of its change over a year, as a fraction: 0.05 is 5 %. */
  readonly annualVolatility: number;
  readonly sessions: SessionWeights;
  /** Wander stops growing beyond this many hours; what is pegged needs it. */
  readonly memoryHours?: number;
}

/** A currency: its usual value, and how it answers to each factor. */
export interface Currency {
  /** US dollars that one unit is worth when all factors stand at zero. */
  readonly level: number;
  readonly weights: Readonly<Record<string, number>>;
}

const EUROPEAN: SessionWeights = { tokyo: 0.15, london: 1, newYork: 0.6 };
const AMERICAN: SessionWeights = { tokyo: 0.3, london: 0.7, newYork: 1 };
const ASIAN: SessionWeights = { tokyo: 1, london: 0.5, newYork: 0.5 };
const WORLDWIDE: SessionWeights = { tokyo: 0.4, london: 0.8, newYork: 1 };

/** All sources of movement, by independent draws. */
export const MARKET_FACTORS: readonly MarketFactor[] = [
  { name: 'europe', annualVolatility: 0.04, sessions: EUROPEAN },
  { name: 'commodities', annualVolatility: 0.06, sessions: WORLDWIDE },
  { name: 'risk', annualVolatility: 0.05, sessions: WORLDWIDE },
  { name: 'USD', annualVolatility: 0.05, sessions: AMERICAN },
  { name: 'EUR', annualVolatility: 0.03, sessions: EUROPEAN },
  { name: 'GBP', annualVolatility: 0.055, sessions: EUROPEAN },
  { name: 'CHF', annualVolatility: 0.04, sessions: EUROPEAN },
  { name: 'JPY', annualVolatility: 0.075, sessions: ASIAN },
  { name: 'AUD', annualVolatility: 0.045, sessions: ASIAN },
  { name: 'NZD', annualVolatility: 0.045, sessions: ASIAN },
  { name: 'CAD', annualVolatility: 0.03, sessions: AMERICAN },
  { name: 'SEK', annualVolatility: 0.05, sessions: EUROPEAN },
  { name: 'NOK', annualVolatility: 0.055, sessions: EUROPEAN },
  { name: 'CNH', annualVolatility: 0.03, sessions: ASIAN },
  { name: 'HKD', annualVolatility: 0.006, sessions: ASIAN, memoryHours: 256 },
  { name: 'XAU', annualVolatility: 0.13, sessions: WORLDWIDE },
];

/** What can be either side of a pair, by its code. */
export const CURRENCIES: Readonly<Record<string, Currency>> = {
  USD: { level: 1, weights: { USD: 1, risk: -0.3 } },
  EUR: { level: 1.09, weights: { EUR: 1, europe: 1 } },
  GBP: { level: 1.27, weights: { GBP: 1, europe: 0.75, risk: 0.3 } },
  CHF: { level: 1 / 0.88, weights: { CHF: 1, europe: 0.85, risk: -0.4 } },
  JPY: { level: 1 / 150, weights: { JPY: 1, risk: -0.9 } },
  AUD: { level: 0.66, weights: { AUD: 1, commodities: 1, risk: 0.6 } },
  NZD: { level: 0.605, weights: { NZD: 1, commodities: 0.95, risk: 0.6 } },
  CAD: { level: 1 / 1.36, weights: { CAD: 1, commodities: 0.5, risk: 0.3 } },
  SEK: { level: 1 / 10.4, weights: { SEK: 1, europe: 1, risk: 0.4 } },
  NOK: { level: 1 / 10.7, weights: { NOK: 1, europe: 0.7, commodities: 0.5, risk: 0.4 } },
  CNH: { level: 1 / 7.2, weights: { CNH: 1, USD: 0.6, risk: -0.1, commodities: 0.1 } },
  HKD: { level: 1 / 7.8, weights: { HKD: 1, USD: 1, risk: -0.3 } },
  XAU: { level: 2_400, weights: { XAU: 1, commodities: 0.3, risk: -0.4 } },
};
