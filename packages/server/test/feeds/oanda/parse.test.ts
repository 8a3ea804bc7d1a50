import { describe, expect, test } from 'vitest';
import { InvalidMessageError } from '../../../src/domain/errors.ts';
import {
  parseAccounts,
  parseCandles,
  parseErrorMessage,
  parseInstrumentNames,
  parseStreamLine,
} from '../../../src/feeds/oanda/parse.ts';

const price = {
  type: 'PRICE',
  time: '2016-10-27T08:38:43.094548890Z',
  bids: [{ price: '114.295', liquidity: 1_000_000 }],
  asks: [{ price: '114.312', liquidity: 1_000_000.0 }],
  closeoutBid: '114.291',
  closeoutAsk: '114.316',
  status: 'tradeable',
  tradeable: true,
  instrument: 'EUR_JPY',
};
const line = (changes: object = {}): string => JSON.stringify({ ...price, ...changes });
const quoteOf = (changes: object) => {
  const parsed = parseStreamLine(line(changes));
  return parsed.type === 'price' ? parsed.quote : undefined;
};

describe('parseStreamLine', () => {
  test('reads a price, with every digit as the venue sent it', () => {
    expect(parseStreamLine(line())).toEqual({
      type: 'price',
      tradeable: true,
      quote: {
        type: 'quote',
        instrument: 'EUR_JPY',
        bid: '114.295',
        ask: '114.312',
        mid: '114.3035',
        time: '2016-10-27T08:38:43.094548890Z',
      },
    });
  });

  test('takes the best price wherever it stands', () => {
    const quote = quoteOf({
      bids: [{ price: '1.19195' }, { price: '1.19197' }, { price: '1.19190' }],
      asks: [{ price: '1.19210' }, { price: '1.19205' }],
    });
    expect(quote).toMatchObject({ bid: '1.19197', ask: '1.19205' });
  });

  test('takes the closeout price of a side that is empty, and only of that', () => {
    expect(quoteOf({ bids: [] })).toMatchObject({ bid: '114.291', ask: '114.312' });
    expect(quoteOf({ asks: [] })).toMatchObject({ bid: '114.295', ask: '114.316' });
  });

  test.each([
    [{ tradeable: false, status: 'non-tradeable' }, false],
    [{ tradeable: undefined, status: 'non-tradeable' }, false],
    [{ tradeable: undefined, status: undefined }, true],
  ])('knows from %o whether it can be traded', (changes, tradeable) => {
    expect(parseStreamLine(line(changes))).toMatchObject({ tradeable });
  });

  test('tells heartbeats, unknown kinds and errors apart', () => {
    const heartbeat = '{"type":"HEARTBEAT","time":"2016-10-27T08:38:44.327443673Z"}';
    expect(parseStreamLine(heartbeat)).toEqual({ type: 'heartbeat' });
    expect(parseStreamLine('{"type":"NEWS"}')).toEqual({ type: 'unknown' });
    const errors = [
      ['{"errorMessage":"gone"}', 'gone'],
      ['{"disconnect":{"code":1,"message":"bye"}}', 'bye'],
      ['{"disconnect":{}}', 'an object without type'],
      ['{}', 'an object without type'],
    ];
    for (const [text = '', message] of errors) {
      expect(parseStreamLine(text)).toEqual({ type: 'error', message });
    }
  });

  test.each([
    '{"type":"PRICE"',
    'null',
    '[]',
    '7',
    line({ instrument: undefined }),
    line({ instrument: 7 }),
    line({ instrument: 'EUR JPY' }),
    line({ time: undefined }),
    line({ time: 'now' }),
    line({ time: '2026-99-99T99:99:99Z' }),
    line({ time: '1509137998.126267519' }),
    line({ bids: undefined }),
    line({ asks: 'x' }),
    line({ bids: [null] }),
    line({ bids: [{ price: 1.1 }] }),
    line({ bids: [{ price: '-1' }] }),
    line({ bids: [{ price: '0.000' }] }),
    line({ asks: [{ price: 'NaN' }] }),
    line({ asks: [], closeoutAsk: undefined }),
  ])('refuses %s', (text) => {
    expect(() => parseStreamLine(text)).toThrow(InvalidMessageError);
  });
});

