import { ERROR_CODES, INTERVALS, type StreamMessage } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { candleOf, quoteOf } from '../support/live-events.ts';
import { type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import { createScaledClock } from '../support/scaled-clock.ts';
import { waitFor } from '../support/wait-for.ts';

const TIMESTAMP = expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) as string;

/** A client of the stream that remembers what it was sent. */
async function openStream({ url }: LiveGateway, query = '') {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream${query}`);
  const messages: StreamMessage[] = [];
  let closedWith: string | undefined;
  socket.on('message', (text: Buffer) => {
    messages.push(JSON.parse(text.toString()) as StreamMessage);
  });
  socket.on('close', (code, reason) => {
    closedWith = `${code} ${reason.toString()}`;
  });
  onTestFinished(() => {
    socket.terminate();
  });
  await new Promise((resolve) => socket.once('open', resolve));
  return {
    socket,
    messages,
    send: (message: unknown) => {
      socket.send(JSON.stringify(message));
    },
    message: (index: number) => waitFor(() => messages[index], `message ${index + 1}`),
    closed: () => waitFor(() => closedWith, 'the end'),
    isClosed: () => closedWith !== undefined,
  };
}

test('answers each request with its id, in their order', async () => {
  const stream = await openStream(await startLiveGateway(), '?some=query');
  stream.send({ op: 'subscribe', id: 1, channels: ['price:EUR_USD', 'alerts'] });
  stream.send({ op: 'unsubscribe', id: 'two', channels: ['alerts'] });
  stream.send({ op: 'list', id: 3.5 });
  stream.send({ op: 'ping', id: '' });
  stream.send({ op: 'ping' });
  await stream.message(4);
  expect(stream.messages).toEqual([
    {
      op: 'subscribed',
      id: 1,
      channels: { 'price:EUR_USD': { epoch: 'e', seq: 0 }, alerts: { epoch: 'e', seq: 0 } },
      subscriptions: ['price:EUR_USD', 'alerts'],
      errors: {},
    },
    { op: 'unsubscribed', id: 'two', channels: ['alerts'], subscriptions: ['price:EUR_USD'] },
    { op: 'subscriptions', id: 3.5, subscriptions: ['price:EUR_USD'] },
    { op: 'pong', id: '', timestamp: TIMESTAMP },
    { op: 'pong', timestamp: TIMESTAMP },
  ]);
});

test.each([
  ['hello', undefined],
  ['', undefined],
  ['null', undefined],
  ['[]', undefined],
  ['{}', undefined],
  ['{"op":"subscribe"', undefined],
  ['{"op":"destroy","id":7}', 7],
  ['{"op":7,"id":"x"}', 'x'],
  ['{"op":"ping","id":{}}', undefined],
  [`{"op":"ping","id":"${'x'.repeat(65)}"}`, undefined],
  ['{"op":"subscribe","id":1}', 1],
  ['{"op":"subscribe","id":1,"channels":"alerts"}', 1],
  ['{"op":"unsubscribe","id":1,"channels":{"alerts":{}}}', 1],
  [Buffer.from('{"op":"ping"}'), undefined],
])('says what is wrong with %o, and goes on', async (text, id) => {
  const stream = await openStream(await startLiveGateway());
  stream.socket.send(text);
  stream.send({ op: 'ping' });
  await stream.message(1);
  expect(stream.messages).toEqual([
    {
      op: 'error',
      ...(id === undefined ? {} : { id }),
      error_code: 'INVALID_MESSAGE',
      error_message: expect.stringMatching(/^.{10,200}$/) as string,
    },
    { op: 'pong', timestamp: TIMESTAMP },
  ]);
  expect(stream.isClosed()).toBe(false);
});

test.each(['/api/v1/stream/', '/api/v1/streams', '/api/v1/stream/x'])(
  'has no such address as %s',
  async (path) => {
    const gateway = await startLiveGateway();
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`);
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toContain('404');
  },
);

test('is one client, and ends as one that sends too many messages', async () => {
  const gateway = await startLiveGateway({ maxClients: 1 });
  const stream = await openStream(gateway);
  const refused = await openStream(gateway);
  expect(await refused.closed()).toBe(`${ERROR_CODES.MAX_CLIENTS.close} MAX_CLIENTS`);
  expect(refused.messages).toMatchObject([
    { op: 'error', error_code: 'MAX_CLIENTS', retry_after: expect.any(Number) as number },
  ]);
  for (let count = 0; count < 100; count += 1) {
    stream.send({ op: 'ping' });
  }
  expect(await stream.closed()).toBe(`${ERROR_CODES.RATE_LIMITED.close} RATE_LIMITED`);
  await waitFor(() => gateway.admission.count === 0, 'its place to be free');
});

test('says when to come back before the server goes', async () => {
  const gateway = await startLiveGateway();
  const stream = await openStream(gateway);
  stream.send({ op: 'subscribe', channels: ['price:EUR_USD'] });
  await stream.message(0);
  await gateway.closeGateway();
  expect(await stream.closed()).toBe('1001 SERVER_SHUTDOWN');
  expect(stream.messages.at(-1)).toEqual({
    op: 'error',
    error_code: 'SERVER_SHUTDOWN',
    error_message: 'Server is shutting down',
    retry_after: expect.any(Number) as number,
  });
  expect(gateway.directory.leases).toEqual([{ asked: 'price:EUR_USD', released: 1 }]);
});

test('sends the same bytes to all, compressed to those who want it so', async () => {
  const gateway = await startLiveGateway({ isCompressed: true });
  const streams = await Promise.all([openStream(gateway), openStream(gateway)]);
  for (const stream of streams) {
    expect(stream.socket.extensions).toBe('permessage-deflate');
    stream.send({ op: 'subscribe', channels: ['price:EUR_USD'] });
    await stream.message(0);
  }
  gateway.publish(quoteOf('EUR_USD'));
  const [first, second] = await Promise.all(streams.map((stream) => stream.message(1)));
  expect(first).toEqual(second);
  expect(first).toMatchObject({ channel: 'price:EUR_USD', seq: 1, data: { price: {} } });
});

test('a client that asks and does not read is closed', async () => {
  // The time that it has to read its answers passes quickly.
  const clock = createScaledClock(100);
  const gateway = await startLiveGateway({ maxWaitingBytes: 65_536, clock });
  const stream = await openStream(gateway);
  const known = Array.from({ length: 100 }, (_, index) => candleOf(index, { isConfirmed: true }));
  const channels = INTERVALS.map((interval) => `candles:BTCUSDT:${interval}`);
  for (const channel of channels) {
    gateway.candles.begin(channel, known);
  }
  stream.socket.pause();
  for (let count = 0; count < 60; count += 1) {
    stream.send({ op: 'subscribe', channels });
  }
  await waitFor(
    () =>
      gateway.directory.leases.length > 0 &&
      gateway.directory.leases.every(({ released }) => released === 1),
    'the end',
  );
});
