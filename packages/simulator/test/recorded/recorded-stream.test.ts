import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderOf, hasShared, readLines, recorded, shared } from '../support/recorded.ts';
import {
  ACCOUNT,
  ask,
  clockFrom,
  openStream,
  startSimulator,
  waitFor,
} from '../support/simulator.ts';

const NOON_MS = Date.parse('2026-07-01T12:00:00Z');
const NFP = 'oanda/stream_reconstructed/nfp_2014-05-02T1228-1236_EUR_USD_NZD_USD.jsonl';

const isPrice = (line: string): boolean => line.includes('"PRICE"');
const withoutTime = (line: string): string => line.replace(/"time":"[^"]*"/, '"time":""');

/** The PRICE lines of a recording in envelopes, as they must be sent. */
function nfpLines(): readonly string[] {
  return readLines(join(shared, NFP))
    .map((line) => /^\{"send_ms":\d+,"line":(.*)\}$/.exec(line)?.[1] ?? '')
    .filter(isPrice);
}

const priceLine = (instrument: string, time: string, price: string): string =>
  `{"time":"${time}","instrument":"${instrument}","x":1.0,` +
  `"bids":[{"price":"${price}","liquidity":1e6}],` +
  `"asks":[{"price":"${price}","liquidity":10000000.0}],"type":"PRICE"}`;

describe.skipIf(!hasShared)('shared streams (skipped where ../shared/data is absent)', () => {
  test('are played complete, in order and byte for byte when they are not shifted', async () => {
    const expected = nfpLines();
    expect(expected.length).toBeGreaterThan(2_500);
    const data = [join(shared, NFP)];
    const simulator = await startSimulator({ data, shift: 'none', speed: 1_000 });
    const stream = await openStream(simulator, 'instruments=EUR_USD,NZD_USD');
    await waitFor(() => stream.prices().length >= expected.length);
    expect(stream.lines().filter(isPrice)).toEqual(expected);
  });

  test('keep all but the time when they are shifted, and the time goes forward', async () => {
    const expected = nfpLines();
    const simulator = await startSimulator({ data: [join(shared, NFP)], speed: 1_000 });
    const stream = await openStream(simulator, 'instruments=EUR_USD,NZD_USD');
    await waitFor(() => stream.prices().length >= expected.length);
    expect(stream.lines().filter(isPrice).map(withoutTime)).toEqual(expected.map(withoutTime));
    const times = stream.prices().map(({ time }) => time);
    expect(times).toEqual([...new Set(times)].sort());
    expect(Math.abs(Date.now() - Date.parse(times.at(-1) ?? ''))).toBeLessThan(60_000);
    expect(times.every((time) => /\.\d{9}Z$/.test(time))).toBe(true);
  });

  test.each([
    ['pricing_stream_2016-10-27_EUR_USD_EUR_JPY.jsonl', 'EUR_JPY,EUR_USD', 3],
    ['pricing_stream_2017-08-14_EUR_USD.jsonl', 'EUR_USD', 2],
  ])('play the raw lines of %s as they are', async (file, instruments, count) => {
    const data = [join(recorded, file)];
    const expected = readLines(join(recorded, file)).filter(isPrice);
    expect(expected).toHaveLength(count);
    const simulator = await startSimulator({ data, shift: 'none', speed: 10_000 });
    const stream = await openStream(simulator, `instruments=${instruments}`);
    await waitFor(() => stream.prices().length >= count);
    expect(stream.lines().filter(isPrice)).toEqual(expected);
  });
});

