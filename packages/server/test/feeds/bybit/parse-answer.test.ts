import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeedError, InvalidMessageError } from '../../../src/domain/errors.ts';
import {
  parseInstruments,
  parseKlines,
  parseRecentTrades,
  parseResult,
} from '../../../src/feeds/bybit/parse-answer.ts';

const TIME = 1790656534259;
const HOUR_MS = 3_600_000;
const START = 1790654400000;
const envelope = (changes: object): string =>
  JSON.stringify({
    retCode: 0,
    retMsg: 'OK',
    result: { list: [] },
    retExtInfo: {},
    time: TIME,
    ...changes,
  });

describe('parseResult', () => {
  test('opens the envelope', () => {
    expect(parseResult(envelope({}))).toEqual({ result: { list: [] }, time: TIME });
  });

  const ERRORS: [number, string, string][] = [
    [10_001, 'params error: symbol invalid', 'FEED_REFUSED'],
    [10_006, 'Too many visits. Exceeded the API Rate Limit.', 'FEED_RATE_LIMITED'],
    [10_016, 'Server error.', 'FEED_UNAVAILABLE'],
  ];
  test.each(ERRORS)('throws the error %i that status 200 hides', (retCode, retMsg, code) => {
    const read = (): unknown => parseResult(envelope({ retCode, retMsg, result: {} }));
    expect(read).toThrow(FeedError);
    expect(read).toThrow(
      expect.objectContaining({ code, message: `Bybit answered ${retCode}: ${retMsg}` }) as Error,
    );
  });

  const BROKEN: [string, string][] = [
    ['<html></html>', 'Expected JSON'],
    ['[]', 'Expected a JSON object, got a list'],
    ['{}', 'Expected a number as retCode, got nothing'],
    [envelope({ retCode: '0' }), "Expected a number as retCode, got '0'"],
    [envelope({ retCode: { toString: 1 } }), 'Expected a number as retCode, got object'],
    [envelope({ result: undefined }), 'Expected a JSON object, got nothing'],
    [envelope({ result: [] }), 'Expected a JSON object, got a list'],
    [envelope({ time: String(TIME) }), `Expected a whole number as time, got '${TIME}'`],
    [envelope({}).replace(String(TIME), '1e999'), 'Expected a whole number as time, got Infinity'],
  ];
  test.each(BROKEN)('rejects %s', (body, message) => {
    expect(() => parseResult(body)).toThrow(InvalidMessageError);
    expect(() => parseResult(body)).toThrow(message);
  });

  test('says of odd words only what they are', () => {
    expect(() => parseResult(envelope({ retCode: 1, retMsg: { toString: 1 } }))).toThrow(
      'Bybit answered 1: object',
    );
  });
});

describe('parseKlines', () => {
  const ROWS = [
    [String(START), '83037.3', '83264.4', '82983.1', '83076.1', '548.353', '45593741.0199'],
    [String(START - HOUR_MS), '82932.3', '83197.4', '82816.1', '83037.3', '1441.042', '1.5'],
  ];

  test('turns the venue’s order round, and knows what is over', () => {
    const candles = parseKlines({ list: ROWS }, '60', TIME);
    expect(candles).toEqual([
      {
        start: START - HOUR_MS,
        end: START - 1,
        open: '82932.3',
        high: '83197.4',
        low: '82816.1',
        close: '83037.3',
        volume: '1441.042',
        turnover: '1.5',
        isConfirmed: true,
      },
      expect.objectContaining({ start: START, end: START + HOUR_MS - 1, isConfirmed: false }),
    ]);
  });

  test('takes a candle for over from its very end on', () => {
    const isOver = (closedBefore: number): boolean | undefined =>
      parseKlines({ list: ROWS }, '60', closedBefore)[1]?.isConfirmed;
    expect(isOver(START + HOUR_MS - 1)).toBe(false);
    expect(isOver(START + HOUR_MS)).toBe(true);
  });

  const BROKEN: [unknown, string][] = [
    [undefined, 'Expected a JSON list, got nothing'],
    [{}, 'Expected a JSON list, got object'],
    [[5], 'Expected a JSON list, got 5'],
    [[[]], 'Expected a decimal as start, got nothing'],
    [[[START, '1', '1', '1', '1', '1', '1']], `Expected a decimal as start, got ${START}`],
    [[[`${START}.5`, '1', '1', '1', '1', '1', '1']], 'Expected a whole number as start'],
    [[['9'.repeat(30), '1', '1', '1', '1', '1', '1']], 'Expected a whole number as start'],
    [[[String(START + 1), '1', '1', '1', '1', '1', '1']], 'Expected a whole candle of interval 60'],
    [[[String(START), '1', '1', '1', '1']], 'Expected a decimal as volume, got nothing'],
    [[[String(START), '1', '1', '1', '1', '1', '-1']], 'Expected a turnover of at least 0'],
  ];
  test.each(BROKEN)('rejects %j', (list, message) => {
    expect(() => parseKlines({ list }, '60', TIME)).toThrow(InvalidMessageError);
    expect(() => parseKlines({ list }, '60', TIME)).toThrow(message);
  });

  test('throws nothing else for months that no calendar has', () => {
    const row = ['9'.repeat(16), '1', '1', '1', '1', '1', '1'];
    expect(() => parseKlines({ list: [row] }, 'M', TIME)).toThrow(InvalidMessageError);
  });
});

describe('parseInstruments', () => {
  test('reads symbols and where the next page begins', () => {
    const list = [{ symbol: 'BTCUSDT', status: 'Trading' }, { symbol: 'BTC-26DEC25' }];
    expect(parseInstruments({ list, nextPageCursor: 'first%3DA' })).toEqual({
      symbols: ['BTCUSDT', 'BTC-26DEC25'],
      cursor: 'first%3DA',
    });
    // Spot has no pages.
    expect(parseInstruments({ list: [] })).toEqual({ symbols: [], cursor: '' });
  });

  test.each([[[null]], [[{}]], [[{ symbol: 5 }]], [undefined]])('rejects %j', (list) => {
    expect(() => parseInstruments({ list })).toThrow(InvalidMessageError);
  });
});

describe('parseRecentTrades', () => {
  const ROW = { execId: 'a', price: '27858.10', size: '0.001', side: 'Buy', time: '1679907414058' };

  test('turns the venue’s order round', () => {
    const list = [ROW, { ...ROW, execId: 'b', side: 'Sell' }];
    expect(parseRecentTrades({ list })).toEqual([
      { id: 'b', price: '27858.10', size: '0.001', side: 'Sell', time: 1679907414058 },
      { id: 'a', price: '27858.10', size: '0.001', side: 'Buy', time: 1679907414058 },
    ]);
  });

  const BROKEN = [null, [], { ...ROW, time: '' }, { ...ROW, time: null }, { ...ROW, time: [] }];
  test.each(BROKEN)('rejects the row %j', (row) => {
    expect(() => parseRecentTrades({ list: [row] })).toThrow(InvalidMessageError);
  });
});

test('no answer makes any of them throw anything else', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const fields = { list: value, nextPageCursor: value };
      const parsers = [
        () => parseResult(JSON.stringify(value)),
        () => parseResult(envelope({ retCode: value, retMsg: value })),
        () => parseKlines(fields, 'M', TIME),
        () => parseKlines({ list: [value, [value]] }, '1', TIME),
        () => parseInstruments(fields),
        () => parseRecentTrades({ list: [value] }),
      ];
      for (const parse of parsers) {
        try {
          parse();
        } catch (error) {
          expect([FeedError, InvalidMessageError]).toContain((error as Error).constructor);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
