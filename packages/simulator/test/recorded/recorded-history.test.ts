import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderOf, H1_TABLE, hasShared, recorded, shared } from '../support/recorded.ts';
import { candlesOf, priceOf } from '../support/rest-answers.ts';
import {
  ACCOUNT,
  ask,
  clockFrom,
  openStream,
  startSimulator,
  waitFor,
} from '../support/simulator.ts';

const NOON_MS = Date.parse('2026-07-01T12:00:00Z');

describe.skipIf(!hasShared)('shared history (skipped where ../shared/data is absent)', () => {
  test('has an index under the name that it is asked for by', async () => {
    const simulator = await startSimulator({ data: [recorded], shift: 'none' });
    const url = `${simulator.restUrl}/v3/instruments/DE30_EUR/candles?granularity=M5`;
    const { instrument, candles } = (await ask(url)).json();
    expect(instrument).toBe('DE30_EUR');
    expect(candles).toContainEqual({
      complete: true,
      volume: 133,
      time: '2017-07-14T19:35:00.000000000Z',
      mid: { o: '12662.5', h: '12663.5', l: '12658.8', c: '12662.5' },
    });
    const list = (await ask(`${simulator.restUrl}${ACCOUNT}/instruments`)).json()['instruments'];
    expect(list).toHaveLength(3);
    expect(list).toMatchObject([
      { name: 'DE30_EUR', displayPrecision: 1, displayName: 'Germany 30' },
      { name: 'EUR_JPY', pipLocation: -2, marginRate: '0.02' },
      { name: 'EUR_USD' },
    ]);
  });

  test.each([
    ['EUR_USD_M1_2014-05-02', 'M1'],
    ['EUR_USD_H1_2014-05-02', 'H1'],
    ['EUR_USD_S5_2014-05-02T20', 'S5'],
  ])('sums ticks up to %s', async (file, granularity) => {
    const data = [join(shared, 'oanda/ticks')];
    const simulator = await startSimulator({ data, shift: 'none' });
    const text = readFileSync(join(shared, `oanda/candles_from_ticks/${file}.json`), 'utf8');
    const expected = (JSON.parse(text) as { candles: { time: string }[] }).candles;
    const from = encodeURIComponent(expected[0]?.time ?? '');
    const query = `granularity=${granularity}&price=MBA&from=${from}&count=${expected.length}`;
    expect(await candlesOf(simulator, 'EUR_USD', query)).toEqual(expected);
  });

  test.each(['resample_fx_us_dst_start_2018', 'resample_fx_autumn_2018'])(
    'sums hours up to %s',
    async (fixture) => {
      type Row = readonly [string, string, string, string, string, number];
      const text = readFileSync(join(shared, `fixtures/${fixture}.json`), 'utf8');
      const reference = JSON.parse(text) as {
        readonly instrument: string;
        readonly H4_oanda_17h_new_york: readonly Row[];
        readonly D_oanda_17h_new_york: readonly Row[];
      };
      const data = [join(shared, `fx/h1/${reference.instrument}.csv`)];
      const simulator = await startSimulator({ data, shift: 'none' });
      for (const [granularity, rows] of [
        ['H4', reference.H4_oanda_17h_new_york],
        ['D', reference.D_oanda_17h_new_york],
      ] as const) {
        // The first and the last may be cut off by the ends of the reference.
        const inner = rows.slice(1, -1);
        const from = inner[0]?.[0] ?? '';
        const query = `granularity=${granularity}&price=B&from=${from}&count=${inner.length}`;
        const expected = inner.map(([time, o, h, l, c]) => ({
          time: time.replace('Z', '.000000000Z'),
          bid: { o, h, l, c },
        }));
        expect(await candlesOf(simulator, reference.instrument, query)).toMatchObject(expected);
      }
    },
  );

  test('prefers candles of both sides and is moved by weeks to end now', async () => {
    const data = [join(shared, 'fx')];
    const simulator = await startSimulator({ data, now: clockFrom(NOON_MS) });
    const query = 'granularity=H1&count=1&price=BA';
    const euro = (await candlesOf(simulator, 'EUR_USD', query))?.[0];
    expect(Number(euro?.['ask']?.['c'])).toBeGreaterThan(Number(euro?.['bid']?.['c']));
    const pound = (await candlesOf(simulator, 'GBP_USD', query))?.[0];
    expect(pound?.['ask']).toEqual(pound?.['bid']);
    for (const candle of [euro, pound]) {
      const time: unknown = candle?.['time'];
      const ageMs = NOON_MS - Date.parse(typeof time === 'string' ? time : '');
      expect(ageMs).toBeGreaterThanOrEqual(0);
      expect(ageMs).toBeLessThan(7 * 86_400_000);
    }
  });
});

