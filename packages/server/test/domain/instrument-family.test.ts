import { expect, test } from 'vitest';
import { CRYPTO_NAME, isCryptoInstrument } from '../../src/domain/instrument-family.ts';

test.each([
  'BTCUSDT',
  'BTC-26DEC25',
  '1000PEPEUSDT',
  'SPOT_BTCUSDT',
  'LINEAR_BTCUSDT',
  'INVERSE_BTCUSD',
])('%s is crypto', (name) => {
  expect(isCryptoInstrument(name)).toBe(true);
});

test.each(['EUR_USD', 'XAU_USD', 'SPX500_USD', 'SPOT_', 'spot_BTCUSDT', 'OPTION_BTCUSDT', '_'])(
  '%s is FX',
  (name) => {
    expect(isCryptoInstrument(name)).toBe(false);
  },
);

test('a name tells its category and its symbol, where it has a category', () => {
  expect(CRYPTO_NAME.exec('SPOT_BTCUSDT')?.slice(1)).toEqual(['SPOT', 'BTCUSDT']);
  expect(CRYPTO_NAME.exec('BTCUSDT')?.slice(1)).toEqual([undefined, undefined]);
  expect(CRYPTO_NAME.exec('EUR_USD')).toBeNull();
});
