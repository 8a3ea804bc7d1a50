import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createFullWorld,
  createRestWorld,
  hourlyCandle,
  sourcesOf,
  startRest,
} from '../support/rest-world.ts';

interface Page {
  readonly count: number;
  readonly candles: readonly { readonly time: string }[];
  readonly next_cursor?: string;
}

const PATH = '/api/v1/candles/EUR_USD';

async function pageOf(response: Promise<Response>): Promise<Page> {
  const answered = await response;
  expect(answered.status).toBe(200);
  return (await answered.json()) as Page;
}

function hoursOf({ candles }: Page): readonly string[] {
  return candles.map(({ time }) => time.slice(8, 13));
}

describe('GET /api/v1/candles', () => {
  test('writes every digit that the venue sent, as numbers', async () => {
    const { get } = await startRest(createFullWorld());
    const text = await (await get(`${PATH}?limit=1&granularity=60`)).text();
    expect(text).toBe(
      '{"instrument":"EUR_USD","granularity":"H1","count":1,"candles":[' +
        '{"time":"2025-11-18T11:00:00.000Z","granularity":"H1",' +
        '"bid":{"o":1.1,"h":1.2,"l":1.0,"c":1.1},"ask":{"o":1.1,"h":1.2,"l":1.0,"c":1.1},' +
        '"mid":{"o":1.10,"h":1.20,"l":1.050,"c":1.15},"volume":123.450}],' +
        `"next_cursor":"b${Date.UTC(2025, 10, 18, 11)}"}`,
    );
  });

  test('writes any decimal so that it can be read back digit by digit', async () => {
    const decimals = fc
      .tuple(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.stringMatching(/^\d{0,18}$/))
      .map(([whole, fraction]) => (fraction === '' ? `${whole}` : `${whole}.${fraction}`));
    const world = createRestWorld();
    const { get } = await startRest(world);
    let hour = 0;
    await fc.assert(
      fc.asyncProperty(decimals, async (close) => {
        hour += 1;
        world.store.preset([{ ...hourlyCandle('EUR_USD', hour), close }]);
        const number = await (await get(`${PATH}?limit=1`)).text();
        expect(/"mid":\{[^}]*"c":([^}]*)\}/.exec(number)?.[1]).toBe(close);
        expect(() => {
          JSON.parse(number);
        }).not.toThrow();
        const string: unknown = await (await get(`${PATH}?limit=1&decimals=string`)).json();
        expect(string).toMatchObject({ candles: [{ mid: { c: close } }] });
      }),
    );
  });

  test('has trades’ prices of crypto as mid, with what they were worth, and no sides', async () => {
    const { get } = await startRest(createFullWorld());
    const answer: unknown = await (
      await get('/api/v1/candles/btcusdt?limit=1&decimals=string')
    ).json();
    expect(answer).toMatchObject({
      instrument: 'BTCUSDT',
      candles: [
        {
          time: '2025-11-18T11:00:00.000Z',
          granularity: 'H1',
          mid: { o: '1.10', h: '1.20', l: '1.050', c: '1.15' },
          volume: '123.450',
          turnover: '1234.5000000000000000001',
        },
      ],
    });
    expect((answer as { candles: object[] }).candles[0]).not.toHaveProperty('bid');
  });

  test('has the newest 24 unless told otherwise, oldest first', async () => {
    const { get } = await startRest(createFullWorld());
    const page = await pageOf(get(`${PATH}?start_time=&end_time=`));
    expect(page.count).toBe(24);
    expect(hoursOf(page).at(0)).toBe('17T12');
    expect(hoursOf(page).at(-1)).toBe('18T11');
  });

  test('has those from a time on, or until before another', async () => {
    const { get } = await startRest(createFullWorld());
    const first = await pageOf(get(`${PATH}?start_time=2025-11-17T03:00:00&limit=2`));
    expect(hoursOf(first)).toEqual(['17T03', '17T04']);
    const last = await pageOf(get(`${PATH}?end_time=${Date.UTC(2025, 10, 17, 3)}&limit=2`));
    expect(hoursOf(last)).toEqual(['17T01', '17T02']);
    const both = `start_time=2025-11-17T03:00:00Z&end_time=2025-11-17T05:00:00%2B01:00`;
    expect(hoursOf(await pageOf(get(`${PATH}?${both}`)))).toEqual(['17T03']);
  });

  test('leaves out what is not over, and fills the page all the same', async () => {
    const world = createFullWorld();
    world.store.preset([
      { ...hourlyCandle('EUR_USD', 0), isConfirmed: false },
      { ...hourlyCandle('EUR_USD', 1), isConfirmed: false },
    ]);
    const { get } = await startRest(world);
    expect(hoursOf(await pageOf(get(`${PATH}?limit=2`)))).toEqual(['18T10', '18T11']);
  });

  test.each(['start_time=0', ''])('brings every candle once, page by page (%s)', async (query) => {
    const world = createRestWorld();
    const total = 12_345;
    world.store.preset(
      Array.from({ length: total }, (_, hour) => hourlyCandle('EUR_USD', hour - total)),
    );
    const { get } = await startRest(world);
    const times = new Set<string>();
    let next: string | null = `${PATH}?limit=5000&${query}`;
    let pages = 0;
    while (next !== null) {
      const response: Response = await get(next);
      const page = (await response.json()) as Page;
      page.candles.forEach(({ time }) => times.add(time));
      pages += 1;
      const link = response.headers.get('link');
      expect(link === null).toBe(page.next_cursor === undefined);
      next = link === null ? null : /^<([^>]+)>; rel="next"$/.exec(link)![1]!;
    }
    expect(pages).toBe(3);
    expect(times.size).toBe(total);
  });

  test('makes one large answer at a time, and small ones meanwhile', async () => {
    const sources = sourcesOf(createFullWorld());
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let [running, most] = [0, 0];
    const { get } = await startRest(createFullWorld(), {
      sources: {
        ...sources,
        candles: {
          candles: async (query) => {
            const isLarge = query.limit > 1_000;
            running += isLarge ? 1 : 0;
            most = Math.max(most, running);
            await (isLarge ? released : undefined);
            running -= isLarge ? 1 : 0;
            return sources.candles?.candles(query) ?? [];
          },
        },
      },
    });
    const large = Array.from({ length: 5 }, () => get(`${PATH}?limit=5000`));
    expect((await get(`${PATH}?limit=24`)).status).toBe(200);
    release();
    const statuses = (await Promise.all(large)).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(most).toBe(1);
  });

  test('is CSV for who asks for it, in the header or in the address', async () => {
    const { get } = await startRest(createFullWorld());
    const csv =
      'instrument,granularity,time,bid_o,bid_h,bid_l,bid_c,ask_o,ask_h,ask_l,ask_c,' +
      'mid_o,mid_h,mid_l,mid_c,volume\r\n' +
      'EUR_USD,H1,2025-11-18T11:00:00.000Z,1.1,1.2,1.0,1.1,1.1,1.2,1.0,1.1,' +
      '1.10,1.20,1.050,1.15,123.450\r\n';
    for (const response of [
      await get(`${PATH}?limit=1`, { Accept: 'text/csv' }),
      await get(`${PATH}?limit=1&format=csv`),
    ]) {
      expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(response.headers.get('vary')).toContain('accept');
      expect(response.headers.get('link')).toContain('rel="next"');
      expect(await response.text()).toBe(csv);
    }
    const json = await get(`${PATH}?limit=1&format=json`, { Accept: 'text/csv' });
    expect(json.headers.get('content-type')).toContain('application/json');
    const crypto = await (await get('/api/v1/candles/BTCUSDT?limit=1&format=csv')).text();
    expect(crypto.split('\r\n')[1]).toBe(
      'BTCUSDT,H1,2025-11-18T11:00:00.000Z,,,,,,,,,1.10,1.20,1.050,1.15,123.450',
    );
  });
});
