import { describe, expect, test } from 'vitest';
import { InvalidMessageError } from '../../../src/domain/errors.ts';
import { parseFrame, refusedTopic } from '../../../src/feeds/bybit/parse.ts';
import { START, book, klines, ticker, trades } from './sound-frames.ts';

describe('parseFrame', () => {
  test('reads candles, each as it is written', () => {
    expect(parseFrame(klines({}, { start: START + 60_000, end: START + 119_999 }))).toEqual({
      type: 'candles',
      topic: 'kline.1.BTCUSDT',
      candles: [
        {
          start: START,
          end: START + 59_999,
          open: '84045',
          high: '84045',
          low: '84017.8',
          close: '84017.8',
          volume: '7.316',
          turnover: '614833.7084',
          isConfirmed: false,
        },
        expect.objectContaining({ start: START + 60_000, isConfirmed: false }),
      ],
    });
  });

  const spans: [string, number, number][] = [
    ['1', Date.UTC(2026, 1, 1), Date.UTC(2026, 1, 1, 0, 1)],
    ['720', Date.UTC(2026, 1, 1, 12), Date.UTC(2026, 1, 2)],
    ['D', Date.UTC(2026, 1, 28), Date.UTC(2026, 2, 1)],
    ['W', Date.UTC(2026, 1, 2), Date.UTC(2026, 1, 9)],
    ['M', Date.UTC(2026, 1, 1), Date.UTC(2026, 2, 1)],
  ];
  test.each(spans)('takes a candle of interval %s for what it is', (interval, start, next) => {
    const frame = JSON.parse(klines({ start, end: next - 1 })) as object;
    const topic = `kline.${interval}.BTCUSDT`;
    expect(parseFrame(JSON.stringify({ ...frame, topic }))).toMatchObject({
      type: 'candles',
      candles: [{ start, end: next - 1 }],
    });
    expect(() =>
      parseFrame(
        JSON.stringify({ ...(JSON.parse(klines({ start, end: next })) as object), topic }),
      ),
    ).toThrow(`Expected a whole candle of interval ${interval}, got ${start} to ${next}`);
  });

  test('reads trades, and leaves ids alone that are longer than a number', () => {
    expect(parseFrame(trades({}, { i: '2290000000050703789', S: 'Sell', L: undefined }))).toEqual({
      type: 'trades',
      topic: 'publicTrade.BTCUSDT',
      trades: [
        {
          time: 1791365008334,
          side: 'Buy',
          price: '83766.30',
          size: '0.001',
          id: '68bc1c35-dcc0-58e8-a4c5-f59a6b790814',
        },
        expect.objectContaining({ id: '2290000000050703789', side: 'Sell' }),
      ],
    });
  });

  test('reads a ticker: what is absent stays so, and what is empty stays empty', () => {
    const change = { highPrice24h: '', fundingRate: 'whatever', deliveryTime: 7 };
    expect(parseFrame(ticker(change))).toEqual({
      type: 'ticker',
      topic: 'tickers.BTCUSDT',
      isSnapshot: false,
      sequence: 176530004279,
      fields: { lastPrice: '61874.00', price24hPcnt: '-0.009772', highPrice24h: '' },
    });
    expect(parseFrame(ticker({}, { type: 'snapshot', cs: undefined }))).toMatchObject({
      isSnapshot: true,
      sequence: undefined,
    });
  });

  test('reads a book, and a side of it that is empty', () => {
    expect(parseFrame(book({ b: [] }))).toEqual({
      type: 'book',
      topic: 'orderbook.50.BTCUSDT',
      isSnapshot: false,
      bids: [],
      asks: [['109148.00', '0']],
      updateId: 7,
    });
    expect(parseFrame(book({}, { type: 'snapshot' }))).toMatchObject({ isSnapshot: true });
  });

  const PONGS = [
    '{"success":true,"ret_msg":"pong","conn_id":"465772b1","req_id":"","op":"ping"}',
    '{"success":true,"ret_msg":"pong","conn_id":"465772b1","op":"ping"}',
    '{"req_id":"1","op":"pong","args":["1672916271846"],"conn_id":"cfcb4ocsvfriu23r3er0-1b"}',
  ];
  test.each(PONGS)('knows a pong: %s', (text) => {
    expect(parseFrame(text)).toEqual({ type: 'pong' });
  });

  const ANSWERS: [string, object][] = [
    [
      '{"success":true,"ret_msg":"","conn_id":"d","req_id":"s-17","op":"subscribe"}',
      { requestId: 's-17', isSuccess: true, message: '' },
    ],
    [
      '{"success":true,"ret_msg":"subscribe","conn_id":"d","op":"subscribe"}',
      { requestId: '', isSuccess: true, message: 'subscribe' },
    ],
    [
      '{"success":false,"ret_msg":"args size >10","conn_id":"d","req_id":"2","op":"subscribe"}',
      { requestId: '2', isSuccess: false, message: 'args size >10' },
    ],
    [
      '{"success":true,"conn_id":"d","data":{"failTopics":[]},"type":"COMMAND_RESP"}',
      { requestId: '', isSuccess: true, message: '' },
    ],
    ['{"success":false,"ret_msg":5,"req_id":6,"op":"ping"}', { requestId: '', message: '' }],
  ];
  test.each(ANSWERS)('knows an answer: %s', (text, expected) => {
    expect(parseFrame(text)).toMatchObject({ type: 'answer', ...expected });
  });

  const UNKNOWN = [
    '{}',
    '{"topic":5}',
    '{"topic":""}',
    '{"topic":"klines"}',
    '{"topic":"allLiquidation.ROSEUSDT","type":"snapshot","ts":1,"data":[{"T":1}]}',
    '{"type":"NEWS","data":[]}',
  ];
  test.each(UNKNOWN)('does not mind what it does not know: %s', (text) => {
    expect(parseFrame(text)).toEqual({ type: 'unknown' });
  });

  const BROKEN: [string, string][] = [
    ['', 'Expected JSON'],
    ['ping', 'Expected JSON'],
    ['{"topic":"kline.1.BTCUSDT"', 'Expected JSON'],
    ['[]', 'Expected a JSON object, got a list'],
    ['null', 'Expected a JSON object, got null'],
    ['"x"', "Expected a JSON object, got 'x'"],
    ['{"topic":"kline.1.BTCUSDT"}', 'Expected a JSON list, got nothing'],
    ['{"topic":"kline.1.BTCUSDT","data":{}}', 'Expected a JSON list, got object'],
    ['{"topic":"kline.1.BTCUSDT","data":[1]}', 'Expected a JSON object, got 1'],
    ['{"topic":"kline","data":[{"confirm":true}]}', "Expected an interval in the topic, got ''"],
    [klines({}).replace('kline.1.', 'kline.7.'), "Expected an interval in the topic, got '7'"],
    [klines({ confirm: 'true' }), "Expected true or false as confirm, got 'true'"],
    [klines({ confirm: undefined }), 'Expected true or false as confirm, got nothing'],
    [klines({ start: String(START) }), `Expected a whole number as start, got '${START}'`],
    [klines({ start: START + 0.5 }), `Expected a whole number as start, got ${START}.5`],
    [klines({ start: null }), 'Expected a whole number as start, got null'],
    [klines({ start: START + 1 }), 'Expected a whole candle of interval 1'],
    [klines({ start: START - 60_000 }), 'Expected a whole candle of interval 1'],
    [klines({ start: -60_000, end: -1 }), 'Expected a time as start, got -60000'],
    [klines({ start: 9e15, end: 9e15 + 59_999 }), 'Expected a time as start, got 9000000000000000'],
    [klines({ end: undefined }), 'Expected a whole number as end, got nothing'],
    [klines({ open: 84045 }), 'Expected a decimal as open, got 84045'],
    [klines({ high: 'NaN' }), "Expected a decimal as high, got 'NaN'"],
    [klines({ low: '1e5' }), "Expected a decimal as low, got '1e5'"],
    [klines({ close: '' }), "Expected a decimal as close, got ''"],
    [klines({ close: undefined }), 'Expected a decimal as close, got nothing'],
    [klines({ volume: '-1' }), "Expected a volume of at least 0, got '-1'"],
    [klines({ turnover: [] }), 'Expected a decimal as turnover, got a list'],
    [trades({ T: '1' }), "Expected a whole number as time, got '1'"],
    [trades({ T: -1 }), 'Expected a time as time, got -1'],
    [trades({ S: 'buy' }), "Expected 'Buy' or 'Sell' as side, got 'buy'"],
    [trades({ i: 5 }), "Expected a text as the trade's id, got 5"],
    [trades({ i: '' }), "Expected a text as the trade's id, got ''"],
    [trades({ p: '0' }), "Expected a price above zero, got '0'"],
    [trades({ p: '-1' }), "Expected a price above zero, got '-1'"],
    [trades({ p: 'Infinity' }), "Expected a decimal as price, got 'Infinity'"],
    [trades({ v: '0.000' }), "Expected a size above zero, got '0.000'"],
    [trades({}, { v: true }), 'Expected a decimal as size, got boolean'],
    [ticker({ lastPrice: 61874 }), 'Expected a decimal as lastPrice, got 61874'],
    [ticker({ volume24h: '1e9' }), "Expected a decimal as volume24h, got '1e9'"],
    [ticker({ lowPrice24h: null }), 'Expected a decimal as lowPrice24h, got null'],
    [ticker({}, { type: undefined }), "Expected 'snapshot' or 'delta' as type, got nothing"],
    [ticker({}, { cs: '5' }), "Expected a whole number as cs, got '5'"],
    [ticker({}, { data: [] }), 'Expected a JSON object, got a list'],
    [book({ u: '7' }), "Expected a whole number as u, got '7'"],
    [book({}).replace('"u":7', '"u":1e999'), 'Expected a whole number as u, got Infinity'],
    [book({ u: 2 ** 53 }), 'Expected a whole number as u, got 9007199254740992'],
    [book({ a: undefined }), 'Expected a JSON list, got nothing'],
    [book({ b: [['1']] }), 'Expected a decimal as size, got nothing'],
    [book({ b: ['1', '2'] }), "Expected a JSON list, got '1'"],
    [book({ b: [['0', '2']] }), "Expected a price above zero, got '0'"],
    [book({ b: [['1', '-2']] }), "Expected a size of at least 0, got '-2'"],
    [book({}, { type: 'news' }), "Expected 'snapshot' or 'delta' as type, got 'news'"],
  ];
  test.each(BROKEN)('rejects %s', (text, message) => {
    expect(() => parseFrame(text)).toThrow(InvalidMessageError);
    expect(() => parseFrame(text)).toThrow(message);
  });

  test('shows of a long value its beginning', () => {
    const error = expect.objectContaining({
      message: expect.stringMatching(/^Expected a decimal as open, got '9{60}'$/) as string,
    }) as Error;
    expect(() => parseFrame(klines({ open: '9'.repeat(100_000) }))).toThrow(error);
  });

  test('reads a message of a megabyte, and gets lost in no depth', () => {
    const levels = Array.from({ length: 50_000 }, (_, index) => [`${index + 1}.25`, '1.5']);
    expect(book({ b: levels }).length).toBeGreaterThan(900_000);
    expect(parseFrame(book({ b: levels }))).toMatchObject({ bids: levels });
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    const text = `{"topic":"kline.1.BTCUSDT","data":[{"start":${deep}}]}`;
    expect(() => parseFrame(text)).toThrow(InvalidMessageError);
  });

  test('takes nothing from a prototype that a frame brings along', () => {
    const text = ticker({}).replace('"lastPrice":', '"__proto__":{"lastPrice":"1"},"lastPrice2":');
    expect(parseFrame(text)).toMatchObject({ fields: { price24hPcnt: '-0.009772' } });
    expect(parseFrame(text)).not.toHaveProperty('fields.lastPrice');
    const poison = '{"__proto__":{"topic":"tickers.BTCUSDT","type":"delta","data":{}}}';
    expect(parseFrame(poison)).toEqual({ type: 'unknown' });
    expect({}).not.toHaveProperty('topic');
  });
});

describe('refusedTopic', () => {
  const REFUSALS: [string, string | undefined][] = [
    ['error:handler not found,topic:orderbook.50.NOPEUSDT', 'orderbook.50.NOPEUSDT'],
    ['error:already subscribed,topic:orderbook.1.ETHUSDT', 'orderbook.1.ETHUSDT'],
    ['error:handler not found,topic:odd,topic:x', 'odd,topic:x'],
    ['Invalid symbol :[tickers.XUSDT]', 'tickers.XUSDT'],
    ['args size >10', undefined],
    ['Params Error', undefined],
    ['', undefined],
  ];
  test.each(REFUSALS)('of %s is %s', (message, topic) => {
    expect(refusedTopic(message)).toBe(topic);
  });
});
