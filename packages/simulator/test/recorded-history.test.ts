import { readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createOandaSimulator, type OandaSimulator } from '@tickwire/simulator';
import { describe, expect, test } from 'vitest';
import { folderOf, H1_TABLE, hasShared, recorded, shared } from './support/recorded.ts';
import {
  ACCOUNT,
  ask,
  clockFrom,
  type Json,
  openStream,
  startSimulator,
  waitFor,
} from './support/simulator.ts';

const NOON_MS = Date.parse('2026-07-01T12:00:00Z');

async function candlesOf(
  simulator: OandaSimulator,
  instrument: string,
  query: string,
): Promise<Json | undefined> {
  const answer = await ask(`${simulator.restUrl}/v3/instruments/${instrument}/candles?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json()['candles'];
}

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

describe('files of recorded data', () => {
  test('that are unknown are passed over with a line of the log', async () => {
    const log: string[] = [];
    const folder = await folderOf({ 'EUR_USD.csv': H1_TABLE, 'notes.txt': 'hello', 'a.png': 'x' });
    await startSimulator({ data: [folder], log: (line) => log.push(line) });
    expect(log).toEqual([
      `Ignored ${join(folder, 'a.png')}: not recorded data of a kind that is known`,
      `Ignored ${join(folder, 'notes.txt')}: not recorded data of a kind that is known`,
    ]);
  });

  test('are known by what is in them, whatever they are called', async () => {
    const folder = await folderOf({ EUR_USD: `\uFEFF${H1_TABLE}` });
    await writeFile(join(folder, 'GBP_USD.bin'), gzipSync(H1_TABLE));
    await writeFile(join(folder, 'USD_JPY.csv.gz'), gzipSync(H1_TABLE).subarray(0, 40));
    const log: string[] = [];
    const simulator = await startSimulator({ data: [folder], log: (line) => log.push(line) });
    const answer = await ask(`${simulator.restUrl}${ACCOUNT}/instruments`);
    expect(answer.json()['instruments']).toMatchObject([{ name: 'EUR_USD' }, { name: 'GBP_USD' }]);
    expect(log).toHaveLength(1);
  });

  test('hold any number of ticks, of which broken ones are left out', async () => {
    const endMs = NOON_MS - 1_000;
    const rows = Array.from({ length: 200_000 }, (_, index) => {
      return `${endMs - (200_000 - index) * 250},1.10000,1.10010`;
    });
    const broken = [',1.1,1.2', '1e30,1.1,1.2', '-5,1.1,1.2', `${endMs},x,1.2`];
    const folder = await folderOf({
      'EUR_USD.csv': ['time_ms_utc,bid,ask', ...broken, ...rows].join('\n'),
    });
    const simulator = await startSimulator({ now: clockFrom(NOON_MS), data: [folder] });
    const list = await candlesOf(simulator, 'EUR_USD', 'granularity=D&count=5000');
    const volumes = (list as unknown as { volume: number }[]).map(({ volume }) => volume);
    expect(volumes.reduce((sum, volume) => sum + volume, 0)).toBe(200_000);
  });

  test('have times that are UTC where they name no zone', async () => {
    const folder = await folderOf({ 'EUR_USD.csv': H1_TABLE.replaceAll('Z,', ',') });
    const simulator = await startSimulator({ data: [folder], shift: 'none' });
    const list = await candlesOf(simulator, 'EUR_USD', 'granularity=H1&count=1');
    expect(list?.[0]?.['time']).toBe('2018-01-04T13:00:00.000000000Z');
  });

  test('of candles leave out those whose prices are not decimals', async () => {
    const mid = { o: '1.10000', h: '1.10000', l: '1.10000', c: '1.10000' };
    const rows = [
      { time: '2018-01-04T10:00:00Z', volume: 'many', mid },
      { time: '2018-01-04T11:00:00Z', volume: 1, mid: { ...mid, h: 'NaN' } },
      { time: '2018-01-04T12:00:00Z', volume: '18', mid },
    ];
    const body = { instrument: 'EUR_USD', granularity: 'H1', candles: rows };
    const folder = await folderOf({ 'candles.json': JSON.stringify(body) });
    const simulator = await startSimulator({ data: [folder], shift: 'none' });
    const list = await candlesOf(simulator, 'EUR_USD', 'granularity=H1&count=9');
    expect(list).toMatchObject([{ volume: 1 }, { volume: 18 }]);
  });

  test('are found once where links lead round, and links to nothing are passed over', async () => {
    const folder = await folderOf({ 'EUR_USD.csv': H1_TABLE });
    await symlink(folder, join(folder, 'self'));
    await symlink('/no/such/place', join(folder, 'nowhere'));
    const log: string[] = [];
    await startSimulator({ data: [folder], log: (line) => log.push(line) });
    expect(log).toEqual([`Ignored ${join(folder, 'nowhere')}: neither a file nor a folder`]);
  });

  test('that are absent, or all unknown, fail the start and are named', async () => {
    const absent = createOandaSimulator({ data: ['/no/such/place'] });
    await expect(absent.start()).rejects.toThrow('/no/such/place');
    const folder = await folderOf({ 'notes.txt': 'hello' });
    const unknown = createOandaSimulator({ data: [folder] });
    await expect(unknown.start()).rejects.toThrow(`Expected recorded data in ${folder}`);
  });
});
