import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Health } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { ListenError } from '../../src/domain/errors.ts';
import { RecordingClient } from '../support/socket-io-client.ts';
import { startServer, startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const ALL_PORTS = { API_PORT: '0', WEBSOCKET_PORT: '0', LIVE_PORT: '0' };
const VARIABLES = ['API_PORT', 'WEBSOCKET_PORT', 'LIVE_PORT'];

test('every port serves the whole application, under the name that its clients expect', async () => {
  const server = await startServerForTest(ALL_PORTS);
  await waitFor(() => server.health().feeds[0]?.state === 'live', 'the feed');
  for (const variable of VARIABLES) {
    const url = server.urlOf(variable);
    const response = await fetch(`${url}/health`, { headers: { Origin: 'http://elsewhere' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toEqual({
      status: 'healthy',
      service: variable === 'WEBSOCKET_PORT' ? 'WebSocket Server' : 'REST API',
      timestamp: expect.stringMatching(/Z$/) as string,
      active_clients: 0,
      max_clients: 1000,
      services: { redis: 'connected', database: 'connected', api: 'running' },
      mode: { bus: 'embedded', database: 'none' },
      rejected_candles: 0,
      feeds: [
        {
          venue: 'oanda',
          state: 'live',
          since: expect.stringMatching(/Z$/) as string,
          last_price_at: expect.stringMatching(/Z$/) as string,
          simulated: true,
          rejected_frames: 0,
        },
      ],
    } satisfies Health);

    const page = await fetch(url);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('Tickwire');
    const candles = await fetch(`${url}/candles`);
    expect(candles.headers.get('content-type')).toContain('text/html');
    const style = await fetch(`${url}/page.css`);
    expect(style.headers.get('content-type')).toContain('text/css');
    const library = await fetch(`${url}/socket.io/socket.io.js`);
    expect(library.status).toBe(200);

    const client = new RecordingClient(url);
    await client.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
    await client.next('price_update');
    client.close();
    await waitFor(() => server.health().active_clients === 0, 'the client to be gone');
  }
});

test('an unknown address is answered as the contract says', async () => {
  const server = await startServerForTest({ FEEDS: 'none' });
  const response = await fetch(`${server.url}/no/such/thing`);
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    error: 'Not found',
    message: 'There is no GET /no/such/thing',
    timestamp: expect.stringMatching(/Z$/) as string,
  });
  const garbage = await fetch(`${server.url}/%zz`);
  expect(garbage.status).toBe(400);
  expect(await garbage.json()).toHaveProperty('error');
});

test('a taken port is one line that names the variable, and nothing is left listening', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) =>
        other.close(() => {
          resolve();
        }),
      ),
  );
  const { port } = other.address() as AddressInfo;
  const start = startServer({ ...ALL_PORTS, WEBSOCKET_PORT: String(port), FEEDS: 'none' });
  const error: unknown = await start.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ListenError);
  expect((error as Error).message).toMatch(
    new RegExp(`^WEBSOCKET_PORT: port ${port} on 127.0.0.1 is taken[^\\n]*$`),
  );
});

test('a server without a feed answers that it has no price yet, and takes what is published', async () => {
  const server = await startServerForTest({ FEEDS: 'none', TIMESTAMP_STYLE: 'naive' });
  const client = new RecordingClient(server.url);
  const none = await client.request('request_price', { instrument: 'EUR_USD' }, 'price_error');
  expect(none.error).toBe('No cached price for EUR_USD');
  await client.request('request_all_prices', undefined, 'price_error');
  await client.request('subscribe', { pairs: ['EUR_USD'] }, 'subscription_confirmed');
  server.publish('price_updates', {
    instrument: 'EUR_USD',
    bid: '1.0945',
    ask: '1.0947',
    time: '2025-11-18T12:30:00.123456789Z',
  });
  const naive = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;
  expect(await client.next('price_update')).toEqual({
    instrument: 'EUR_USD',
    price: { bid: '1.0945', ask: '1.0947', mid: '1.0946', time: '2025-11-18T12:30:00.123456' },
    timestamp: expect.stringMatching(naive) as string,
    seq: 1,
  });
  expect(
    await client.request('request_all_prices', undefined, 'all_prices_response'),
  ).toMatchObject({
    pair_count: 1,
  });
  client.close();
});
