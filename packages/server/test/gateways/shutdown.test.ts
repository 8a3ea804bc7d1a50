import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { RecordingClient } from '../support/socket-io-client.ts';
import { startServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

test.each([['websocket'], ['polling']])(
  'over %s, tells clients when to come back, and they do by themselves',
  async (transport) => {
    const server = await startServer({ FEEDS: 'none' });
    const client = new RecordingClient(server.url, { transports: [transport] });
    await client.next('connection_established');
    await server.close();
    const notice = await client.next('server_error');
    expect(notice.error).toBe('Server is shutting down');
    expect(notice.retry_after).toBeGreaterThanOrEqual(1);
    await waitFor(() => client.disconnects.length === 1, 'the end of the connection');
    expect(client.disconnects[0]).not.toBe('io server disconnect');

    const { port } = new URL(server.url);
    const successor = await startServer({ FEEDS: 'none', WEBSOCKET_PORT: port });
    await client.next('connection_established', 1);
    client.close();
    await successor.close();
  },
);

type Ask = (url: string, body?: string) => Promise<string>;

/** Between the packets of a payload. Source: Engine.IO protocol 4. */
const SEPARATOR = '\u001e';

/** Asks over one connection, whatever comes. */
function createAsker(userAgent = 'node'): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'user-agent': userAgent };
  onTestFinished(() => {
    agent.destroy();
  });
  return async (url, body) => {
    const asking = request(url, { agent, headers, method: body === undefined ? 'GET' : 'POST' });
    asking.end(body);
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    return text(response);
  };
}

/** Asks over a connection of its own. */
const askAnew: Ask = (url, body) => createAsker()(url, body);

/** Speaks Engine.IO by hand, up to the welcome. */
async function joinByPolling(url: string, ask: Ask) {
  const address = `${url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await ask(address)).slice(1)) as { sid: string };
  const poll = (): Promise<string> => ask(`${address}&sid=${sid}`);
  const say = (packets: string): Promise<string> => ask(`${address}&sid=${sid}`, packets);
  await say('40');
  await waitFor(async () => (await poll()).includes('connection_established'), 'the welcome');
  return { sid, poll, say };
}

/** Goes on to the moment at which a client waits to change its transport. */
async function beginUpgrade(url: string) {
  // A new connection for the last poll could come too late.
  const { sid, poll } = await joinByPolling(url, createAsker());
  const webSocket = new WebSocket(
    `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=${sid}`,
  );
  onTestFinished(() => {
    webSocket.terminate();
  });
  const received: string[] = [];
  webSocket.on('message', (data: Buffer) => received.push(data.toString()));
  await once(webSocket, 'open');
  webSocket.send('2probe');
  await waitFor(() => received.includes('3probe'), 'the answer to the probe');
  return { webSocket, received, poll };
}

test('tells a client that is just between two polls, and needs a new connection for the next', async () => {
  const server = await startServer({ FEEDS: 'none' });
  const { poll } = await joinByPolling(server.url, askAnew);
  const stopped = server.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await poll()).toContain('server_error');
  await stopped;
});

test('lets nobody in while it waits for polls, and tells each client once', async () => {
  const server = await startServer({ FEEDS: 'none' });
  const { poll } = await joinByPolling(server.url, askAnew);
  const stopped = server.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await askAnew(`${server.url}/socket.io/?EIO=4&transport=polling`)).toBe(
    '{"code":4,"message":"Server is shutting down"}',
  );
  expect((await poll()).match(/server_error/g)).toHaveLength(1);
  await stopped;
});

test('tells a Python client for whom more waits than a poll of it takes', async () => {
  const server = await startServer({ FEEDS: 'none' });
  const { poll, say } = await joinByPolling(server.url, createAsker('python-requests/2.28'));
  await say(Array.from({ length: 40 }, () => '42["ping"]').join(SEPARATOR));
  const stopped = server.close();
  const polls: string[] = [];
  while (!polls.join('').includes('server_error')) {
    polls.push(await poll());
  }
  expect(polls.map((packets) => packets.split(SEPARATOR).length)).toEqual([16, 16, 9]);
  await stopped;
});

test('lets a client that is just changing its transport finish before it says goodbye', async () => {
  const server = await startServer({ FEEDS: 'none' });
  const { webSocket, received, poll } = await beginUpgrade(server.url);
  const closed = once(webSocket, 'close');
  const lastPoll = poll();
  // What comes back here was sent after the poll, which the server has by then.
  webSocket.ping();
  await once(webSocket, 'pong');
  const stopped = server.close();
  expect(await lastPoll).toBe('6');
  webSocket.send('5');
  await waitFor(() => received.some((message) => message.includes('server_error')), 'the goodbye');
  await closed;
  await stopped;
});
