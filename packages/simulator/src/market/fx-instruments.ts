import { CURRENCIES } from './market-factors.ts';
import type { SimulatedInstrument } from './market.ts';

/** An instrument of the generated market with what its quotes look like. */
export interface GeneratedInstrument extends SimulatedInstrument {
  readonly base: string;
  readonly quote: string;
  /** Usual distance of bid and ask, in units of the last digit of a price; at least 2. */
  readonly spreadPoints: number;
  /** Ticks in a minute of average volatility. */
  readonly ticksPerMinute: number;
}

/** The instruments of the generated market, in alphabetical order as OANDA lists them. */
export const FX_INSTRUMENTS: readonly GeneratedInstrument[] = [
  instrument('AUD_CAD', 24, 28), instrument('AUD_CHF', 24, 25), instrument('AUD_HKD', 110, 20),
  instrument('AUD_JPY', 20, 45), instrument('AUD_NZD', 28, 18), instrument('AUD_USD', 14, 45),
  instrument('CAD_CHF', 24, 22), instrument('CAD_HKD', 110, 18), instrument('CAD_JPY', 22, 35),
  instrument('CHF_HKD', 140, 18), instrument('CHF_JPY', 26, 35), instrument('EUR_AUD', 26, 45),
  instrument('EUR_CAD', 26, 40), instrument('EUR_CHF', 20, 30), instrument('EUR_GBP', 15, 40),
  instrument('EUR_HKD', 130, 22), instrument('EUR_JPY', 19, 60), instrument('EUR_NOK', 340, 22),
  instrument('EUR_NZD', 34, 35), instrument('EUR_SEK', 330, 22), instrument('EUR_USD', 13, 70),
  instrument('GBP_AUD', 36, 45), instrument('GBP_CAD', 36, 40), instrument('GBP_CHF', 33, 35),
  instrument('GBP_HKD', 160, 22), instrument('GBP_JPY', 30, 60), instrument('GBP_NZD', 48, 40),
  instrument('GBP_USD', 18, 60), instrument('NZD_CAD', 26, 24), instrument('NZD_CHF', 26, 22),
  instrument('NZD_HKD', 110, 18), instrument('NZD_JPY', 24, 35), instrument('NZD_USD', 17, 35),
  instrument('USD_CAD', 18, 50), instrument('USD_CHF', 16, 40), instrument('USD_CNH', 190, 16),
  instrument('USD_HKD', 35, 6), instrument('USD_JPY', 14, 70), instrument('USD_NOK', 360, 22),
  instrument('USD_SEK', 350, 22), instrument('XAU_USD', 380, 75),
]; // prettier-ignore

/** The price at which all factors stand at zero. */
export function usualPrice({ base, quote }: GeneratedInstrument): number {
  return currency(base).level / currency(quote).level;
}

/** How the logarithm of the price answers to each factor that moves it at all. */
export function factorWeights({ base, quote }: GeneratedInstrument): ReadonlyMap<string, number> {
  const weights = new Map(Object.entries(currency(base).weights));
  for (const [factor, weight] of Object.entries(currency(quote).weights)) {
    const difference = (weights.get(factor) ?? 0) - weight;
    if (difference === 0) {
      weights.delete(factor);
    } else {
      weights.set(factor, difference);
    }
  }
  return weights;
}

function instrument(
  name: string,
  spreadPoints: number,
  ticksPerMinute: number,
): GeneratedInstrument {
  const [base = '', quote = ''] = name.split('_');
  const isCoarse = quote === 'JPY' || base === 'XAU';
  return {
    name,
    base,
    quote,
    type: base === 'XAU' ? 'METAL' : 'CURRENCY',
    displayName: base === 'XAU' ? 'Gold' : `${base}/${quote}`,
    pipLocation: isCoarse ? -2 : -4,
    displayPrecision: isCoarse ? 3 : 5,
    spreadPoints,
    ticksPerMinute,
  };
}

function currency(code: string): (typeof CURRENCIES)[string] {
  const found = CURRENCIES[code];
  if (found === undefined) {
    throw new RangeError(`Expected a currency of the generated market, got '${code}'`);
  }
  return found;
}
