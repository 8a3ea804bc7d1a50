import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RecordingClient } from '../support/socket-io-client.ts';
import { type TestServer, startServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

/** Whatever one client sends, it gets an error event or is closed, and nobody else notices. */
describe('hostile clients', () => {
  let server: TestServer;
  let witness: RecordingClient;
  const offenders: RecordingClient[] = [];

  beforeAll(async () => {
    server = await startServer({ SIMULATOR_START: '-1d', SIMULATOR_SPEED: '20' });
    witness = new RecordingClient(server.url, { transports: ['websocket'] });
    await witness.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
  });
  afterEach(async () => {
    for (const offender of offenders.splice(0)) {
      offender.close();
    }
    const seen = witness.all('price_update').length;
    await waitFor(() => witness.all('price_update').length > seen + 20, 'prices at the witness');
    await witness.request('ping', undefined, 'pong');
    expect(witness.disconnects).toEqual([]);
  });
  afterAll(async () => {
    witness.close();
    await server.close();
  });

  const attack = (): RecordingClient => {
    const client = new RecordingClient(server.url, {
      transports: ['websocket'],
      reconnection: false,
    });
    offenders.push(client);
    return client;
  };

  const payloads: unknown[] = [
    { pairs: { $gt: '' } },
    { pairs: Array.from({ length: 5_000 }, () => 'EUR_USD') },
    { pairs: ['x'.repeat(30_000)] },
    JSON.parse('{"pairs":["__proto__","constructor"],"__proto__":{"admin":true}}') as unknown,
    Buffer.from([1, 2, 3]),
    { pairs: Buffer.from('EUR_USD') },
    { pairs: [Buffer.from('EUR_USD')] },
    Array.from({ length: 2_000 }, () => []),
    'EUR_USD',
    Number.MAX_VALUE,
    true,
  ];
  test.each(payloads)('subscribe with payload %#: an error event', async (payload) => {
    const client = attack();
    const error = await client.request('subscribe', payload, 'subscription_error');
    expect(error.error.length).toBeLessThan(500);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(client.disconnects).toEqual([]);
  });

  test.each([
    'error',
    'constructor',
    '__proto__',
    'toString',
    'price_update',
    '',
    'x'.repeat(1_000),
  ])('the event "%s": an error event', async (event) => {
    const client = attack();
    await client.next('connection_established');
    client.socket.emit(event, { some: 'thing' });
    expect(await client.next('server_error')).toMatchObject({ error: 'Unknown event' });
  });

  test('many arguments, and an acknowledgement in the wrong place', async () => {
    const client = attack();
    await client.next('connection_established');
    client.socket.emit('subscribe', ...Array.from({ length: 500 }, () => ({ pairs: '*' })));
    await client.next('subscription_confirmed');
    const answer: unknown = await client.socket.emitWithAck('no_such_event', 1, 2, 3);
    expect(answer).toMatchObject({ error: 'Unknown event' });
  });

  test('a message of a megabyte: the offender is closed', async () => {
    const client = attack();
    await client.next('connection_established');
    client.socket.emit('subscribe', { pairs: ['x'.repeat(1_000_000)] });
    await waitFor(() => client.disconnects.length === 1, 'the end of the connection');
  });

  test('a megabyte over polling: refused', async () => {
    const open = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await open.text()).slice(1)) as { sid: string };
    const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
      method: 'POST',
      body: `4${'x'.repeat(1_000_000)}`,
    }).catch(() => undefined);
    expect(response?.status ?? 413).toBe(413);
  });

  const packets = [
    'garbage',
    '4',
    '4garbage',
    '42',
    '42{"not":"an array"}',
    '42[]',
    '42[{}]',
    '42["subscribe"',
    '42["disconnect"]',
    '42["newListener"]',
    '451-["subscribe",{"_placeholder":true,"num":9}]',
    '459999999-["subscribe",{"_placeholder":true,"num":0}]',
    '40/admin,',
    '44{"message":"x"}',
    '9',
    '\u0000',
  ];
  test.each(packets)(
    'the raw packet %j: an error event or the end of the offender',
    async (packet) => {
      const socket = new WebSocket(
        `${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
      );
      const closed = once(socket, 'close');
      const messages: string[] = [];
      socket.on('message', (data: Buffer) => messages.push(data.toString()));
      await waitFor(() => messages.length > 0, 'the handshake');
      socket.send('40');
      await waitFor(
        () => messages.some((text) => text.includes('connection_established')),
        'welcome',
      );
      socket.send(packet);
      socket.send('42["get_subscriptions"]');
      await waitFor(
        () =>
          socket.readyState !== WebSocket.OPEN ||
          messages.some((text) => text.includes('subscriptions_info')),
        'an answer or the end',
      );
      socket.close();
      await closed;
    },
  );

  test('a thousand requests to connect in one payload: one client', async () => {
    const open = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await open.text()).slice(1)) as { sid: string };
    const address = `${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    await fetch(address, { method: 'POST', body: Array(1_500).fill('40').join('\x1e') });
    const packets = (await (await fetch(address)).text()).split('\x1e');
    expect(packets.filter((packet) => packet.startsWith('40'))).toHaveLength(1);
    expect(packets.filter((packet) => packet.startsWith('44'))).toHaveLength(1_499);
    expect(server.health().active_clients).toBe(2);
    await fetch(address, { method: 'POST', body: '1' });
    await waitFor(() => server.health().active_clients === 1, 'the end of the offender');
  });

  test('many requests and never a look at the answers: the offender is closed', async () => {
    const socket = new WebSocket(
      `${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
    );
    const closed = once(socket, 'close');
    const [opened] = (await once(socket, 'message')) as [Buffer];
    expect(opened.toString()).toMatch(/^0/);
    socket.send('40');
    await once(socket, 'message');
    await waitFor(() => server.health().active_clients === 2, 'the offender');
    socket.pause();
    const flood = setInterval(() => {
      for (let request = 0; request < 500; request += 1) {
        socket.send('42["request_all_prices"]');
      }
    }, 5);
    await waitFor(() => server.health().active_clients === 1, 'the end of the offender');
    clearInterval(flood);
    socket.terminate();
    await closed;
  });

  test('pings without end from one who never joins and never reads: the end of the offender', async () => {
    const socket = new WebSocket(
      `${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
    );
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    await once(socket, 'open');
    socket.pause();
    const flood = setInterval(() => {
      for (let count = 0; count < 2_000 && socket.readyState === WebSocket.OPEN; count += 1) {
        socket.ping(Buffer.alloc(125));
      }
    }, 5);
    await closed;
    clearInterval(flood);
  });

  test.each(['/socket.io?EIO=4&transport=websocket', '/socket.iofoo', '/nope'])(
    'a WebSocket at %s: told that there is none, and the connection is gone',
    async (path) => {
      const { port } = new URL(server.url);
      const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      );
      let answer = '';
      socket.on('data', (data: Buffer) => (answer += data.toString()));
      socket.on('error', () => undefined);
      await once(socket, 'end');
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
      // We keep our half; what the server no longer has, it refuses.
      const closed = new Promise((resolve) => {
        socket.once('close', resolve);
      });
      const writing = setInterval(() => socket.write('x'), 5);
      await closed;
      clearInterval(writing);
    },
  );

  test('a request that would rather speak HTTP/2: answered all the same', async () => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    );
    let answer = '';
    socket.on('data', (data: Buffer) => (answer += data.toString()));
    await once(socket, 'end');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"status":"healthy"');
    socket.destroy();
  });

  test('bytes that are no HTTP, and upgrades that are none of ours', async () => {
    const { port } = new URL(server.url);
    for (const bytes of [
      randomBytes(2_000),
      ...['//', '/api/v1/live/ws/prices/%', '/api/v1/live/ws/prices/[::', '*'].map((address) =>
        Buffer.from(
          `GET ${address} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
            'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
        ),
      ),
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
      Buffer.from(
        'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n',
      ),
      Buffer.from(`GET /${'x'.repeat(100_000)} HTTP/1.1\r\n`),
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.end(bytes);
        });
        socket.on('error', () => {
          resolve();
        });
        socket.on('close', () => {
          resolve();
        });
        socket.resume();
      });
    }
  });
});