describe('recorded streams', () => {
  const lines = [
    priceLine('EUR_USD', '2020-01-01T00:00:00.000000001Z', '1.10'),
    '{"type":"HEARTBEAT","time":"2020-01-01T00:00:00.5Z"}',
    priceLine('EUR_USD', '2020-01-01T00:00:01.000000002Z', '1.20'),
    priceLine('USD_JPY', '2020-01-01T00:00:02.000000003Z', '100.0'),
  ];

  test('begin with the first stream that carries one of their instruments', async () => {
    const data = [await folderOf({ 'a.jsonl': lines.join('\n') })];
    const simulator = await startSimulator({ data, shift: 'none', speed: 10_000 });
    const price = async (): Promise<string> =>
      (await ask(`${simulator.restUrl}${ACCOUNT}/pricing?instruments=EUR_USD`)).text;
    expect(await price()).toContain(lines[0]);
    const stream = await openStream(simulator, 'instruments=EUR_USD,USD_JPY');
    await waitFor(() => stream.prices().length >= 3);
    expect(stream.lines().filter(isPrice)).toEqual(lines.filter(isPrice));
    expect(await price()).toContain(lines[2]);
  });

  test('give a later stream the prices played last, and heartbeats after their end', async () => {
    const data = [await folderOf({ 'a.jsonl': lines.join('\n') })];
    const simulator = await startSimulator({
      data,
      shift: 'none',
      speed: 10_000,
      startOffsetMs: -86_400_000,
    });
    const first = await openStream(simulator, 'instruments=EUR_USD,USD_JPY');
    await waitFor(() => first.prices().length >= 3);
    const later = await openStream(simulator, 'instruments=EUR_USD');
    await waitFor(() => later.lines().length >= 5);
    expect(later.lines()[0]).toBe(lines[2]);
    expect(later.prices()).toHaveLength(1);
  });

  test('play side by side, each from its own first line, in envelopes or without', async () => {
    const early = priceLine('GBP_USD', '2015-01-01T00:00:00Z', '1.5');
    const late = priceLine('GBP_USD', '2015-01-01T00:00:01Z', '1.6');
    const enveloped = [
      `{"send_ms": 5000, "line": ${early}}`,
      `{"send_ms": 6500, "line": ${JSON.stringify(late)}}`,
    ];
    const files = { 'a.jsonl': lines.join('\n'), 'b.jsonl': enveloped.join('\n') };
    const data = [await folderOf(files)];
    const simulator = await startSimulator({ data, shift: 'none', speed: 20 });
    const stream = await openStream(simulator, 'instruments=EUR_USD,USD_JPY,GBP_USD');
    await waitFor(() => stream.prices().length >= 5);
    const expected = [lines[0], early, lines[2], late, lines[3]];
    expect(stream.lines().filter(isPrice)).toEqual(expected);
  });

  test('keep every other byte where the time is written anew', async () => {
    const data = [await folderOf({ 'a.jsonl': lines.join('\n') })];
    const simulator = await startSimulator({ data, speed: 10_000 });
    const headers = { 'Accept-Datetime-Format': 'UNIX' };
    const stream = await openStream(simulator, 'instruments=EUR_USD', headers);
    await waitFor(() => stream.prices().length >= 2);
    const [first] = stream.lines().filter(isPrice);
    expect(withoutTime(first ?? '')).toBe(withoutTime(lines[0] ?? ''));
    expect(stream.prices()[0]?.time).toMatch(/^\d{10}\.\d{9}$/);
  });
});

describe('recorded ticks', () => {
  const ticks = (startMs: number): string =>
    [
      'time_ms_utc,bid,ask',
      ...Array.from({ length: 400 }, (_, index) => {
        const bid = (1.1 + index / 100_000).toFixed(5);
        return `${startMs + index * 100},${bid},${(Number(bid) + 0.0001).toFixed(5)}`;
      }),
    ].join('\n');

  test('are the stream, one price per window, if they all lie in the past', async () => {
    const startMs = 1_398_988_800_000;
    const data = [await folderOf({ 'EUR_USD_2014.csv': ticks(startMs) })];
    const simulator = await startSimulator({ data, shift: 'none', speed: 50 });
    const stream = await openStream(simulator, 'instruments=EUR_USD');
    const times = (): readonly number[] =>
      stream.prices().map(({ time }) => Date.parse(time) - startMs);
    await waitFor(() => times().at(-1) === 39_900);
    expect(times().length).toBeGreaterThanOrEqual(2);
    expect(times().length).toBeLessThan(8);
  });

  test('come at their own times if the clock runs over them, and make the candles', async () => {
    const startMs = NOON_MS - 40_000;
    const data = [await folderOf({ 'EUR_USD.csv': ticks(startMs) })];
    const simulator = await startSimulator({
      data,
      now: clockFrom(NOON_MS),
      startOffsetMs: -30_000,
      speed: 50,
    });
    const stream = await openStream(simulator, 'instruments=EUR_USD');
    await waitFor(() => stream.prices().some(({ time }) => Date.parse(time) >= startMs + 39_500));
    const [snapshot] = stream.prices();
    expect(Date.parse(snapshot?.time ?? '') - startMs).toBeGreaterThanOrEqual(9_900);
    const url = `${simulator.restUrl}/v3/instruments/EUR_USD/candles?granularity=S10&price=B`;
    const { candles } = (await ask(url)).json();
    expect(candles).toHaveLength(4);
    expect(candles?.[0]).toMatchObject({ complete: true, volume: 100, bid: { o: '1.10000' } });
  });
});