test('a price that is not one is shown short', () => {
  const attempt = (price: unknown) => () => parseStreamLine(line({ bids: [{ price }] }));
  expect(attempt('9'.repeat(50_000))).toThrow(`got '${'9'.repeat(60)}'`);
  expect(attempt(1.1)).toThrow('got number');
});

describe('answers', () => {
  test('accounts and instruments give their names', () => {
    expect(parseAccounts('{"accounts":[{"id":"101-004-1435156-002","tags":[]}]}')).toEqual([
      '101-004-1435156-002',
    ]);
    const instruments =
      '{"instruments":[{"name":"EUR_USD","type":"CURRENCY"},{"name":"DE30_EUR"}]}';
    expect([...parseInstrumentNames(instruments)]).toEqual(['EUR_USD', 'DE30_EUR']);
  });

  test('of another shape are refused', () => {
    expect(() => parseAccounts('{}')).toThrow(InvalidMessageError);
    expect(() => parseInstrumentNames('{"instruments":{}}')).toThrow(InvalidMessageError);
  });

  test('that are errors give the reason, where they have one', () => {
    expect(parseErrorMessage('{"errorMessage":"Invalid value"}')).toBe('Invalid value');
    expect(parseErrorMessage('<html>503</html>')).toBeUndefined();
    expect(parseErrorMessage('{"code":1}')).toBeUndefined();
  });
});

describe('parseCandles', () => {
  const candle = {
    complete: true,
    volume: 133,
    time: '2017-07-14T19:35:00.000000000Z',
    mid: { o: '12662.5', h: '12663.50', l: '12658.8', c: '12662' },
  };
  const body = (...candles: unknown[]): string => JSON.stringify({ candles });

  test('reads candles, with every digit as the venue sent it', () => {
    const next = { ...candle, time: '2017-07-14T19:40:00Z', volume: '18', complete: false };
    expect(parseCandles(body(candle, next))).toEqual([
      {
        start: Date.UTC(2017, 6, 14, 19, 35),
        open: '12662.5',
        high: '12663.50',
        low: '12658.8',
        close: '12662',
        volume: '133',
        isComplete: true,
      },
      expect.objectContaining({ volume: '18', isComplete: false }),
    ]);
    expect(parseCandles(body())).toEqual([]);
  });

  const side = (close: string): object => ({ o: '12662.0', h: '12663', l: '12658.80', c: close });

  test('reads the candles of both sides, where both are there', () => {
    const sided = { ...candle, bid: side('12661.9'), ask: side('12662.10') };
    expect(parseCandles(body(sided))).toMatchObject([
      {
        open: '12662.5',
        close: '12662',
        sides: {
          bid: { open: '12662.0', high: '12663', low: '12658.80', close: '12661.9' },
          ask: { open: '12662.0', high: '12663', low: '12658.80', close: '12662.10' },
        },
      },
    ]);
    for (const one of [candle, { ...candle, bid: side('1') }, { ...candle, ask: side('1') }]) {
      expect(parseCandles(body(one))[0]?.sides).toBeUndefined();
    }
  });

  test.each([
    ['{"candles":{}}', 'Expected a list `candles`'],
    ['{}', 'Expected a list `candles`'],
    [body(null), 'Expected a candle with an RFC 3339 time'],
    [body({ ...candle, time: '1500060900' }), 'Expected a candle with an RFC 3339 time'],
    [body({ ...candle, complete: undefined }), 'whether it is complete (2017-07-14T19:35'],
    [body({ ...candle, volume: -1 }), 'a count of prices (2017-07-14T19:35'],
    [body({ ...candle, volume: 1.5 }), 'a count of prices'],
    [body({ ...candle, volume: null }), 'a count of prices'],
    [body({ ...candle, mid: undefined }), 'Expected a price above zero, got undefined'],
    [body({ ...candle, mid: { ...candle.mid, l: 12658.8 } }), 'above zero, got number'],
    [body({ ...candle, mid: { ...candle.mid, h: 'NaN' } }), `above zero, got 'NaN'`],
    [body({ ...candle, bid: null, ask: side('1') }), 'Expected a price above zero, got undefined'],
    [body({ ...candle, bid: side('1'), ask: side('-1') }), `above zero, got '-1'`],
    [body(candle, candle), 'Expected candles in the order of their times'],
  ])('refuses %s', (text, message) => {
    const attempt = (): unknown => parseCandles(text);
    expect(attempt).toThrow(InvalidMessageError);
    expect(attempt).toThrow(message);
  });
});
