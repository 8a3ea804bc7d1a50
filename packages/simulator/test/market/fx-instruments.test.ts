import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { FX_INSTRUMENTS, factorWeights, usualPrice } from '../../src/market/fx-instruments.ts';
import { MARKET_FACTORS } from '../../src/market/market-factors.ts';

const named = (name: string) => {
  const found = FX_INSTRUMENTS.find((instrument) => instrument.name === name);
  expect(found, name).toBeDefined();
  return found ?? expect.unreachable();
};

describe('instruments of the generated market', () => {
  test('include every pair that is followed by default, each once', () => {
    const names = FX_INSTRUMENTS.map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining([...DEFAULT_TRACKED_PAIRS, 'XAU_USD']));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(names.toSorted());
  });

  test('have the precision that OANDA gives them', () => {
    expect(named('EUR_USD')).toMatchObject({
      type: 'CURRENCY',
      displayName: 'EUR/USD',
      pipLocation: -4,
      displayPrecision: 5,
    });
    expect(named('GBP_JPY')).toMatchObject({ pipLocation: -2, displayPrecision: 3 });
    expect(named('XAU_USD')).toMatchObject({
      type: 'METAL',
      displayName: 'Gold',
      pipLocation: -2,
      displayPrecision: 3,
    });
  });

  test('have usual prices of which a cross is the ratio of its legs', () => {
    expect(usualPrice(named('USD_JPY'))).toBeCloseTo(150, 9);
    expect(usualPrice(named('EUR_JPY'))).toBeCloseTo(
      usualPrice(named('EUR_USD')) * usualPrice(named('USD_JPY')),
      9,
    );
  });

  test('are moved by known factors alone, and not by what both sides share', () => {
    const known = new Set(MARKET_FACTORS.map(({ name }) => name));
    for (const instrument of FX_INSTRUMENTS) {
      const weights = factorWeights(instrument);
      expect([...weights.keys()].every((name) => known.has(name))).toBe(true);
    }
    expect([...factorWeights(named('USD_HKD')).keys()]).toEqual(['HKD']);
    expect(factorWeights(named('EUR_GBP')).get('europe')).toBeCloseTo(0.25, 12);
  });
});
