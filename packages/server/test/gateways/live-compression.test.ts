import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { formatChannel } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { TICKER, bookChange, bookOf, candleOf } from '../support/live-events.ts';
import { type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import type { LiveSocket } from '../support/live-socket.ts';
import { RecordingClient, webSocketOf } from '../support/socket-io-client.ts';
import { waitFor } from '../support/wait-for.ts';

const PLAIN = { perMessageDeflate: false } as const;
const EVENTS = 30;

/** What the server agreed to, as it said so in the handshake. */
async function agreed(socket: LiveSocket): Promise<string | undefined> {
  const [response] = (await once(socket.socket, 'upgrade')) as [IncomingMessage];
  return response.headers['sec-websocket-extensions'];
}

function publishMany(gateway: LiveGateway): void {
  gateway.publish(bookOf(60, 0));
  for (let id = 1; id < EVENTS; id += 1) {
    gateway.publish(bookChange(id, [[String(900 + id), '1.25']]));
  }
}

test('agrees on no compression unless it is switched on', async () => {
  const gateway = await startLiveGateway();
  expect(await agreed(gateway.open('ticker/BTCUSDT', { perMessageDeflate: true }))).toBeUndefined();
});

test('agrees on compression without context takeover with who asks for it', async () => {
  const gateway = await startLiveGateway({ isCompressed: true });
  expect(await agreed(gateway.open('ticker/BTCUSDT', PLAIN))).toBeUndefined();
  const extension = await agreed(gateway.open('ticker/BTCUSDT', { perMessageDeflate: true }));
  expect(extension?.split('; ').sort()).toEqual([
    'client_no_context_takeover',
    'permessage-deflate',
    'server_max_window_bits=12',
    'server_no_context_takeover',
  ]);
});

test.each([9, 10, 11, 12, 13, 14, 15])(
  'brings the same texts to who asks for a window of %i bits and to who asks for none',
  async (serverMaxWindowBits) => {
    const gateway = await startLiveGateway({ isCompressed: true });
    const perMessageDeflate = { serverMaxWindowBits };
    const compressed = gateway.open('orderbook/BTCUSDT', { perMessageDeflate });
    const plain = gateway.open('orderbook/BTCUSDT', PLAIN);
    await Promise.all([compressed.message(0), plain.message(0)]);
    const isCompressed = compressed.socket.extensions === 'permessage-deflate';
    expect(isCompressed).toBe(serverMaxWindowBits >= 12);
    publishMany(gateway);
    await Promise.all([compressed.message(EVENTS), plain.message(EVENTS)]);
    expect(compressed.texts).toEqual(plain.texts);
    expect(compressed.closedWith).toBeUndefined();
  },
);

test('spares the network what it promises to', async () => {
  const gateway = await startLiveGateway({ isCompressed: true });
  const sockets = [{ perMessageDeflate: true }, PLAIN].map((options) =>
    gateway.open('ticker/BTCUSDT?snapshot=0', options),
  );
  const connections = await Promise.all(
    sockets.map(async ({ socket }) => {
      const [response] = (await once(socket, 'upgrade')) as [IncomingMessage];
      return response.socket;
    }),
  );
  await Promise.all(sockets.map((socket) => socket.message(0)));
  const before = connections.map(({ bytesRead }) => bytesRead);
  for (let count = 0; count < 100; count += 1) {
    gateway.publish(TICKER);
  }
  await Promise.all(sockets.map((socket) => socket.message(100)));
  const [compressed = 0, plain = 0] = connections.map(
    ({ bytesRead }: Socket, index) => bytesRead - (before[index] ?? 0),
  );
  expect(compressed).toBeLessThan(0.8 * plain);
});

test.each([true, false])(
  'sends messages of more than 65,535 bytes (compressed: %s)',
  async (isCompressed) => {
    const gateway = await startLiveGateway({ isCompressed });
    const socket = gateway.open('orderbook/BTCUSDT?snapshot=0', { perMessageDeflate: true });
    await socket.message(0);
    const levels = Array.from({ length: 5_000 }, (_, index) => [String(index), '1.5'] as const);
    gateway.publish(bookChange(1, levels));
    expect(await socket.message(1)).toMatchObject({ bids: levels });
    expect(socket.texts[1]?.length).toBeGreaterThan(65_535);
  },
);

test('compresses snapshots, and reads what clients compress', async () => {
  const gateway = await startLiveGateway({ isCompressed: true });
  const name = formatChannel({ kind: 'candles', instrument: 'BTCUSDT', interval: '1' });
  gateway.candles.begin(
    name,
    Array.from({ length: 100 }, (_, index) => candleOf(index)),
  );
  const perMessageDeflate = { threshold: 0 };
  const socket = gateway.open('candles/BTCUSDT/1', { perMessageDeflate });
  expect(await socket.message(1)).toMatchObject({ type: 'snapshot', candles: { length: 100 } });
  socket.socket.send('ping');
  socket.socket.send('nonsense');
  await waitFor(() => socket.texts.includes('pong'), 'the pong');
  expect(await socket.message(2)).toMatchObject({ error_code: 'INVALID_MESSAGE' });
});

test('closes a client whose message is too long only once it is inflated', async () => {
  const gateway = await startLiveGateway({ isCompressed: true });
  const socket = gateway.open('ticker/BTCUSDT', { perMessageDeflate: true });
  await socket.message(0);
  socket.socket.send('x'.repeat(50_000_000));
  expect(await socket.closed()).toMatchObject({ code: 1009 });
  await waitFor(() => gateway.directory.leases[0]?.released === 1, 'its lease');
});

test('declines an offer that breaks the protocol', async () => {
  const gateway = await startLiveGateway({ isCompressed: true });
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.write(
    'GET /api/v1/live/ws/ticker/BTCUSDT HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n' +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n\r\n',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /);
  expect(answer.toString()).not.toContain('permessage-deflate');
  socket.destroy();
});

test('Socket.IO clients that ask for compression share compressed frames, in order with answers', async () => {
  const gateway = await startLiveGateway({ isCompressed: true });
  const clients = ['websocket', 'polling'].map((transport) => {
    const transports = transport === 'websocket' ? ['websocket'] : ['polling', 'websocket'];
    const client = new RecordingClient(gateway.url, { transports });
    onTestFinished(() => {
      client.close();
    });
    return client;
  });
  for (const client of clients) {
    await client.next('connection_established');
    await client.request('subscribe', { channels: ['ticker:BTCUSDT'] }, 'subscription_confirmed');
    await waitFor(() => client.socket.io.engine.transport.name === 'websocket', 'WebSocket');
  }
  const sockets = clients.map(({ socket }) => webSocketOf(socket));
  expect(sockets.map(({ extensions }) => extensions)).toEqual(
    clients.map(() => 'permessage-deflate'),
  );
  for (let count = 1; count <= 50; count += 1) {
    gateway.publish({ ...TICKER, lastPrice: String(count) });
    // Long enough to be compressed by the library, which takes its time.
    clients[0]?.socket.emit('subscribe', { pairs: Array.from({ length: 90 }, () => 'NO_SUCH') });
    clients[0]?.socket.emit('request_all_prices');
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const client of clients) {
    await client.next('ticker_update', 49);
    const seqs = client.all('ticker_update').map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  }
  await clients[0]?.request('ping', undefined, 'pong');
});

test('lets a Socket.IO client connect that offers a compression that cannot be had', async () => {
  const gateway = await startLiveGateway({ isCompressed: true });
  const socket = new WebSocket(
    `${gateway.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
    { perMessageDeflate: { serverMaxWindowBits: 9 } },
  );
  await once(socket, 'message');
  expect(socket.extensions).toBe('');
  socket.terminate();
});
