import { expect, test } from 'vitest';
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

test('a client that is just changing its transport notices the end as well', async () => {
  const server = await startServer({ FEEDS: 'none' });
  const client = new RecordingClient(server.url);
  const { engine } = client.socket.io;
  const isClosed = new Promise<void>((resolve) => {
    // The client has had the answer to its probe, and waits for its last poll to end.
    engine.once('upgrading', () => {
      void server.close().then(resolve);
    });
  });
  await isClosed;
  await waitFor(() => client.disconnects.length === 1, 'the end of the connection', 10_000);
  expect(client.disconnects[0]).not.toBe('io server disconnect');
  client.close();
});
