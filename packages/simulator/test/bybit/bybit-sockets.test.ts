import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, handClock, refusedWith, startBybit, textOf } from '../support/bybit.ts';
import { waitFor } from '../support/simulator.ts';

const NOW_MS = Date.UTC(2026, 9, 7, 12, 34, 17, 250);

describe('Bybit sockets', () => {
  test.each([
    ['linear', 'BTCUSDT', ''],
    ['inverse', 'BTCUSD', ''],
    ['spot', 'BTCUSDT', 'subscribe'],
  ])('on %s answers each frame once, with its id', async (category, symbol, message) => {
    const client = await connect(await startBybit(), category);
    const topics = [`tickers.${symbol}`, `kline.1.${symbol}`];
    const answer = await client.request('subscribe', topics);
    expect(Object.keys(answer)).toEqual(['success', 'ret_msg', 'conn_id', 'req_id', 'op']);
    expect(answer).toMatchObject({ success: true, ret_msg: message, op: 'subscribe' });
    await waitFor(() => topics.every((topic) => client.frames(topic).length > 0));
  });

  test('leaves a missing id empty on linear, and out on spot', async () => {
    const simulator = await startBybit();
    const [linear, spot] = [await connect(simulator, 'linear'), await connect(simulator, 'spot')];
    for (const client of [linear, spot]) {
      client.send({ op: 'subscribe', args: ['publicTrade.BTCUSDT'] });
      client.send({ op: 'ping' });
      await waitFor(() => client.answers().length === 2);
    }
    const connectionId = textOf(linear.answers()[0]?.['conn_id']);
    expect(linear.texts.find((text) => text.includes('"ping"'))).toBe(
      `{"success":true,"ret_msg":"pong","conn_id":"${connectionId}","req_id":"","op":"ping"}`,
    );
    expect(linear.answers()[0]).toHaveProperty('req_id', '');
    for (const answer of spot.answers()) {
      expect(answer).not.toHaveProperty('req_id');
    }
    expect(spot.answers()[0]?.['conn_id']).not.toBe(connectionId);
  });

  test('echoes the id of a ping', async () => {
    const client = await connect(await startBybit(), 'spot');
    expect(await client.request('ping', [])).toMatchObject({ ret_msg: 'pong', op: 'ping' });
  });

  test('answers protocol pings', async () => {
    const client = await connect(await startBybit(), 'linear');
    client.socket.ping('x');
    const [payload] = (await once(client.socket, 'pong')) as [Buffer];
    expect(payload.toString()).toBe('x');
  });

  test.each([
    'kline.1.NOPEUSDT',
    'kline.2.BTCUSDT',
    'kline.1.btcusdt',
    'orderbook.25.BTCUSDT',
    'orderbook.050.BTCUSDT',
    'liquidation.BTCUSDT',
    'tickers.BTCUSD',
    'BTCUSDT',
    'kline.1.x.BTCUSDT',
  ])('refuses a whole frame for %s, naming it alone', async (topic) => {
    const client = await connect(await startBybit(), 'linear');
    const args = ['tickers.BTCUSDT', topic, 'tickers.NOPE'];
    expect(await client.request('subscribe', args)).toMatchObject({
      success: false,
      ret_msg: `error:handler not found,topic:${topic}`,
      op: 'subscribe',
    });
    expect(await client.request('subscribe', ['tickers.BTCUSDT'])).toMatchObject({ success: true });
  });

  test('words an unknown symbol of spot in its own way', async () => {
    const client = await connect(await startBybit(), 'spot');
    expect(await client.request('subscribe', ['tickers.XUSDT'])).toMatchObject({
      success: false,
      ret_msg: 'Invalid symbol :[tickers.XUSDT]',
    });
    expect(await client.request('subscribe', ['nothing.BTCUSDT'])).toMatchObject({
      ret_msg: 'error:handler not found,topic:nothing.BTCUSDT',
    });
  });

  test('refuses a second subscription; the first goes on', async () => {
    const clock = handClock(NOW_MS);
    const client = await connect(await startBybit({ now: clock.now }), 'linear');
    await client.request('subscribe', ['tickers.BTCUSDT']);
    await waitFor(() => client.frames('tickers.BTCUSDT').length === 1);
    const refused = { success: false, ret_msg: 'error:already subscribed,topic:tickers.BTCUSDT' };
    expect(await client.request('subscribe', ['tickers.BTCUSDT'])).toMatchObject(refused);
    const twice = ['tickers.ETHUSDT', 'tickers.ETHUSDT'];
    expect(await client.request('subscribe', twice)).toMatchObject({
      ret_msg: 'error:already subscribed,topic:tickers.ETHUSDT',
    });
    const before = client.frames('tickers.BTCUSDT').length;
    clock.add(5_000);
    await waitFor(() => client.frames('tickers.BTCUSDT').length > before);
    expect(client.frames('tickers.ETHUSDT')).toEqual([]);
  });

  test('takes ten topics in a frame on spot, more elsewhere', async () => {
    const simulator = await startBybit();
    const topics = (symbol: string): string[] =>
      ['1', '3', '5', '15', '30', '60', '120', '240', '360', '720', 'D'].map(
        (interval) => `kline.${interval}.${symbol}`,
      );
    const spot = await connect(simulator, 'spot');
    expect(await spot.request('subscribe', topics('BTCUSDT'))).toMatchObject({
      success: false,
      ret_msg: 'args size >10',
    });
    const ten = topics('BTCUSDT').slice(1);
    expect(await spot.request('subscribe', ten)).toMatchObject({ success: true });
    const linear = await connect(simulator, 'linear');
    expect(await linear.request('subscribe', topics('BTCUSDT'))).toMatchObject({ success: true });
  });

  test('ends a subscription, and takes it again', async () => {
    const clock = handClock(NOW_MS);
    const client = await connect(await startBybit({ now: clock.now }), 'linear');
    await client.request('subscribe', ['publicTrade.BTCUSDT', 'tickers.BTCUSDT']);
    const answer = await client.request('unsubscribe', ['publicTrade.BTCUSDT']);
    expect(answer).toMatchObject({ success: true, ret_msg: '', op: 'unsubscribe' });
    clock.add(10_000);
    await waitFor(() => client.frames('tickers.BTCUSDT').length > 1);
    expect(client.frames('publicTrade.BTCUSDT')).toEqual([]);
    expect(await client.request('subscribe', ['publicTrade.BTCUSDT'])).toMatchObject({
      success: true,
    });
  });

  test('keeps the socket open after what it cannot read', async () => {
    const client = await connect(await startBybit(), 'linear');
    client.send('hello');
    client.send('{"op":');
    client.send({ op: 'dance', req_id: 'd' });
    client.send({ op: 'subscribe', args: 'tickers.BTCUSDT', req_id: 'e' });
    await waitFor(() => client.answers().length === 4);
    const [noJson, broken, unknown, noTopics] = client.answers();
    expect(textOf(noJson?.['ret_msg'])).toMatch(
      /^Failed to decode incoming data:readObjectStart: expect \{ or n, but found h, /,
    );
    expect(textOf(broken?.['ret_msg'])).toMatch(/^Failed to decode incoming data:/);
    expect(unknown).toMatchObject({ success: false, ret_msg: 'error:invalid op', req_id: 'd' });
    expect(noTopics).toMatchObject({ success: false, ret_msg: 'Params Error', req_id: 'e' });
    expect(await client.request('ping', [])).toMatchObject({ success: true });
  });

  test('sends a first snapshot now and then before its acknowledgement', async () => {
    const client = await connect(await startBybit({ now: () => NOW_MS }), 'linear');
    const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'];
    for (const symbol of symbols) {
      await client.request('subscribe', [`tickers.${symbol}`]);
    }
    await waitFor(() => client.texts.length === 2 * symbols.length);
    const at = (text: string): number => client.texts.findIndex((found) => found.includes(text));
    const isFirst = symbols.map(
      (symbol, index) => at(`"tickers.${symbol}"`) < at(`"req_id":"r${index + 1}"`),
    );
    expect(isFirst).toEqual([false, false, true, false]);
  });

  test('negotiates compression without context takeover, if it is offered', async () => {
    const simulator = await startBybit();
    const plain = await connect(simulator, 'linear', { perMessageDeflate: false });
    expect(plain.socket.extensions).toBe('');
    const packed = await connect(simulator, 'linear');
    expect(packed.socket.extensions).toContain('permessage-deflate');
    await packed.request('subscribe', ['orderbook.200.BTCUSDT']);
    await waitFor(() => packed.frames('orderbook.200.BTCUSDT').length > 0);
    expect(packed.frames('orderbook.200.BTCUSDT')[0]?.['data']?.['b']).toHaveLength(200);
  });

  test('ends the socket of a reader that is too slow, and says so once', async () => {
    const lines: string[] = [];
    const simulator = await startBybit({ log: (line) => lines.push(line) });
    const client = await connect(simulator, 'linear');
    client.socket.pause();
    const topics = Array.from({ length: 3 }, (_, at) => `orderbook.${[50, 200, 1000][at]}.BTCUSDT`);
    for (let round = 0; round < 600; round += 1) {
      client.send({ op: 'subscribe', args: topics });
      client.send({ op: 'unsubscribe', args: topics });
    }
    await waitFor(() => lines.length > 0);
    client.socket.resume();
    await waitFor(() => client.closeCode !== undefined);
    expect(lines).toEqual([expect.stringMatching(/its reader is too slow$/)]);
  });

  test('closes a socket on which neither side says anything', async () => {
    const client = await connect(await startBybit({ idleMs: 30 }), 'linear');
    await waitFor(() => client.closeCode !== undefined);
    expect(client.closeCode).toBe(1001);
  });

  test('keeps a socket open while either side says something', async () => {
    const clock = handClock(NOW_MS);
    const client = await connect(await startBybit({ now: clock.now, idleMs: 30 }), 'linear');
    for (let round = 0; round < 5; round += 1) {
      clock.add(20);
      await client.request('ping', []);
    }
    expect(client.closeCode).toBeUndefined();
    clock.add(30);
    await waitFor(() => client.closeCode !== undefined);
  });

  test('lets in so many connections in five minutes', async () => {
    const clock = handClock(NOW_MS);
    const simulator = await startBybit({ now: clock.now, connectionLimit: 2 });
    await connect(simulator, 'linear');
    await connect(simulator, 'spot');
    expect(await refusedWith(simulator, '/v5/public/linear')).toBe(403);
    clock.add(300_000);
    await connect(simulator, 'linear');
  });

  test.each(['/v5/public/option', '/v5/public', '/v5/private', '/'])(
    'has no socket at %s',
    async (path) => {
      expect(await refusedWith(await startBybit(), path)).toBe(404);
    },
  );

  test('does not wait for a refused client that keeps its side open', async () => {
    const simulator = await startBybit();
    const port = Number(new URL(simulator.restUrl).port);
    const client = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true });
    onTestFinished(() => {
      client.destroy();
    });
    client.write(
      'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /);
    await simulator.close();
  });

  test('ends every connection when it closes, more than once without harm', async () => {
    const simulator = await startBybit();
    const client = await connect(simulator, 'linear');
    const closing = simulator.close();
    expect(simulator.close()).toBe(closing);
    await closing;
    await waitFor(() => client.closeCode !== undefined);
  });
});
