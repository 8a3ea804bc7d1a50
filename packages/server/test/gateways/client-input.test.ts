import { describe, expect, test } from 'vitest';
import {
  findInvalidPairs,
  readPairsRequest,
  readPriceRequest,
} from '../../src/gateways/client-input.ts';

const TRACKED = ['EUR_USD', 'GBP_USD'];

describe('readPairsRequest', () => {
  test('reads a list in any case, each name once', () => {
    expect(
      readPairsRequest({ pairs: ['eur_usd', 'EUR_USD', 'Gbp_Usd'], extra: 1 }, TRACKED),
    ).toEqual({
      pairs: ['EUR_USD', 'GBP_USD'],
      isToAll: false,
    });
    expect(readPairsRequest({ pairs: 'eur_usd' }, TRACKED)).toEqual({
      pairs: ['EUR_USD'],
      isToAll: false,
    });
  });

  test.each(['*', ['*'], ['EUR_USD', '*']])('takes %o for all', (pairs) => {
    expect(readPairsRequest({ pairs }, TRACKED)).toEqual({ pairs: TRACKED, isToAll: true });
  });

  test.each([
    undefined,
    null,
    7,
    'EUR_USD',
    [],
    {},
    { pairs: null },
    { pairs: [] },
    { pairs: [1] },
    { pairs: [['EUR_USD']] },
    { pairs: { length: 1 } },
    { pairs: Array.from({ length: 1_001 }, () => 'EUR_USD') },
    { pairs: Buffer.from('EUR_USD') },
    { pairs: ['EUR_USD', Buffer.from('x')] },
  ])('says what it expects of %o', (payload) => {
    expect(readPairsRequest(payload, TRACKED)).toMatchObject({ error: 'Invalid request' });
  });
});

describe('findInvalidPairs', () => {
  test('names all that are not tracked, and few of very many', () => {
    expect(findInvalidPairs(TRACKED, TRACKED)).toBeUndefined();
    expect(findInvalidPairs(['EUR_USD', 'NOPE', '__proto__'], TRACKED)).toMatchObject({
      error: 'Invalid pairs: NOPE, __proto__',
    });
    const many = Array.from({ length: 500 }, (_, index) => `${'X'.repeat(100)}${index}`);
    const { error } = findInvalidPairs(many, TRACKED)!;
    expect(error).toMatch(/ and 490 more$/);
    expect(error.length).toBeLessThan(500);
  });
});

describe('readPriceRequest', () => {
  test('reads a tracked name in any case', () => {
    expect(readPriceRequest({ instrument: 'eur_usd' }, TRACKED)).toEqual({ instrument: 'EUR_USD' });
  });

  test('tells a name that is not tracked from a request that is none', () => {
    expect(readPriceRequest({ instrument: 'INVALID_USD' }, TRACKED)).toMatchObject({
      error: 'Invalid instrument: INVALID_USD',
    });
    for (const payload of [
      undefined,
      null,
      'EUR_USD',
      {},
      { instrument: 7 },
      { instrument: ['EUR_USD'] },
    ]) {
      expect(readPriceRequest(payload, TRACKED)).toMatchObject({ error: 'Invalid request' });
    }
  });
});
