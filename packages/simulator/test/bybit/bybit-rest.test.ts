import { describe, expect, test } from 'vitest';
import { exact, handClock, rest, rows, startBybit, textOf } from '../support/bybit.ts';
import { ask, type Json } from '../support/simulator.ts';

const MINUTE_MS = 60_000;
/** 17 s into a minute, on a Wednesday. */
const NOW_MS = Date.UTC(2026, 9, 7, 12, 34, 17, 250);
const THIS_MINUTE_MS = NOW_MS - 17_250;

const startAt = (): ReturnType<typeof startBybit> => startBybit({ now: () => NOW_MS });

async function errorOf(path: string): Promise<unknown> {
  const { restUrl } = await startAt();
  const { status, text } = await ask(`${restUrl}/v5/market/${path}`);
  return [status, JSON.parse(text)];
}

describe('Bybit REST', () => {
  test('answers in the envelope, with the time of the venue', async () => {
    const { restUrl } = await startBybit({ now: () => NOW_MS, startOffsetMs: -MINUTE_MS });
    const answer = await ask(`${restUrl}/v5/market/time`);
    expect(answer.text).toBe(
      '{"retCode":0,"retMsg":"OK","result":{"timeSecond":"1791376397",' +
        '"timeNano":"1791376397250000000"},"retExtInfo":{},"time":1791376397250}',
    );
  });

  test('lists candles newest first, the unclosed one included', async () => {
    const simulator = await startAt();
    const { category, symbol } = await rest(simulator, 'kline?symbol=BTCUSDT&interval=1&limit=1');
    expect([category, symbol]).toEqual(['linear', 'BTCUSDT']);
    const list = await rows(simulator, 'kline?symbol=BTCUSDT&interval=1');
    expect(list.map(([start]) => Number(start))).toEqual(
      Array.from({ length: 200 }, (_, index) => THIS_MINUTE_MS - index * MINUTE_MS),
    );
    expect(list.every((row) => row.length === 7)).toBe(true);
  });

  test('selects by start, both ends included, the start floored, the newest of too many', async () => {
    const simulator = await startAt();
    const starts = async (query: string): Promise<readonly number[]> => {
      const list = await rows(simulator, `kline?symbol=BTCUSDT&interval=1&${query}`);
      return list.map(([start]) => (Number(start) - THIS_MINUTE_MS) / MINUTE_MS);
    };
    const at = (minute: number): number => THIS_MINUTE_MS + minute * MINUTE_MS;
    expect(await starts(`start=${at(-5)}&end=${at(-3)}`)).toEqual([-3, -4, -5]);
    expect(await starts(`start=${at(-5) + 59_999}&end=${at(-3) - 1}`)).toEqual([-4, -5]);
    expect(await starts(`start=${at(-9)}&end=${at(-3)}&limit=2`)).toEqual([-3, -4]);
    expect(await starts(`start=${at(-1)}`)).toEqual([0, -1]);
    expect(await starts(`end=${at(-1)}&limit=2`)).toEqual([-1, -2]);
    expect(await starts(`start=${at(1)}`)).toEqual([]);
    expect(await starts(`startTime=${at(-90)}&endTime=${at(-80)}&limit=1`)).toEqual([0]);
    expect(await starts('limit=5000')).toHaveLength(1_000);
  });

  test('candles of any width come to what the narrow ones come to', async () => {
    const simulator = await startAt();
    const pairs = [
      ['1', '5', 'linear', 'ETHUSDT'],
      ['5', '60', 'inverse', 'BTCUSD'],
      ['60', 'D', 'spot', 'BTCUSDT'],
    ] as const;
    for (const [narrow, wide, category, symbol] of pairs) {
      const path = `kline?category=${category}&symbol=${symbol}`;
      const [, [start, open, high, low, close, volume, turnover] = []] = await rows(
        simulator,
        `${path}&interval=${wide}&limit=2`,
      );
      const end = Number(start) + (wide === 'D' ? 1_440 : Number(wide)) * MINUTE_MS - 1;
      const parts = await rows(
        simulator,
        `${path}&interval=${narrow}&start=${start}&end=${end}&limit=1000`,
      );
      const sum = (column: number): bigint =>
        parts.reduce((total, row) => total + exact(row[column]), 0n);
      expect(parts.at(-1)?.[1]).toBe(open);
      expect(parts[0]?.[4]).toBe(close);
      expect(Math.max(...parts.map((row) => Number(row[2])))).toBe(Number(high));
      expect(Math.min(...parts.map((row) => Number(row[3])))).toBe(Number(low));
      expect(sum(5)).toBe(exact(volume));
      expect(sum(6)).toBe(exact(turnover));
    }
  });

  test.each([
    ['linear', 'SOLUSDT', 59_999],
    ['inverse', 'BTCUSD', 59_999],
    ['spot', 'BTCUSDT', 6_000],
  ])('trades of %s %s come to their candle', async (category, symbol, sinceMs) => {
    const simulator = await startBybit({ now: () => THIS_MINUTE_MS + sinceMs });
    const query = `category=${category}&symbol=${symbol}`;
    const trades = await rows<Json>(simulator, `recent-trade?${query}&limit=1000`);
    const [[start, open, high, low, close, volume, turnover] = []] = await rows(
      simulator,
      `kline?${query}&interval=1&limit=1`,
    );
    const own = trades.filter(({ time }) => Number(time) >= Number(start)).reverse();
    expect(own.length).toBeGreaterThan(3);
    expect(own.length).toBeLessThan(trades.length);
    const prices = own.map(({ price }) => Number(price));
    const amounts = own.map(({ price, size }) =>
      category === 'inverse'
        ? ((exact(size) * 10n ** 8n) / exact(price)) * 10n ** 12n
        : (exact(price) * exact(size)) / 10n ** 20n,
    );
    expect([Number(open), Number(close)]).toEqual([prices[0], prices.at(-1)]);
    expect([Number(high), Number(low)]).toEqual([Math.max(...prices), Math.min(...prices)]);
    expect(own.reduce((sum, { size }) => sum + exact(size), 0n)).toBe(exact(volume));
    expect(amounts.reduce((sum, amount) => sum + amount, 0n)).toBe(exact(turnover));
  });

  test('an interval without trades stands at the close before it', async () => {
    const simulator = await startAt();
    const list = await rows(simulator, 'kline?symbol=1000PEPEUSDT&interval=1&limit=200');
    const quiet = list.findIndex((row) => row[5] === '0');
    const close = list[quiet + 1]?.[4];
    expect(list[quiet]?.slice(1)).toEqual([close, close, close, close, '0', '0']);
    expect(list).toHaveLength(200);
  });

  test('weeks begin on Monday, months on the first, and nothing before the launch', async () => {
    const simulator = await startAt();
    const starts = async (interval: string): Promise<readonly string[]> =>
      (await rows(simulator, `kline?symbol=BTCUSDT&interval=${interval}&limit=2`)).map(([start]) =>
        new Date(Number(start)).toISOString().slice(0, 16),
      );
    expect(await starts('W')).toEqual(['2026-10-05T00:00', '2026-09-28T00:00']);
    expect(await starts('M')).toEqual(['2026-10-01T00:00', '2026-09-01T00:00']);
    const first = await rows(
      simulator,
      `kline?symbol=BTCUSDT&interval=D&end=1584316800000&limit=1000`,
    );
    expect(first.map(([start]) => start)).toEqual(['1584316800000', '1584230400000']);
  });

  test('writes prices of candles without trailing zeros, of contracts padded', async () => {
    const simulator = await startAt();
    const candles = await rows(simulator, 'kline?symbol=BTCUSDT&interval=1&limit=1000');
    const prices = candles.flatMap((row) => row.slice(1, 5));
    expect(prices.every((price) => /^\d+(\.\d*[1-9])?$/.test(price))).toBe(true);
    expect(prices.some((price) => !price.includes('.'))).toBe(true);
    const query = 'category=linear&symbol=BTCUSDT';
    for (const { price, size } of await rows<Json>(simulator, `recent-trade?${query}`)) {
      expect(price).toMatch(/^\d+\.\d0$/);
      expect(size).toMatch(/^\d+\.\d{3}$/);
    }
  });

  test('pages through the instruments by the cursor', async () => {
    const simulator = await startAt();
    const symbols: string[] = [];
    let cursor = '';
    do {
      const query = `category=linear&limit=2&cursor=${encodeURIComponent(cursor)}`;
      const page = await rest(simulator, `instruments-info?${query}`);
      const list = page['list'] as unknown as readonly { readonly symbol: string }[];
      expect(list.length).toBeLessThanOrEqual(2);
      symbols.push(...list.map(({ symbol }) => symbol));
      cursor = textOf(page['nextPageCursor']);
    } while (cursor !== '');
    expect(symbols).toEqual(['1000PEPEUSDT', 'BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT']);
    expect(await rows(simulator, 'instruments-info?category=linear&status=PreLaunch')).toEqual([]);
    const [bitcoin] = await rows<Json>(
      simulator,
      'instruments-info?category=linear&symbol=BTCUSDT',
    );
    expect(bitcoin).toMatchObject({
      contractType: 'LinearPerpetual',
      status: 'Trading',
      priceScale: '2',
      priceFilter: { minPrice: '0.10', maxPrice: '1999999.80', tickSize: '0.10' },
      lotSizeFilter: { minOrderQty: '0.001', qtyStep: '0.001' },
      fundingInterval: 480,
      deliveryTime: '0',
      settleCoin: 'USDT',
    });
  });

  test('spot lists all instruments at once, whatever the limit', async () => {
    const simulator = await startAt();
    const answer = await rest(simulator, 'instruments-info?category=spot&limit=1&cursor=x');
    expect(answer['list']).toHaveLength(2);
    expect(answer).not.toHaveProperty('nextPageCursor');
  });

  test('tickers agree with the candles of the last 24 hours', async () => {
    const clock = handClock(THIS_MINUTE_MS - 1);
    const simulator = await startBybit({ now: clock.now });
    for (const [category, symbol] of [
      ['linear', 'BTCUSDT'],
      ['spot', 'ETHUSDT'],
    ] as const) {
      const query = `category=${category}&symbol=${symbol}`;
      const [ticker] = await rows<Json>(simulator, `tickers?${query}`);
      const newer = await rows(simulator, `kline?${query}&interval=1&limit=1000`);
      const older = await rows(
        simulator,
        `kline?${query}&interval=1&limit=440&end=${Number(newer.at(-1)?.[0]) - 1}`,
      );
      const list = [...newer, ...older];
      expect(list).toHaveLength(1_440);
      expect(Number(ticker?.['lastPrice'])).toBe(Number(list[0]?.[4]));
      expect(Number(ticker?.['highPrice24h'])).toBe(Math.max(...list.map((row) => Number(row[2]))));
      expect(Number(ticker?.['lowPrice24h'])).toBe(Math.min(...list.map((row) => Number(row[3]))));
      const sum = (column: number): bigint =>
        list.reduce((total, row) => total + exact(row[column]), 0n);
      expect(exact(ticker?.['volume24h'])).toBe(sum(5));
      expect(exact(ticker?.['turnover24h'])).toBe(sum(6));
    }
  });

  test('tickers, book and trades agree on the best prices', async () => {
    const simulator = await startAt();
    for (const query of ['category=linear&symbol=BTCUSDT', 'category=spot&symbol=BTCUSDT']) {
      const [ticker] = await rows<Json>(simulator, `tickers?${query}`);
      const [last] = await rows<Json>(simulator, `recent-trade?${query}&limit=1`);
      const book = await rest(simulator, `orderbook?${query}&limit=3`);
      expect(book['b']).toHaveLength(3);
      expect(book['b']?.[0]).toEqual([ticker?.['bid1Price'], ticker?.['bid1Size']]);
      expect(book['a']?.[0]).toEqual([ticker?.['ask1Price'], ticker?.['ask1Size']]);
      expect([ticker?.['bid1Price'], ticker?.['ask1Price']]).toContainEqual(last?.['price']);
      expect(ticker?.['lastPrice']).toBe(last?.['price']);
    }
  });

  test.each([
    ['kline?symbol=NOPE&interval=1', 'symbol'],
    ['kline?symbol=btcusdt&interval=1', 'symbol'],
    ['kline?category=spot&symbol=XRPUSDT&interval=1', 'symbol'],
    ['kline?symbol=BTCUSDT&interval=2', 'interval'],
    ['kline?symbol=BTCUSDT&interval=1&limit=0', 'limit'],
    ['kline?symbol=BTCUSDT&interval=1&start=yesterday', 'start'],
    ['kline?category=options&symbol=BTCUSDT&interval=1', 'category'],
    ['tickers', 'category'],
    ['instruments-info?category=linear&cursor=x', 'cursor'],
  ])('answers %s with status 200 and error 10001', async (path, name) => {
    expect(await errorOf(path)).toEqual([
      200,
      {
        retCode: 10_001,
        retMsg: `params error: ${name} invalid`,
        result: {},
        retExtInfo: {},
        time: NOW_MS,
      },
    ]);
  });

  test('refuses a GET that has a body, and paths that it has not', async () => {
    const { restUrl } = await startAt();
    const url = `${restUrl}/v5/market/time`;
    const withBody = await ask(url, { body: '{}', headers: { 'content-length': '2' } });
    expect(withBody.status).toBe(403);
    expect((await ask(`${restUrl}/v5/market/nothing`)).status).toBe(404);
    expect((await ask(url, { method: 'POST', body: '{}' })).status).toBe(404);
  });

  test('bans an address that asks too often, and lets it in again', async () => {
    const clock = handClock(NOW_MS);
    const { restUrl } = await startBybit({ now: clock.now, requestLimit: 3 });
    const status = async (): Promise<number> => (await ask(`${restUrl}/v5/market/time`)).status;
    expect([await status(), await status(), await status()]).toEqual([200, 200, 200]);
    const banned = await ask(`${restUrl}/v5/market/time`);
    expect([banned.status, banned.text]).toEqual([403, 'access too frequent']);
    clock.add(10 * MINUTE_MS - 1);
    expect(await status()).toBe(403);
    clock.add(1);
    expect(await status()).toBe(200);
  });
});
