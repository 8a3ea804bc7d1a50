import { expect, test } from 'vitest';
import type { Health } from '@tickwire/protocol';
import { RecordingClient } from '../support/socket-io-client.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

test('refuses clients past the limit before any state, and takes one when one has gone', async () => {
  const server = await startServerForTest({ WEBSOCKET_MAX_CLIENTS: '2', FEEDS: 'none' });
  const clients = [0, 1].map(() => new RecordingClient(server.url));
  await Promise.all(clients.map((client) => client.next('connection_established')));
  const activeClients = async (): Promise<number> => {
    const response = await fetch(`${server.url}/health`);
    return ((await response.json()) as Health).active_clients;
  };

  for (const transports of [['websocket'], ['polling']]) {
    const refused = new RecordingClient(server.url, { transports });
    const error = await new Promise<Error>((resolve) =>
      refused.socket.once('connect_error', resolve),
    );
    expect(error.message).toBe('Max clients reached');
    expect(refused.received).toEqual([]);
    refused.close();
  }
  expect(await activeClients()).toBe(2);

  clients[0]?.close();
  await waitFor(async () => (await activeClients()) === 1, 'the place to be free');
  const next = new RecordingClient(server.url);
  expect(await next.next('connection_established')).toMatchObject({
    active_clients: 2,
    max_clients: 2,
  });
  next.close();
  clients[1]?.close();
});

test('counts a client that vanishes without a word until its transport ends', async () => {
  const server = await startServerForTest({
    WEBSOCKET_MAX_CLIENTS: '1',
    FEEDS: 'none',
    WEBSOCKET_PING_INTERVAL: '1',
    WEBSOCKET_PING_TIMEOUT: '1',
  });
  const polling = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
  const { sid } = JSON.parse((await polling.text()).slice(1)) as { sid: string };
  const address = `${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
  await fetch(address, { method: 'POST', body: '40' });
  await waitFor(() => server.health().active_clients === 1, 'the client');
  await waitFor(() => server.health().active_clients === 0, 'its end');
});
