import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connect, exact, rest, rows, startBybit, textOf } from '../support/bybit.ts';
import { folderOf, hasShared, readLines, shared } from '../support/recorded.ts';
import { ask, type Json, waitFor } from '../support/simulator.ts';

const MINUTE_MS = 60_000;
const WEEK_MS = 604_800_000;
/** Plays an hour of a recording in four milliseconds. */
const AT_ONCE = 1_000_000;
const bybit = join(shared, 'bybit');

const frame = (topic: string, ts: number, value: string): string =>
  `{"ts":${ts}, "topic":"${topic}","type":"snapshot","data":{"lastPrice":"${value}"}}`;

const TABLE = [
  'start_ms,open,high,low,close,volume',
  '1670889600000,17194,17199.5,17193.5,17199,78.677',
  '1670889660000,17199,17212.5,17190,17212.5,153.152',
  '1670889720000,17212.5,17213,17200,17201,0.001',
].join('\n');

describe('recorded frames', () => {
  test('come byte for byte, in their order, to every subscriber from the first on', async () => {
    const topic = 'tickers.FOOUSDT';
    const lines = [
      frame(topic, 1_000, '1.10'),
      frame(topic, 61_000, '1.2'),
      frame(topic, 62_000, '1.30'),
    ];
    const data = await folderOf({ 'frames_linear.jsonl': lines.join('\n') });
    const simulator = await startBybit({ data: [data], speed: AT_ONCE });
    for (let subscriber = 0; subscriber < 2; subscriber += 1) {
      const client = await connect(simulator, 'linear');
      await client.request('subscribe', [topic]);
      await waitFor(() => client.frames(topic).length === lines.length);
      expect(client.texts.filter((text) => text.includes('"topic"'))).toEqual(lines);
    }
  });

  test('keep their pace', async () => {
    const topic = 'tickers.FOOUSDT';
    const lines = [frame(topic, 0, '1'), frame(topic, 999, '2'), frame(topic, 3_600_000, '3')];
    const data = await folderOf({ 'frames_linear.jsonl': lines.join('\n') });
    const client = await connect(await startBybit({ data: [data], speed: 100 }), 'linear');
    await client.request('subscribe', [topic]);
    await waitFor(() => client.frames(topic).length === 2);
    await client.request('ping', []);
    expect(client.frames(topic)).toHaveLength(2);
  });

  test('are of the category that their file is named after, or else of their symbol', async () => {
    const data = await folderOf({
      'a_spot.jsonl': frame('tickers.FOOUSDT', 1, '1.25'),
      'linear_and_inverse.jsonl': [
        frame('tickers.BARUSD', 1, '1'),
        frame('tickers.FOOUSDT', 1, '2'),
      ].join('\n'),
    });
    const simulator = await startBybit({ data: [data] });
    const symbols = async (category: string): Promise<unknown> =>
      (await rows<Json>(simulator, `instruments-info?category=${category}`)).map(
        ({ symbol }) => symbol,
      );
    expect([await symbols('spot'), await symbols('linear'), await symbols('inverse')]).toEqual([
      ['FOOUSDT'],
      ['FOOUSDT'],
      ['BARUSD'],
    ]);
    const [record] = await rows<Json>(simulator, 'instruments-info?category=spot');
    expect(record).toMatchObject({ priceFilter: { tickSize: '0.01' }, quoteCoin: 'USDT' });
    const client = await connect(simulator, 'spot');
    expect(await client.request('subscribe', ['tickers.BTCUSDT'])).toMatchObject({
      ret_msg: 'Invalid symbol :[tickers.BTCUSDT]',
    });
  });

  test.skipIf(!hasShared).each([
    ['ws/tickers_BTCUSDT_linear_2024-05-15.jsonl', 'linear'],
    ['ws/tickers_BTCUSD_inverse_2024-05-15.jsonl', 'inverse'],
    ['ws/tardis_spot_2023-04-05.jsonl', 'spot'],
    ['ws/orderbook500_XRPUSDT_linear_2024-12-01.jsonl', 'linear'],
    ['ws/orderbook50_BTCUSDT_spot_2024-11-08.jsonl', 'spot'],
    ['ws/hftbacktest_BTCUSDT_linear_2025-09-25.jsonl', 'linear'],
    ['ws/quoted_linear_2026_kline_ticker_trade.jsonl', 'linear'],
    ['ws/reconstructed_kline5_BTCUSDT_linear_2022-12-13.jsonl', 'linear'],
  ])('of %s reach a subscriber unchanged', async (file, category) => {
    const path = join(bybit, file);
    const lines = readLines(path);
    const topics = [...new Set(lines.map((line) => (JSON.parse(line) as { topic: string }).topic))];
    const client = await connect(await startBybit({ data: [path], speed: AT_ONCE }), category);
    expect(await client.request('subscribe', topics)).toMatchObject({ success: true });
    await waitFor(() => client.texts.length === lines.length + 1);
    for (const topic of topics) {
      const holds = (text: string): boolean => text.includes(`"topic":"${topic}"`);
      expect(client.texts.filter(holds)).toEqual(lines.filter(holds));
    }
  });

  test.skipIf(!hasShared).each([
    ['orderbook500_XRPUSDT_linear_2024-12-01', 'linear'],
    ['orderbook50_BTCUSDT_spot_2024-11-08', 'spot'],
  ])('of %s lead to the book that is expected', async (name, category) => {
    const path = join(bybit, 'ws', `${name}.jsonl`);
    const { topic } = JSON.parse(readLines(path)[0]!) as { topic: string };
    const expected = JSON.parse(
      readFileSync(join(bybit, 'ws', `${name}.expected.json`), 'utf8'),
    ) as { after: unknown[]; final: { b: string[][]; a: string[][] } };
    const client = await connect(await startBybit({ data: [path], speed: AT_ONCE }), category);
    await client.request('subscribe', [topic]);
    await waitFor(() => client.frames(topic).length === expected.after.length);
    const sides = { b: new Map<string, string>(), a: new Map<string, string>() };
    for (const { type, data } of client.frames(topic)) {
      for (const side of ['b', 'a'] as const) {
        if (textOf(type) === 'snapshot') {
          sides[side].clear();
        }
        for (const [price, size] of data?.[side] as unknown as [string, string][]) {
          if (size === '0') {
            sides[side].delete(price);
          } else {
            sides[side].set(price, size);
          }
        }
      }
    }
    const sorted = (side: Map<string, string>): unknown =>
      [...side].sort((x, y) => Number(x[0]) - Number(y[0]));
    expect(sorted(sides.b)).toEqual(sorted(new Map(expected.final.b as [string, string][])));
    expect(sorted(sides.a)).toEqual(sorted(new Map(expected.final.a as [string, string][])));
  });
});

