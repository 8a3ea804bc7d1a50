import { describe, expect, test } from 'vitest';
import { connect, handClock, refusedWith, rows, startBybit, textOf } from '../support/bybit.ts';
import { ask, type Json, waitFor } from '../support/simulator.ts';

const NOW_MS = Date.UTC(2026, 9, 7, 12, 34, 17, 250);
const BOOK = 'orderbook.50.BTCUSDT';
const TICKER = 'tickers.BTCUSDT';

async function followed(topics: readonly string[]) {
  const clock = handClock(NOW_MS);
  const simulator = await startBybit({ now: clock.now });
  const client = await connect(simulator, 'linear');
  if (topics.length > 0) {
    await client.request('subscribe', topics);
    await waitFor(() => topics.every((topic) => client.frames(topic).length === 1));
  }
  const move = async (topic: string, byMs = 2_000): Promise<Json> => {
    const before = client.frames(topic).length;
    clock.add(byMs);
    await waitFor(() => client.frames(topic).length > before);
    return client.frames(topic).at(-1)!;
  };
  return { clock, simulator, client, move };
}

const update = (frame: Json | undefined): number => Number(frame?.['data']?.['u']);

describe('Bybit faults', () => {
  test('sequence-gap leaves one delta out', async () => {
    const { client, simulator, clock, move } = await followed([BOOK]);
    const before = await move(BOOK);
    simulator.faults.set({ fault: 'sequence-gap', topic: BOOK });
    clock.add(2_000);
    await waitFor(() => simulator.faults.list().length === 0);
    expect(client.frames(BOOK).at(-1)).toEqual(before);
    expect(update(await move(BOOK))).toBe(update(before) + 2);
    expect(update(await move(BOOK))).toBe(update(before) + 3);
  });

  test('a fault of one topic waits for that topic', async () => {
    const { simulator, move } = await followed([BOOK]);
    simulator.faults.set({ fault: 'sequence-gap', topic: 'orderbook.50.ETHUSDT' });
    const before = await move(BOOK);
    expect(update(await move(BOOK))).toBe(update(before) + 1);
    expect(simulator.faults.list()).toEqual([
      { fault: 'sequence-gap', topic: 'orderbook.50.ETHUSDT', count: 1 },
    ]);
  });

  test('restart-book begins anew at u 1', async () => {
    const { simulator, move } = await followed([BOOK]);
    await move(BOOK);
    simulator.faults.set({ fault: 'restart-book' });
    const restarted = await move(BOOK);
    expect([restarted['type'], update(restarted)]).toEqual(['snapshot', 1]);
    expect(restarted['data']?.['b']).toHaveLength(50);
    const next = await move(BOOK);
    expect([next['type'], update(next)]).toEqual(['delta', 2]);
  });

  test.each([BOOK, TICKER])('re-snapshot sends a whole %s in mid-stream', async (topic) => {
    const { simulator, client, move } = await followed([topic]);
    expect(await move(topic)).toMatchObject({ type: 'delta' });
    simulator.faults.set({ fault: 're-snapshot' });
    const again = await move(topic);
    expect(again['type']).toBe('snapshot');
    expect(Object.keys(again['data']!)).toEqual(
      Object.keys(client.frames(topic)[0]?.['data'] ?? {}),
    );
    expect(await move(topic)).toMatchObject({ type: 'delta' });
  });

  test.each([BOOK, TICKER])(
    'delta-first sends a delta of %s before its snapshot',
    async (topic) => {
      const { simulator, client } = await followed([]);
      simulator.faults.set({ fault: 'delta-first' });
      await client.request('subscribe', [topic]);
      await waitFor(() => client.frames(topic).length === 2);
      expect(client.frames(topic).map(({ type }) => type)).toEqual(['delta', 'snapshot']);
    },
  );

  test('refuse-topic refuses it and no other', async () => {
    const { simulator, client } = await followed([]);
    simulator.faults.set({ fault: 'refuse-topic', topic: TICKER });
    simulator.faults.set({ fault: 'refuse-topic', topic: 'tickers.ETHUSDT' });
    expect(simulator.faults.list()).toHaveLength(2);
    expect(await client.request('subscribe', [BOOK, TICKER])).toMatchObject({
      success: false,
      ret_msg: `error:handler not found,topic:${TICKER}`,
    });
    expect(await client.request('subscribe', [BOOK])).toMatchObject({ success: true });
    simulator.faults.clear('refuse-topic');
    expect(await client.request('subscribe', [TICKER])).toMatchObject({ success: true });
  });

  test('close-every closes all sockets again and again, until it is cleared', async () => {
    const { simulator } = await followed([]);
    simulator.faults.set({ fault: 'close-every', everyMs: 10 });
    for (let round = 0; round < 3; round += 1) {
      const client = await connect(simulator, 'linear');
      await waitFor(() => client.closeCode !== undefined);
      expect(client.closeCode).toBe(1006);
    }
    simulator.faults.clear('close-every');
    const client = await connect(simulator, 'linear');
    await client.request('ping', []);
    expect(client.closeCode).toBeUndefined();
  });

  test.each([
    ['reset', 1006],
    ['end', 1001],
  ] as const)('drop by %s closes every socket with %i', async (mode, code) => {
    const { simulator, client } = await followed([BOOK]);
    simulator.faults.set({ fault: 'drop', mode });
    await waitFor(() => client.closeCode !== undefined);
    expect(client.closeCode).toBe(code);
    expect(simulator.faults.list()).toEqual([]);
    await (await connect(simulator, 'linear')).request('ping', []);
  });

  test('stall says nothing, not even to a ping', async () => {
    const { simulator, client, clock, move } = await followed([BOOK]);
    await move(BOOK);
    simulator.faults.set({ fault: 'stall' });
    const before = client.texts.length;
    client.send({ op: 'ping' });
    client.socket.ping();
    await new Promise((resolve) => client.socket.once('pong', resolve));
    clock.add(5_000);
    simulator.faults.clear('stall');
    await move(BOOK);
    expect(client.answers().filter(({ op }) => textOf(op) === 'ping')).toEqual([]);
    expect(client.texts.length).toBeGreaterThan(before);
  });

  test('malformed puts broken JSON before whole frames', async () => {
    const { simulator, client } = await followed([]);
    simulator.faults.set({ fault: 'malformed', count: 1 });
    client.send({ op: 'ping' });
    await waitFor(() => client.texts.length === 2);
    expect(() => JSON.parse(client.texts[0]!) as unknown).toThrow(SyntaxError);
    expect(JSON.parse(client.texts[1]!)).toMatchObject({ ret_msg: 'pong' });
  });

  test.each([
    ['unauthorized', 403],
    ['too-many-requests', 429],
    ['unavailable', 503],
  ] as const)('%s refuses sockets with %i', async (fault, status) => {
    const { simulator } = await followed([]);
    simulator.faults.set({ fault, count: 1 });
    expect(await refusedWith(simulator, '/v5/public/linear')).toBe(status);
    expect(await refusedWith(simulator, '/v5/public/linear')).toBe('open');
  });

  test.each([
    ['unauthorized', 403, undefined],
    ['unavailable', 503, undefined],
    ['too-many-requests', 200, 10_006],
  ] as const)('%s answers requests with %i', async (fault, status, retCode) => {
    const { simulator } = await followed([]);
    simulator.faults.set({ fault, count: 1 });
    const answer = await ask(`${simulator.restUrl}/v5/market/time`);
    expect(answer.status).toBe(status);
    expect(retCode === undefined ? undefined : answer.json()['retCode']).toBe(retCode);
    expect((await ask(`${simulator.restUrl}/v5/market/time`)).status).toBe(200);
  });

  test('unknown-instrument takes a symbol away', async () => {
    const { simulator, client } = await followed([]);
    simulator.faults.set({ fault: 'unknown-instrument', instrument: 'BTCUSDT' });
    expect(await client.request('subscribe', [BOOK])).toMatchObject({
      ret_msg: `error:handler not found,topic:${BOOK}`,
    });
    const list = await rows<Json>(simulator, 'instruments-info?category=linear');
    expect(list.map(({ symbol }) => symbol)).not.toContain('BTCUSDT');
    const answer = await ask(`${simulator.restUrl}/v5/market/kline?symbol=BTCUSDT&interval=1`);
    expect(answer.json()['retCode']).toBe(10_001);
  });

  test('unknown-instrument silences what is followed of the symbol, and nothing else', async () => {
    const { simulator, client, move } = await followed([BOOK, 'orderbook.50.ETHUSDT']);
    await move(BOOK);
    simulator.faults.set({ fault: 'unknown-instrument', instrument: 'BTCUSDT' });
    const before = client.frames(BOOK).length;
    await move('orderbook.50.ETHUSDT', 5_000);
    await client.request('ping', []);
    expect(client.frames(BOOK)).toHaveLength(before);
    simulator.faults.clear('unknown-instrument');
    await move(BOOK);
  });

  test('slow makes answers and connections wait', async () => {
    const { simulator } = await followed([]);
    const order: string[] = [];
    simulator.faults.set({ fault: 'slow', delayMs: 30, count: 1 });
    const slow = connect(simulator, 'linear').then(() => order.push('slow'));
    await waitFor(() => simulator.faults.list().length === 0);
    await ask(`${simulator.restUrl}/v5/market/time`);
    order.push('quick');
    await slow;
    expect(order).toEqual(['quick', 'slow']);
  });

  test.each([
    [{ fault: 'close-every' }, /'everyMs'/],
    [{ fault: 'refuse-topic' }, /'topic'/],
    [{ fault: 'sequence-gap', topic: 5 }, /'topic' to be a name/],
    [{ fault: 'restart-book', everyMs: 5 }, /no field 'everyMs'/],
  ])('refuses the command %j over HTTP', async (command, expected) => {
    const { simulator } = await followed([]);
    const url = `${simulator.restUrl}/simulator/faults`;
    const answer = await ask(url, { method: 'POST', body: JSON.stringify(command) });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(expected);
  });
});
