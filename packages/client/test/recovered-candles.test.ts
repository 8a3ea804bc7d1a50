import { describe, expect, test } from 'vitest';
import type { SubscribeOptions } from '../src/subscription.ts';
import { candle, candleUpdate, candles } from './support/events.ts';
import { type Followed, follow } from './support/scripted-server.ts';

const CANDLES = 'candles:BTCUSDT:1';

describe('candles after a gap', () => {
  const begin = (options?: SubscribeOptions): Promise<Followed> => {
    const snapshot = { candles: [...candles(1, 10), candle(11, { confirm: false })] };
    return follow(CANDLES, { epoch: 'e', seq: 6, snapshot }, options);
  };

  test('are filled in from the state, and nothing is lost', async () => {
    const { server, lines } = await begin();
    const next = await server.cut();
    const snapshot = { candles: [...candles(9, 13), candle(14, { confirm: false })] };
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 3, recovered: false, snapshot } });
    next.say({ channel: CANDLES, seq: 4, data: candleUpdate(14) });
    expect(lines).toEqual(['-: 11', '-: 12', '-: 13', 'snapshot 9 10 11 12 13 14…', '4: 14']);
  });

  test('are filled in with messages like the others', async () => {
    const messages: unknown[] = [];
    const { server } = await begin({ onMessage: (data) => messages.push(data) });
    const next = await server.cut();
    const snapshot = { candles: candles(9, 11) };
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 3, recovered: false, snapshot } });
    const received_at = new Date(server.clock.now()).toISOString();
    expect(messages).toEqual([{ ...candleUpdate(11), received_at }]);
  });

  test('are asked for again where the state does not reach back', async () => {
    const { server, lines } = await begin({ history: 3 });
    const next = await server.cut();
    const shallow = { candles: candles(28, 30) };
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 3, recovered: false, snapshot: shallow } });
    next.say({ channel: CANDLES, seq: 4, data: candleUpdate(31) });
    await server.clock.advance(0);
    expect(next.asked).toEqual({ [CANDLES]: { history: 20 } });
    expect(lines).toEqual([]);
    const deep = { candles: candles(12, 31) };
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 4, snapshot: deep } });
    await server.clock.advance(0);
    expect(next.asked).toEqual({ [CANDLES]: { history: 21 } });
    const deeper = { candles: candles(11, 31) };
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 4, snapshot: deeper } });
    next.say({ channel: CANDLES, seq: 5, data: candleUpdate(32) });
    expect(lines.slice(0, 21)).toEqual(deeper.candles.map((_, index) => `-: ${11 + index}`));
    expect(lines.slice(21)).toEqual([expect.stringMatching(/^snapshot 11 .* 31$/), '5: 32']);
    const last = await server.cut();
    expect(last.asked).toEqual({ [CANDLES]: { since: 5, epoch: 'f', history: 3 } });
  });

  test('that are too many are filled in as far as they can be, and the rest is told', async () => {
    const { server, lines } = await begin();
    const next = await server.cut();
    const answer = { epoch: 'f', seq: 3, snapshot: { candles: candles(4_900, 5_000) } };
    next.confirm({ [CANDLES]: { ...answer, recovered: false } });
    await server.clock.advance(0);
    expect(next.asked).toEqual({ [CANDLES]: { history: 1_000 } });
    const snapshot = { candles: candles(4_001, 5_000) };
    next.confirm({ [CANDLES]: { ...answer, snapshot } });
    expect(next.subscribes).toHaveLength(2);
    expect(lines.slice(0, 2)).toEqual(['-: 4001', '-: 4002']);
    expect(lines.slice(998, 1_001)).toEqual(['-: 4999', '-: 5000', 'gap 7-?']);
    expect(lines).toHaveLength(1_002);
  });

  test('wait for a state that comes later', async () => {
    const { server, lines } = await begin();
    const next = await server.cut();
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 0, recovered: false } });
    expect(lines).toEqual([]);
    next.say({ channel: CANDLES, seq: 0, snapshot: { candles: candles(10, 12) } });
    next.say({ channel: CANDLES, seq: 1, data: candleUpdate(13) });
    expect(lines).toEqual(['-: 11', '-: 12', 'snapshot 10 11 12', '1: 13']);
  });

  test('are asked for where a message comes before the state', async () => {
    const { server, lines } = await begin();
    let next = await server.cut();
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 0, recovered: false } });
    next.say({ channel: CANDLES, seq: 1, data: candleUpdate(13) });
    next = await server.cut();
    expect(next.asked).toEqual({ [CANDLES]: {} });
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 1, snapshot: { candles: candles(8, 13) } } });
    expect(lines).toEqual(['-: 11', '-: 12', '-: 13', 'snapshot 8 9 10 11 12 13']);
  });

  test('are given up where the server has messages and never a state', async () => {
    const { server, lines } = await begin();
    const next = await server.cut();
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 0, recovered: false } });
    for (let seq = 1; seq <= 6; seq += 1) {
      next.say({ channel: CANDLES, seq, data: candleUpdate(20 + seq) });
      await server.clock.advance(0);
      if (seq <= 3) {
        next.confirm({ [CANDLES]: { epoch: 'f', seq, recovered: false } });
      }
    }
    expect(lines).toEqual(['gap 7-?', '4: 24', '5: 25', '6: 26']);
  });

  test('that the server has forgotten are in the state, and are not handed out again', async () => {
    const { server, socket, lines } = await begin();
    socket.say({ channel: CANDLES, seq: 7, data: candleUpdate(11) });
    socket.say({ channel: CANDLES, seq: 8, data: candleUpdate(12) });
    socket.say({ channel: CANDLES, seq: 9, data: candleUpdate(13, { confirm: false }) });
    const next = await server.cut();
    const snapshot = { candles: [...candles(8, 10), candle(11, { confirm: false })] };
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 0, recovered: false, snapshot } });
    [11, 12, 13].forEach((index, at) => {
      next.say({ channel: CANDLES, seq: at + 1, data: candleUpdate(index) });
    });
    next.say({ channel: CANDLES, seq: 4, data: candleUpdate(12, { revision: 1 }) });
    const [, , , ...after] = lines;
    expect(after).toEqual(['snapshot 8 9 10 11 12', '3: 13', '4: 12']);
  });

  test('are none in a state without confirmed ones', async () => {
    const { server, lines } = await begin({ history: 0 });
    const next = await server.cut();
    const snapshot = { candles: [candle(11, { confirm: false })] };
    next.confirm({ [CANDLES]: { epoch: 'f', seq: 0, recovered: false, snapshot } });
    expect(lines).toEqual(['snapshot 11…']);
  });
});
