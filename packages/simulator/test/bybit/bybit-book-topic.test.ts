import { describe, expect, test } from 'vitest';
import { connect, follow, rest } from '../support/bybit.ts';
import { waitFor } from '../support/simulator.ts';

/** The start of a minute and of an hour. */
const NOON_MS = Date.UTC(2026, 9, 7, 12);

describe('orderbook topic', () => {
  test.each([
    ['linear', 'BTCUSDT', 50],
    ['spot', 'ETHUSDT', 200],
    ['inverse', 'BTCUSD', 50],
  ])('%s %s at depth %i: deltas lead to the book', async (category, symbol, depth) => {
    const topic = `orderbook.${depth}.${symbol}`;
    const { client, move, simulator, clock } = await follow(category, [topic], NOON_MS);
    for (let step = 0; step < 20; step += 1) {
      await move(topic, 1_500);
    }
    const frames = client.frames(topic);
    const [first] = frames;
    expect(first).toMatchObject({ type: 'snapshot', ts: NOON_MS, cts: NOON_MS });
    const sides = { b: new Map<string, string>(), a: new Map<string, string>() };
    for (const [index, { type, data }] of frames.entries()) {
      expect(type).toBe(index === 0 ? 'snapshot' : 'delta');
      expect(Number(data?.['u'])).toBe(Number(first?.['data']?.['u']) + index);
      for (const side of ['b', 'a'] as const) {
        for (const [price, size] of data?.[side] as unknown as [string, string][]) {
          if (size === '0') {
            expect(sides[side].delete(price)).toBe(true);
          } else {
            sides[side].set(price, size);
          }
        }
        expect(sides[side].size).toBe(depth);
      }
    }
    const query = `orderbook?category=${category}&symbol=${symbol}&limit=${depth}`;
    const book = await rest(simulator, query);
    expect(book['ts']).toBe(clock.now());
    for (const side of ['b', 'a'] as const) {
      expect([...sides[side]].sort((x, y) => Number(y[0]) - Number(x[0]))).toEqual(
        [...(book[side] as unknown as [string, string][])].sort(
          (x, y) => Number(y[0]) - Number(x[0]),
        ),
      );
    }
  });

  test('at depth 1 is snapshots alone, repeated after three quiet seconds', async () => {
    const topic = 'orderbook.1.1000PEPEUSDT';
    const { client, move } = await follow('linear', [topic], NOON_MS);
    for (let step = 0; step < 40; step += 1) {
      await move(topic, 3_000);
    }
    const frames = client.frames(topic);
    expect(new Set(frames.map(({ type }) => type))).toEqual(new Set(['snapshot']));
    expect(Object.keys(frames[0]!)).toEqual(['topic', 'type', 'ts', 'data', 'cts']);
    const shown = frames.map(({ data }) => JSON.stringify([data?.['b'], data?.['a']]));
    const repeats = shown.slice(1).filter((book, index) => book === shown[index]);
    expect(repeats.length).toBeGreaterThan(0);
    for (const [index, { data }] of frames.slice(1).entries()) {
      const rise = Number(data?.['u']) - Number(frames[index]?.['data']?.['u']);
      expect(rise).toBe(shown[index] === shown[index + 1] ? 0 : 1);
    }
  });

  test('of two subscribers shows both the same, the later one from a snapshot on', async () => {
    const topic = 'orderbook.50.BTCUSDT';
    const { client, move, simulator } = await follow('linear', [topic], NOON_MS);
    await move(topic, 2_000);
    const later = await connect(simulator, 'linear');
    await later.request('subscribe', [topic]);
    await move(topic, 2_000);
    await waitFor(() => later.frames(topic).length === 2);
    expect(later.frames(topic)[0]?.['type']).toBe('snapshot');
    expect(later.frames(topic)[0]?.['data']?.['u']).toBe(client.frames(topic)[1]?.['data']?.['u']);
    expect(later.frames(topic)[1]).toEqual(client.frames(topic)[2]);
  });
});
