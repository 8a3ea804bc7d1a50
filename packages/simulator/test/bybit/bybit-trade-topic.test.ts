import { describe, expect, test } from 'vitest';
import { bars, exact, follow, rows, textOf } from '../support/bybit.ts';
import { type Json, waitFor } from '../support/simulator.ts';

const MINUTE_MS = 60_000;
/** The start of a minute and of an hour. */
const NOON_MS = Date.UTC(2026, 9, 7, 12);

describe('publicTrade topic', () => {
  test.each([
    ['linear', 'BTCUSDT', 'T,s,S,v,p,L,i,BT,RPI,seq', 'topic,type,ts,data'],
    ['inverse', 'BTCUSD', 'T,s,S,v,p,L,i,BT,RPI,seq', 'topic,type,ts,data'],
    ['spot', 'BTCUSDT', 'i,T,p,v,S,s,BT,RPI', 'topic,ts,type,data'],
  ])('%s trades of a minute come to its candle', async (category, symbol, fields, head) => {
    const [trades, kline] = [`publicTrade.${symbol}`, `kline.1.${symbol}`];
    const { client, move } = await follow(category, [trades, kline], NOON_MS - 1);
    expect(client.frames(trades)).toEqual([]);
    await move(kline, 30_000);
    await move(kline, 30_301);
    await waitFor(() => client.frames(kline).some((frame) => bars(frame)[0]?.['confirm']));
    const closed = bars(client.frames(kline).at(-1)).find(({ start }) => Number(start) === NOON_MS);
    const frames = client.frames(trades);
    const all = frames.flatMap(bars);
    expect(Object.keys(frames[0]!).join()).toBe(head);
    expect(Object.keys(all[0]!).join()).toBe(fields);
    const own = all.filter(({ T }) => Number(T) < NOON_MS + MINUTE_MS);
    const times = all.map(({ T }) => Number(T));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(all.map(({ i }) => textOf(i))).size).toBe(all.length);
    expect(frames.length).toBeLessThan(all.length);
    expect(own.reduce((sum, { v }) => sum + exact(v), 0n)).toBe(exact(closed?.['volume']));
    const prices = own.map(({ p }) => Number(p));
    expect([prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)]).toEqual(
      ['open', 'high', 'low', 'close'].map((name) => Number(closed?.[name])),
    );
  });

  test('names trades as REST does', async () => {
    const topic = 'publicTrade.BTCUSDT';
    const { client, move, simulator } = await follow('spot', [topic], NOON_MS);
    await move(topic, 10_000);
    const streamed = client.frames(topic).flatMap(bars).toReversed();
    const list = await rows<Json>(simulator, 'recent-trade?category=spot&symbol=BTCUSDT');
    expect(list.slice(0, streamed.length).map(({ execId }) => execId)).toEqual(
      streamed.map(({ i }) => i),
    );
    expect(Number(streamed[0]?.['i'])).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  });
});
