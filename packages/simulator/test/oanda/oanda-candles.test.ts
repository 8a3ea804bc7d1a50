import { GRANULARITIES } from '@tickwire/protocol';
import type { OandaSimulator } from '@tickwire/simulator';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, ask, type Answer, clockFrom, startSimulator } from '../support/simulator.ts';

interface WireCandle {
  readonly complete: boolean;
  readonly volume: number;
  readonly time: string;
  readonly bid?: Record<'o' | 'h' | 'l' | 'c', string>;
  readonly mid?: Record<'o' | 'h' | 'l' | 'c', string>;
  readonly ask?: Record<'o' | 'h' | 'l' | 'c', string>;
}

const WEDNESDAY_MS = Date.parse('2026-07-01T12:34:56Z');
const TOO_MANY = `Maximum value for 'count' exceeded`;
const SUNDAY_NIGHT_MS = Date.parse('2026-06-28T21:10:00Z');

function startOnWednesday(): Promise<OandaSimulator> {
  return startSimulator({ now: clockFrom(WEDNESDAY_MS), weekend: 'closed' });
}

function askCandles(simulator: OandaSimulator, query: string): Promise<Answer> {
  return ask(`${simulator.restUrl}/v3/instruments/EUR_USD/candles?${query}`);
}

async function candles(simulator: OandaSimulator, query: string): Promise<readonly WireCandle[]> {
  const answer = await askCandles(simulator, query);
  expect(answer.status, answer.text).toBe(200);
  return (JSON.parse(answer.text) as { candles: WireCandle[] }).candles;
}

const times = (list: readonly WireCandle[]): readonly string[] => list.map(({ time }) => time);