describe('recorded candles', () => {
  test('answer their own width and wider ones, and none that is finer', async () => {
    const data = [await folderOf({ 'EUR_USD.csv': H1_TABLE })];
    const simulator = await startSimulator({ data, shift: 'none' });
    expect(await candlesOf(simulator, 'EUR_USD', 'granularity=H1')).toHaveLength(3);
    expect(await candlesOf(simulator, 'EUR_USD', 'granularity=M30')).toEqual([]);
    expect(await candlesOf(simulator, 'EUR_USD', 'granularity=D')).toEqual([
      {
        complete: true,
        volume: 41,
        time: '2018-01-03T22:00:00.000000000Z',
        mid: { o: '1.10000', h: '1.10300', l: '1.09800', c: '1.09900' },
      },
    ]);
  });

  test('begin at 17:00 New York of the venue, whatever season they were recorded in', async () => {
    const winter = [
      'time,open,high,low,close',
      '2018-01-02T22:00:00Z,1.1,1.1,1.1,1.1',
      '2018-01-03T22:00:00Z,1.2,1.2,1.2,1.2',
    ].join('\n');
    const summer = winter.replaceAll('2018-01', '2018-07').replaceAll('T22', 'T21');
    for (const [table, now, times] of [
      [winter, '2026-07-03T12:00:00Z', ['2026-06-30T21', '2026-07-01T21']],
      [summer, '2026-01-02T12:00:00Z', ['2025-12-29T22', '2025-12-30T22']],
    ] as const) {
      const data = [await folderOf({ 'EUR_USD.csv': table })];
      const simulator = await startSimulator({ data, now: clockFrom(Date.parse(now)) });
      expect(await candlesOf(simulator, 'EUR_USD', 'granularity=D')).toMatchObject([
        { mid: { c: '1.1' }, time: `${times[0]}:00:00.000000000Z` },
        { mid: { c: '1.2' }, time: `${times[1]}:00:00.000000000Z` },
      ]);
    }
  });

  test('give a stream their last close and then only heartbeats', async () => {
    const data = [await folderOf({ 'EUR_USD.csv': H1_TABLE })];
    const simulator = await startSimulator({
      data,
      shift: 'none',
      startOffsetMs: -86_400_000,
      speed: 1_000,
    });
    const stream = await openStream(simulator, 'instruments=EUR_USD');
    await waitFor(() => stream.lines().length >= 5);
    expect(stream.prices()).toMatchObject([
      { bids: [{ price: '1.09900' }], time: '2018-01-04T14:00:00.000000000Z', tradeable: false },
    ]);
  });

  test('are never tradeable, and tell no price before it was one', async () => {
    const data = [await folderOf({ 'EUR_USD.csv': H1_TABLE })];
    for (const [now, price, time] of [
      ['2018-01-04T10:00:00Z', '1.10000', '2018-01-04T10:00'],
      ['2018-01-04T11:30:00Z', '1.10100', '2018-01-04T11:00'],
      ['2018-01-04T12:30:00Z', '1.10200', '2018-01-04T12:00'],
      ['2018-01-04T13:59:59Z', '1.10200', '2018-01-04T13:00'],
      ['2018-01-04T14:00:00Z', '1.09900', '2018-01-04T14:00'],
    ] as const) {
      const clock = clockFrom(Date.parse(now));
      const simulator = await startSimulator({ data, shift: 'none', now: clock });
      expect(await priceOf(simulator), now).toMatchObject({
        bids: [{ price }],
        time: `${time}:00.000000000Z`,
        tradeable: false,
      });
    }
  });

  test.each([
    ['W', '2018-11-02T21:00:00Z', 'the clocks are put back', '2018-11-09T22:00:00Z'],
    ['D', '2018-01-04T00:00:00Z', 'another alignment', '2018-01-05T00:00:00Z'],
    ['M', '2018-06-30T21:00:00Z', 'a month of 31 days', '2018-07-31T21:00:00Z'],
    ['M', '2018-01-31T22:00:00Z', 'a month of 28 days', '2018-02-28T22:00:00Z'],
  ])('of %s from %s (%s) tell their close at their end', async (granularity, time, _, end) => {
    const mid = { o: '1.1', h: '1.3', l: '1.1', c: '1.2' };
    const body = { instrument: 'EUR_USD', granularity, candles: [{ time, volume: 2, mid }] };
    const data = [await folderOf({ 'candles.json': JSON.stringify(body) })];
    const endMs = Date.parse(end);
    for (const [nowMs, price] of [
      [endMs - 60_000, '1.1'],
      [endMs, '1.2'],
    ] as const) {
      const simulator = await startSimulator({ data, shift: 'none', now: clockFrom(nowMs) });
      expect((await priceOf(simulator))?.['bids']).toMatchObject([{ price }]);
    }
  });

  test('leave out one that was not over when it was recorded', async () => {
    const mid = { o: '1.1', h: '1.1', l: '1.1', c: '1.1' };
    const later = { o: '1.2', h: '1.2', l: '1.2', c: '1.2' };
    const rows = [
      { complete: true, time: '2018-01-04T10:00:00Z', volume: 5, mid },
      { complete: false, time: '2018-01-04T11:00:00Z', volume: 1, mid: later },
    ];
    const body = { instrument: 'EUR_USD', granularity: 'H1', candles: rows };
    const data = [await folderOf({ 'candles.json': JSON.stringify(body) })];
    const simulator = await startSimulator({ data, shift: 'none' });
    expect(await candlesOf(simulator, 'EUR_USD', 'granularity=H1')).toEqual([
      { complete: true, time: '2018-01-04T10:00:00.000000000Z', volume: 5, mid },
    ]);
    expect((await priceOf(simulator))?.['bids']).toMatchObject([{ price: '1.1' }]);
  });

  test('describe instruments by how their prices are written where no list does', async () => {
    const metal = H1_TABLE.replaceAll(/1\.(\d{3})\d\d/g, '12$1.125');
    const data = [await folderOf({ 'EUR_USD.csv': H1_TABLE, 'XAU_USD.csv': metal })];
    const simulator = await startSimulator({ data });
    const answer = await ask(`${simulator.restUrl}${ACCOUNT}/instruments`);
    expect(answer.json()['instruments']).toMatchObject([
      { name: 'EUR_USD', type: 'CURRENCY', displayPrecision: 5, pipLocation: -4 },
      { name: 'XAU_USD', type: 'METAL', displayPrecision: 3, pipLocation: -2 },
    ]);
  });
});

describe('recorded pricing', () => {
  const price = {
    instrument: 'EUR_JPY',
    time: '2016-10-05T05:28:16.729643492Z',
    status: 'tradeable',
  };
  const file = { 'pricing.json': JSON.stringify({ prices: [price] }) };

  test('is the price of an instrument that nothing else is known of', async () => {
    const simulator = await startSimulator({ data: [await folderOf(file)], shift: 'none' });
    const url = `${simulator.restUrl}${ACCOUNT}/pricing?instruments=EUR_JPY`;
    expect((await ask(url)).json()['prices']).toEqual([price]);
    const stream = await openStream(simulator, 'instruments=EUR_JPY');
    await waitFor(() => stream.lines().length >= 2);
    expect(stream.lines()[0]).toBe(JSON.stringify(price));
  });

  test('is moved by whole weeks, with the digits below a millisecond', async () => {
    const data = [await folderOf(file)];
    const simulator = await startSimulator({ data, now: clockFrom(NOON_MS) });
    const url = `${simulator.restUrl}${ACCOUNT}/pricing?instruments=EUR_JPY`;
    const prices = (await ask(url)).json()['prices'];
    expect(prices).toEqual([{ ...price, time: '2026-07-01T05:28:16.729643492Z' }]);
  });
});
