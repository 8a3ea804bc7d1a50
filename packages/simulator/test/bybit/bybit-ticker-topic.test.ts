import { describe, expect, test } from 'vitest';
import { createTickerPublisher } from '../../src/bybit/bybit-ticker-topic.ts';
import { createCryptoMarket } from '../../src/crypto/crypto-market.ts';
import { createFaults } from '../../src/faults/faults.ts';
import { follow, rows } from '../support/bybit.ts';
import { type Json } from '../support/simulator.ts';

/** The start of a minute and of an hour. */
const NOON_MS = Date.UTC(2026, 9, 7, 12);

describe('tickers topic', () => {
  test('of a contract is a snapshot and then what changed, which together are the ticker', async () => {
    const topic = 'tickers.BTCUSDT';
    const { client, move, simulator } = await follow('linear', [topic], NOON_MS);
    for (let step = 0; step < 10; step += 1) {
      await move(topic, 3_000);
    }
    const frames = client.frames(topic);
    expect(frames.map(({ type }) => type)).toEqual([
      'snapshot',
      ...Array<string>(10).fill('delta'),
    ]);
    expect(Object.keys(frames[0]!)).toEqual(['topic', 'type', 'data', 'cs', 'ts']);
    const merged: Record<string, unknown> = {};
    for (const { data } of frames) {
      expect(data).toHaveProperty('symbol', 'BTCUSDT');
      Object.assign(merged, data);
    }
    const [ticker] = await rows<Json>(simulator, 'tickers?category=linear&symbol=BTCUSDT');
    expect(merged).toEqual(ticker);
    const sizes = frames.map(({ data }) => Object.keys(data!).length);
    expect(Math.max(...sizes.slice(1))).toBeLessThan(sizes[0]!);
    const sequences = frames.map(({ cs }) => Number(cs));
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });

  test('comes in time however often others subscribe', () => {
    const series = createCryptoMarket(1).find('linear', 'BTCUSDT')!;
    const publisher = createTickerPublisher('tickers.BTCUSDT', series, createFaults(Date.now));
    publisher.greet(NOON_MS);
    const published = Array.from({ length: 100 }, (_, at) => {
      const nowMs = NOON_MS + (at + 1) * 50;
      const frames = publisher.publish(nowMs);
      publisher.greet(nowMs);
      return frames;
    });
    expect(published.flat().length).toBeGreaterThan(10);
  });

  test('of spot is whole snapshots, without bid and ask', async () => {
    const topic = 'tickers.BTCUSDT';
    const { client, move } = await follow('spot', [topic], NOON_MS);
    await move(topic, 3_000);
    for (const frame of client.frames(topic)) {
      expect(frame['type']).toBe('snapshot');
      expect(Object.keys(frame['data']!).join()).toBe(
        'symbol,lastPrice,highPrice24h,lowPrice24h,prevPrice24h,volume24h,turnover24h,' +
          'price24hPcnt,usdIndexPrice',
      );
    }
  });

  test('comes at most every 100 ms', async () => {
    const topic = 'tickers.BTCUSDT';
    const { client, move, pass } = await follow('linear', [topic], NOON_MS);
    await move(topic, 5_000);
    await pass(99);
    await move(topic, 5_000);
    expect(client.frames(topic)).toHaveLength(3);
  });
});