describe('candles', () => {
  test('has 500 S5 mid candles by default, oldest first, the current one last', async () => {
    const simulator = await startOnWednesday();
    const { instrument, granularity } = (await askCandles(simulator, '')).json();
    expect({ instrument, granularity }).toEqual({ instrument: 'EUR_USD', granularity: 'S5' });
    const list = await candles(simulator, '');
    expect(list).toHaveLength(500);
    expect(times(list)).toEqual([...times(list)].sort());
    expect(Object.keys(list[0] ?? {})).toEqual(['complete', 'volume', 'time', 'mid']);
    expect(list.slice(0, -1).every(({ complete }) => complete)).toBe(true);
    expect(list[0]?.time).toMatch(/T\d\d:\d\d:\d\d\.000000000Z$/);
  });

  test.each(Object.entries(GRANULARITIES))(
    'serves %s, the current candle incomplete',
    async (name, width) => {
      const simulator = await startOnWednesday();
      const list = await candles(simulator, `granularity=${name}&count=3`);
      expect(list).toHaveLength(3);
      const [last] = list.slice(-1);
      const ageMs = WEDNESDAY_MS - Date.parse(last?.time ?? '');
      expect(ageMs).toBeLessThan(Math.max(60_000, 1.1 * width));
      if (!name.startsWith('S')) {
        expect(list.map(({ complete }) => complete)).toEqual([true, true, false]);
      }
    },
  );

  test('has the sides that are asked for', async () => {
    const simulator = await startOnWednesday();
    const [candle] = await candles(simulator, 'granularity=H1&count=1&price=BA');
    expect(Object.keys(candle ?? {}).slice(3)).toEqual(['bid', 'ask']);
    const [all] = await candles(simulator, 'granularity=H1&count=1&price=MBA');
    expect(Object.keys(all ?? {}).slice(3)).toEqual(['bid', 'mid', 'ask']);
    expect(all?.bid?.o).toMatch(/^\d\.\d{5}$/);
    expect(Number(all?.bid?.h)).toBeLessThan(Number(all?.ask?.h));
  });

  test('aligns to 17:00 New York unless asked otherwise', async () => {
    const simulator = await startOnWednesday();
    const h4 = times(await candles(simulator, 'granularity=H4&count=2'));
    expect(h4[1]).toBe('2026-07-01T09:00:00.000000000Z');
    const utc = 'granularity=D&count=1&dailyAlignment=0&alignmentTimezone=UTC';
    expect(times(await candles(simulator, utc))).toEqual(['2026-07-01T00:00:00.000000000Z']);
    const monday = `granularity=W&count=1&weeklyAlignment=Monday`;
    expect(times(await candles(simulator, monday))).toEqual(['2026-06-29T21:00:00.000000000Z']);
  });

  test('counts candles, not spans, and has none while the market is closed', async () => {
    const simulator = await startSimulator({ now: clockFrom(SUNDAY_NIGHT_MS), weekend: 'closed' });
    const list = await candles(simulator, 'granularity=M5&count=20');
    expect(list).toHaveLength(20);
    const fridays = times(list).filter((time) => time.startsWith('2026-06-26'));
    expect(fridays.length).toBeGreaterThanOrEqual(17);
    expect(times(list).some((time) => time.startsWith('2026-06-27'))).toBe(false);
  });

  test('pages from a time, with and without the candle that covers it', async () => {
    const simulator = await startOnWednesday();
    const from = 'granularity=M5&from=2026-07-01T10:02:00Z&count=3';
    expect(times(await candles(simulator, from))).toEqual([
      '2026-07-01T10:00:00.000000000Z',
      '2026-07-01T10:05:00.000000000Z',
      '2026-07-01T10:10:00.000000000Z',
    ]);
    const without = times(await candles(simulator, `${from}&includeFirst=False`));
    expect(without[0]).toBe('2026-07-01T10:05:00.000000000Z');
    expect(without).toHaveLength(3);
  });

  test('answers a range without its end, and the candles before a time', async () => {
    const simulator = await startOnWednesday();
    const range = 'granularity=M1&from=2026-07-01T10:00:00Z&to=2026-07-01T10:05:00Z';
    const list = await candles(simulator, range);
    expect(times(list).at(0)).toBe('2026-07-01T10:00:00.000000000Z');
    expect(times(list).at(-1)).toBe('2026-07-01T10:04:00.000000000Z');
    const before = await candles(simulator, 'granularity=M1&to=2026-07-01T10:05:00Z&count=5');
    expect(before).toEqual(list);
  });

  test.each(['M', 'W', 'D', 'H4', 'S5'])(
    'takes year 1 as earlier than all %s candles',
    async (name) => {
      const simulator = await startOnWednesday();
      const zero = '0001-01-01T00:00:00Z';
      const first = await candles(simulator, `granularity=${name}&count=2&from=${zero}`);
      expect(first).toHaveLength(2);
      expect(first).toEqual(await candles(simulator, `granularity=${name}&count=2&from=0`));
    },
  );

  test('reads and writes UNIX times', async () => {
    const simulator = await startOnWednesday();
    const fromS = Date.parse('2026-07-01T10:00:00Z') / 1_000;
    const url = `${simulator.restUrl}/v3/instruments/EUR_USD/candles?granularity=M5&count=1&from=${fromS}`;
    const answer = await ask(url, { headers: { 'Accept-Datetime-Format': 'UNIX' } });
    expect(answer.json()['candles']?.[0]?.['time']).toBe(`${fromS}.000000000`);
  });

  test('opens each candle at the close before it when smooth', async () => {
    const simulator = await startOnWednesday();
    const query = 'granularity=H1&from=2026-07-01T05:00:00Z&to=2026-07-01T10:00:00Z';
    const rough = await candles(simulator, query);
    const smooth = await candles(simulator, `${query}&smooth=True`);
    expect(times(smooth)).toEqual(times(rough));
    smooth.slice(1).forEach((candle, index) => {
      expect(candle.mid?.o).toBe(rough[index]?.mid?.c);
    });
    const newest = await candles(simulator, 'granularity=H1&count=3&smooth=true');
    expect(newest).toHaveLength(3);
    expect(newest[0]?.mid?.o).not.toBe(rough[0]?.mid?.o);
  });

  test('is the same below an account', async () => {
    const simulator = await startOnWednesday();
    const query = 'candles?granularity=H1&to=2026-07-01T10:00:00Z&count=4';
    const plain = await ask(`${simulator.restUrl}/v3/instruments/EUR_USD/${query}`);
    const account = await ask(`${simulator.restUrl}${ACCOUNT}/instruments/EUR_USD/${query}`);
    expect(account.text).toBe(plain.text);
  });

  test('serves 5000 candles without keeping others waiting', async () => {
    const simulator = await startOnWednesday();
    let turns = 0;
    const counter = setInterval(() => (turns += 1), 1);
    const list = await candles(simulator, 'granularity=H1&count=5000');
    clearInterval(counter);
    expect(list).toHaveLength(5_000);
    expect(turns).toBeGreaterThan(10);
  });

  test.each([
    ['granularity=M1&from=2026-06-25T00:00:00Z&to=2026-06-28T11:20:00Z'],
    ['granularity=M1&from=2026-06-25T00:00:30Z&to=2026-06-28T11:20:30Z&includeFirst=false'],
    // Two autumns put a candle more into it than 4998 widths have, each.
    ['granularity=H4&from=2024-03-15T21:00:00Z&to=2026-06-26T21:00:00Z'],
  ])('answers the 5000 candles of %s', async (query) => {
    const simulator = await startSimulator({ now: clockFrom(WEDNESDAY_MS) });
    expect(await candles(simulator, query)).toHaveLength(5_000);
  });

  test.each([
    ['granularity=M3', `Invalid value specified for 'granularity'`],
    ['price=X', `Invalid value specified for 'price'`],
    ['count=0', `Invalid value specified for 'count'`],
    ['count=many', `Invalid value specified for 'count'`],
    ['count=5001', TOO_MANY],
    ['from=whenever', `Invalid value specified for 'from'`],
    ['to=2026-07-02T00:00:00Z', `Invalid value specified for 'to'. Time is in the future`],
    ['from=2026-06-01T00:00:00Z&to=2026-06-02T00:00:00Z&granularity=S5', TOO_MANY],
    ['granularity=M1&from=2026-06-25T00:00:30Z&to=2026-06-28T11:20:30Z', TOO_MANY],
    ['granularity=M1&from=2026-06-25T00:00:00Z&to=2026-06-28T11:20:01Z', TOO_MANY],
    ['granularity=H4&from=2024-03-15T21:00:00Z&to=2026-06-26T21:00:01Z', TOO_MANY],
    [
      'from=2026-06-01T00:00:00Z&to=2026-06-01T01:00:00Z&count=5',
      `'count' cannot be specified when 'to' and 'from' parameters are set`,
    ],
    ['dailyAlignment=24', `Invalid value specified for 'dailyAlignment'`],
    ['alignmentTimezone=Mars/Base', `Invalid value specified for 'alignmentTimezone'`],
    ['weeklyAlignment=Someday', `Invalid value specified for 'weeklyAlignment'`],
    ['smooth=perhaps', `Invalid value specified for 'smooth'`],
  ])('refuses %s', async (query, errorMessage) => {
    const simulator = await startOnWednesday();
    const answer = await askCandles(simulator, query);
    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual({ errorMessage });
  });
});

describe('latest candles', () => {
  test('has the newest complete candle and the current one of each specification', async () => {
    const simulator = await startOnWednesday();
    const specifications = 'candleSpecifications=EUR_USD:H1:BM,USD_JPY:D:A';
    const answer = await ask(`${simulator.restUrl}${ACCOUNT}/candles/latest?${specifications}`);
    const { latestCandles } = answer.json();
    expect(latestCandles).toMatchObject([
      {
        instrument: 'EUR_USD',
        granularity: 'H1',
        candles: [{ complete: true }, { complete: false }],
      },
      {
        instrument: 'USD_JPY',
        granularity: 'D',
        candles: [{ complete: true }, { complete: false }],
      },
    ]);
    expect(Object.keys(latestCandles?.[1]?.['candles']?.[0] ?? {}).slice(3)).toEqual(['ask']);
  });
});
