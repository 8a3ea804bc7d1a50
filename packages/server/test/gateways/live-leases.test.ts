import { connect } from 'node:net';
import { type Channel, ERROR_CODES, type ErrorCode } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { ChannelError } from '../../src/domain/errors.ts';
import { TICKER } from '../support/live-events.ts';
import { type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import { waitFor } from '../support/wait-for.ts';

const CHANNEL: Channel = { kind: 'ticker', instrument: 'BTCUSDT' };

/** An answer of the directory that the test gives when it likes. */
function createDeferred() {
  let resolve: (channel: Channel) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<Channel>((onValue, onError) => {
    [resolve, reject] = [onValue, onError];
  });
  return { promise, resolve, reject };
}

/** A masked `ping`, and a masked close frame with code 1000; both masks are zero. */
const PING_FRAME = Buffer.concat([Buffer.of(0x81, 0x84, 0, 0, 0, 0), Buffer.from('ping')]);
const CLOSE_FRAME = Buffer.of(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8);
/** What a server closes with that was sent too many messages: code 4429. */
const RATE_LIMITED_FRAME = Buffer.concat([
  Buffer.of(0x88, 14, 0x11, 0x4d),
  Buffer.from('RATE_LIMITED'),
]).toString('latin1');

/** A client that agrees to an end only when it is told to, and shows all bytes that it got. */
function openByHand({ url }: LiveGateway) {
  const socket = connect({
    port: Number(new URL(url).port),
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  onTestFinished(() => {
    socket.destroy();
  });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => socket.once('end', resolve));
  socket.write(
    'GET /api/v1/live/ws/ticker/BTCUSDT HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n' +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  return { socket, ended, received: () => Buffer.concat(chunks).toString('latin1') };
}

test('holds on to a channel for as long as the client is there, and gives it back once', async () => {
  const gateway = await startLiveGateway();
  const [first, second] = [gateway.open('ticker/BTCUSDT'), gateway.open('ticker/btcusdt')];
  await Promise.all([first.message(0), second.message(0)]);
  const released = () => gateway.directory.leases.map((lease) => lease.released);
  expect(released()).toEqual([0, 0]);
  first.socket.close();
  await waitFor(() => released().includes(1), 'the first to be given back');
  second.socket.terminate();
  await waitFor(() => gateway.admission.count === 0, 'both to be gone');
  expect(released()).toEqual([1, 1]);
  gateway.publish(TICKER);
  expect(released()).toEqual([1, 1]);
});

test('gives the channel of a client back at once that has gone meanwhile', async () => {
  const gateway = await startLiveGateway();
  const { promise, resolve } = createDeferred();
  gateway.directory.answer = () => promise;
  const socket = gateway.open('ticker/BTCUSDT');
  await waitFor(() => gateway.directory.leases.length === 1, 'the request');
  socket.socket.terminate();
  await waitFor(() => gateway.admission.count === 0, 'the client to be gone');
  resolve(CHANNEL);
  await waitFor(() => gateway.directory.leases[0]?.released === 1, 'the lease');
  expect(socket.texts).toEqual([]);
});

test.each<[ErrorCode, string, object]>([
  ['INVALID_SYMBOL', 'candles/nope/60', { details: { symbol: 'NOPE' } }],
  ['INVALID_TIMEFRAME', 'candles/EUR_USD/3', { details: { timeframe: '3' } }],
  ['RATE_LIMITED', 'trades/NOPE', { details: {}, retry_after: expect.any(Number) as number }],
  ['INTERNAL_ERROR', 'ticker/NOPE', { details: {} }],
  ['SERVER_SHUTDOWN', 'ticker/NOPE', { details: {}, retry_after: expect.any(Number) as number }],
])('says why a channel cannot be had: %s', async (code, path, fields) => {
  const gateway = await startLiveGateway();
  gateway.directory.answer = () => Promise.reject(new ChannelError(code, 'No such luck'));
  const socket = gateway.open(path);
  expect(await socket.closed()).toEqual({ code: ERROR_CODES[code].close, reason: code });
  expect(socket.messages).toEqual([
    {
      type: 'error',
      error_code: code,
      error_message: 'No such luck',
      timestamp: expect.stringMatching(/Z$/) as string,
      ...fields,
    },
  ]);
  await waitFor(() => gateway.admission.count === 0, 'its place to be free');
});

test.each([
  ['a failure', () => Promise.reject(new Error('secret reason'))],
  ['a channel without address', () => Promise.resolve({ kind: 'system' } as const)],
])('keeps the reason of %s to the log', async (_, answer) => {
  const gateway = await startLiveGateway();
  gateway.directory.answer = answer;
  const socket = gateway.open('ticker/BTCUSDT');
  expect(await socket.closed()).toEqual({ code: 1011, reason: 'INTERNAL_ERROR' });
  expect(socket.messages).toMatchObject([
    { error_code: 'INTERNAL_ERROR', error_message: 'The log of the server has the reason' },
  ]);
  expect(gateway.logger.lines).toMatchObject([
    { level: 'error', message: 'A channel could not be served' },
  ]);
});

test('says nothing to a client that has gone when its channel turns out not to be there', async () => {
  const gateway = await startLiveGateway();
  const { promise, reject } = createDeferred();
  gateway.directory.answer = () => promise;
  const socket = gateway.open('ticker/BTCUSDT');
  await waitFor(() => gateway.directory.leases.length === 1, 'the request');
  socket.socket.terminate();
  await waitFor(() => gateway.admission.count === 0, 'the client to be gone');
  reject(new ChannelError('INVALID_SYMBOL', 'Unknown symbol: BTCUSDT'));
  const next = gateway.open('ticker/BTCUSDT?snapshot=0');
  expect(await next.closed()).toMatchObject({ reason: 'INVALID_SYMBOL' });
  expect(gateway.logger.lines).toEqual([]);
});

test('asks for no channel on behalf of a client that is not admitted', async () => {
  const gateway = await startLiveGateway({ maxClients: 1 });
  await gateway.open('ticker/BTCUSDT').message(0);
  expect(await gateway.open('ticker/BTCUSDT').closed()).toMatchObject({ reason: 'MAX_CLIENTS' });
  expect(gateway.directory.leases).toHaveLength(1);
});

test('when the server goes, all channels are given back, also those not had yet', async () => {
  const gateway = await startLiveGateway();
  const had = gateway.open('ticker/BTCUSDT');
  await had.message(0);
  const { promise, resolve } = createDeferred();
  gateway.directory.answer = () => promise;
  const waiting = gateway.open('ticker/BTCUSDT');
  await waitFor(() => gateway.directory.leases.length === 2, 'the request');
  await gateway.closeGateway();
  for (const socket of [had, waiting]) {
    expect(await socket.closed()).toEqual({ code: 1001, reason: 'SERVER_SHUTDOWN' });
  }
  resolve(CHANNEL);
  await waitFor(
    () => gateway.directory.leases.every(({ released }) => released === 1),
    'both leases',
  );
  expect(waiting.texts).toHaveLength(1);
});

test('gives the channel of a client back at once that is being closed', async () => {
  const gateway = await startLiveGateway();
  const { promise, resolve } = createDeferred();
  gateway.directory.answer = () => promise;
  const { socket, received } = openByHand(gateway);
  await waitFor(() => gateway.directory.leases.length === 1, 'the request');
  socket.write(Buffer.concat(Array.from({ length: 70 }, () => PING_FRAME)));
  await waitFor(() => received().endsWith(RATE_LIMITED_FRAME), 'the close frame');
  resolve(CHANNEL);
  await waitFor(() => gateway.directory.leases[0]?.released === 1, 'the lease');
  expect(gateway.admission.count).toBe(1);
});

test('writes nothing after the close frame, whatever is published', async () => {
  const gateway = await startLiveGateway();
  const { socket, received, ended } = openByHand(gateway);
  await waitFor(() => received().includes('Subscribed'), 'the confirmation');
  gateway.publish(TICKER);
  await waitFor(() => received().includes('last_price'), 'the snapshot');
  socket.write(Buffer.concat(Array.from({ length: 70 }, () => PING_FRAME)));
  await waitFor(() => {
    gateway.publish(TICKER);
    return received().includes(RATE_LIMITED_FRAME);
  }, 'the close frame');
  for (let count = 0; count < 100; count += 1) {
    gateway.publish(TICKER);
  }
  socket.write(CLOSE_FRAME);
  await ended;
  gateway.publish(TICKER);
  expect(received().endsWith(RATE_LIMITED_FRAME)).toBe(true);
  expect(gateway.logger.lines).toEqual([]);
});

test('answers what a client sends before its channel is there after the confirmation', async () => {
  const gateway = await startLiveGateway();
  const { promise, resolve } = createDeferred();
  gateway.directory.answer = () => promise;
  const socket = gateway.open('ticker/BTCUSDT');
  await waitFor(() => socket.socket.readyState === socket.socket.OPEN, 'the connection');
  socket.socket.send('ping');
  socket.socket.send('hello');
  // A frame of control is answered by the library at once: the messages before it have come.
  const ponged = new Promise((onPong) => socket.socket.once('pong', onPong));
  socket.socket.ping();
  await ponged;
  gateway.publish(TICKER);
  expect(socket.texts).toEqual([]);
  resolve(CHANNEL);
  await waitFor(() => socket.texts.length === 4, 'the confirmation and the answers');
  expect(socket.messages).toMatchObject([
    { success: true },
    { type: 'snapshot' },
    { error_code: 'INVALID_MESSAGE' },
  ]);
  expect(socket.texts[2]).toBe('pong');
});