describe('recorded candles', () => {
  const start = async (shift: 'weeks' | 'none') =>
    startBybit({ data: [await folderOf({ 'FOOUSDT_linear_1m.csv': TABLE })], shift });

  test('are history, newest first, and stay where they are with shift none', async () => {
    const list = await rows(await start('none'), 'kline?symbol=FOOUSDT&interval=1');
    expect(list.map((row) => row.slice(0, 6).join())).toEqual(
      TABLE.split('\n').slice(1).toReversed(),
    );
    expect(list[2]?.[6]).toBe('1353165.723');
  });

  test('may be hundreds of thousands, in a file whose name begins with a date', async () => {
    const startMs = 1_670_889_600_000;
    const table = Array.from(
      { length: 200_000 },
      (_, at) => `${startMs + at * MINUTE_MS},1,3,0.5,2,1.5`,
    );
    const data = await folderOf({
      '20221213_FOOUSDT_1m.csv': ['start_ms,open,high,low,close,volume', ...table].join('\n'),
    });
    const simulator = await startBybit({ data: [data], shift: 'none' });
    const query = `kline?symbol=FOOUSDT&interval=60&start=${startMs}&end=${startMs}`;
    expect(await rows(simulator, query)).toEqual([
      [String(startMs), '1', '3', '0.5', '2', '90', '180'],
    ]);
  });

  test('are moved by whole weeks to end now', async () => {
    const [newest] = await rows(await start('weeks'), 'kline?symbol=FOOUSDT&interval=1');
    const movedMs = Number(newest?.[0]) - 1_670_889_720_000;
    expect(movedMs % WEEK_MS).toBe(0);
    expect(Date.now() - Number(newest?.[0])).toBeLessThan(WEEK_MS);
    expect(Number(newest?.[0])).toBeLessThanOrEqual(Date.now());
  });

  test('are summed up to wider ones; narrower and misfitting ones there are not', async () => {
    const simulator = await start('none');
    const [wide] = await rows(simulator, 'kline?symbol=FOOUSDT&interval=5');
    expect(wide?.slice(0, 6)).toEqual([
      '1670889600000',
      '17194',
      '17213',
      '17190',
      '17201',
      '231.83',
    ]);
    const five = await folderOf({
      'FOOUSDT_linear.json': JSON.stringify({
        result: {
          category: 'linear',
          symbol: 'FOOUSDT',
          list: [
            ['1670889900000', '2', '2', '2', '2', '1', '2'],
            ['1670889600000', '1', '1', '1', '1', '1', '1'],
          ],
        },
      }),
    });
    const other = await startBybit({ data: [five], shift: 'none' });
    expect(await rows(other, 'kline?symbol=FOOUSDT&interval=1')).toEqual([]);
    expect(await rows(other, 'kline?symbol=FOOUSDT&interval=5')).toHaveLength(2);
    expect(await rows(other, 'kline?symbol=FOOUSDT&interval=D')).toEqual([
      ['1670889600000', '1', '2', '1', '2', '2', '3'],
    ]);
  });

  test('have what goes with them: a record, a last price, no trades', async () => {
    const simulator = await start('none');
    const [record] = await rows<Json>(simulator, 'instruments-info?category=linear');
    expect(record).toMatchObject({ symbol: 'FOOUSDT', priceFilter: { tickSize: '0.1' } });
    const query = 'category=linear&symbol=FOOUSDT';
    expect(await rows(simulator, `tickers?${query}`)).toEqual([
      { symbol: 'FOOUSDT', lastPrice: '17201' },
    ]);
    expect(await rows(simulator, `recent-trade?${query}`)).toEqual([]);
    expect((await rest(simulator, `orderbook?${query}`))['b']).toEqual([]);
  });

  test.skipIf(!hasShared)('of the shared files are served as they are', async () => {
    const simulator = await startBybit({ data: [bybit], shift: 'none' });
    const [first] = readLines(join(bybit, 'klines/BTCUSDT_spot_1m_2022-12-13T00-12.csv')).slice(1);
    const startMs = Number(first?.split(',')[0]);
    const query = `kline?category=spot&symbol=BTCUSDT&interval=1&start=${startMs}&end=${startMs}`;
    expect((await rows(simulator, query))[0]?.slice(0, 6).join()).toBe(first);
    const hour = `kline?category=linear&symbol=BTCUSDT&interval=60&start=${startMs}&end=${startMs}`;
    const minutes = await rows(
      simulator,
      `kline?category=linear&symbol=BTCUSDT&interval=1&start=${startMs}&end=${startMs + 59 * MINUTE_MS}`,
    );
    expect(minutes).toHaveLength(60);
    const sum = minutes.reduce((total, row) => total + exact(row[5]), 0n);
    expect(exact((await rows(simulator, hour))[0]?.[5])).toBe(sum);
    const [record] = await rows<Json>(simulator, 'instruments-info?category=linear&symbol=BTCUSDT');
    expect(record).toMatchObject({ launchTime: '1584230400000' });
  });

  test('rejects where there is no data, or nothing that is known', async () => {
    await expect(startBybit({ data: ['/no/such/place'] })).rejects.toThrow(
      'Expected recorded data at /no/such/place',
    );
    const folder = await folderOf({ 'a.txt': 'hello', 'b.json': '{"a":1}', 'c.json': '{' });
    const lines: string[] = [];
    const started = startBybit({ data: [folder], log: (line) => lines.push(line) });
    await expect(started).rejects.toThrow(/found none that is known/);
    expect(lines).toHaveLength(3);
  });

  test('answers errors about what was not recorded', async () => {
    const { restUrl } = await start('none');
    const answer = await ask(`${restUrl}/v5/market/kline?symbol=BTCUSDT&interval=1`);
    expect(answer.json()['retCode']).toBe(10_001);
  });
});
