import { ERROR_CODES } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { testLiveMarketData } from '../contracts/live-market-data.contract.ts';
import { testLiveProtocol } from '../contracts/live.contract.ts';
import { LiveSocket } from '../support/live-socket.ts';
import { createScaledClock } from '../support/scaled-clock.ts';
import { startServer, startServerForTest } from '../support/test-server.ts';
import { RecordingClient } from '../support/socket-io-client.ts';
import { waitFor } from '../support/wait-for.ts';

testLiveProtocol(() => startServer({ SIMULATOR_START: '-2d', SIMULATOR_SPEED: '30' }));
testLiveMarketData(() => startServer({ FEEDS: 'bybit', WEBSOCKET_COMPRESSION: 'on' }), {
  symbol: 'BTCUSDT',
  timeframe: '1',
});

function open(url: string, path = 'prices/EUR_USD'): LiveSocket {
  const socket = new LiveSocket(url, path);
  onTestFinished(() => {
    socket.socket.terminate();
  });
  return socket;
}

test('sends a heartbeat every 30 s, and ends a connection whose ping is not answered', async () => {
  const server = await startServerForTest({ FEEDS: 'none' }, createScaledClock(60));
  const alive = open(server.url);
  const dead = open(server.url);
  await dead.message(0);
  dead.socket.pause();
  expect(await alive.message(1)).toEqual({
    type: 'heartbeat',
    timestamp: expect.stringMatching(/Z$/) as string,
  });
  await waitFor(() => server.health().active_clients === 1, 'the end of the dead one');
  await alive.message(3);
  expect(alive.closedWith).toBeUndefined();
});

test.each([
  ['on', 'permessage-deflate'],
  ['off', ''],
])('with WEBSOCKET_COMPRESSION=%s, agrees on "%s"', async (setting, extensions) => {
  const server = await startServerForTest({ FEEDS: 'none', WEBSOCKET_COMPRESSION: setting });
  const socket = open(server.url);
  await socket.message(0);
  expect(socket.socket.extensions).toBe(extensions);
});

test('clients of both transports count towards one limit', async () => {
  const server = await startServerForTest({ FEEDS: 'none', WEBSOCKET_MAX_CLIENTS: '2' });
  const first = open(server.url);
  await first.message(0);
  const socketIo = new RecordingClient(server.url);
  await socketIo.next('connection_established');
  const refused = open(server.url);
  expect(await refused.closed()).toEqual({
    code: ERROR_CODES.MAX_CLIENTS.close,
    reason: 'MAX_CLIENTS',
  });
  expect(refused.messages).toMatchObject([
    { error_code: 'MAX_CLIENTS', retry_after: expect.any(Number) as number },
  ]);
  first.socket.close();
  await waitFor(() => server.health().active_clients === 1, 'a free place');
  expect(await open(server.url).message(0)).toMatchObject({ success: true });
  socketIo.close();
});

test('says when to come back before the server goes', async () => {
  const server = await startServer({ FEEDS: 'none' });
  const socket = open(server.url);
  await socket.message(0);
  await server.close();
  expect(await socket.closed()).toEqual({ code: 1001, reason: 'SERVER_SHUTDOWN' });
  expect(socket.messages.at(-1)).toMatchObject({
    error_code: 'SERVER_SHUTDOWN',
    retry_after: expect.any(Number) as number,
  });
});

test('a client that does not read misses prices and nothing else, and keeps the others', async () => {
  const server = await startServerForTest({ FEEDS: 'none', OUTBOX_MAX_BYTES: '65536' });
  const slow = open(server.url);
  const quick = open(server.url);
  await Promise.all([slow.message(0), quick.message(0)]);
  slow.socket.pause();
  let published = 0;
  await waitFor(() => {
    for (let count = 0; count < 500; count += 1) {
      published += 1;
      const price = { instrument: 'EUR_USD', bid: published, ask: published + 1 };
      server.publish('price_updates', price);
    }
    return server.fanOut.conflated > 1_000;
  }, 'prices that wait');
  await waitFor(() => quick.messages.length === published + 1, 'all prices at the quick one');
  slow.socket.resume();
  const newest = () => slow.messages.at(-1);
  await waitFor(() => JSON.stringify(newest()).includes(`"bid":"${published}"`), 'the newest');
  const counts = slow.messages.slice(1).map((update): number => {
    const count: unknown = Reflect.get(update, 'conflated');
    return typeof count === 'number' ? count : 1;
  });
  expect(counts.length).toBeLessThan(published);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(published);
  expect(slow.closedWith).toBeUndefined();
});
