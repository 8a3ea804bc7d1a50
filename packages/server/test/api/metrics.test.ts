import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RecordingClient } from '../support/socket-io-client.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const PRICE = { bid: '1.0945', ask: '1.0947', mid: '1.0946' };

/** The value of one sample of a running server. */
async function read(url: string, sample: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
  return Number(line?.slice(sample.length));
}

test('Prometheus is told what clients were brought, and who they are', async () => {
  const server = await startServerForTest({ FEEDS: 'none' });
  const response = await fetch(`${server.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');

  const client = new RecordingClient(server.url);
  await client.request('subscribe', { pairs: ['EUR_USD', 'USD_JPY'] }, 'subscription_confirmed');
  const plain = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/stream`);
  await new Promise((resolve) => plain.once('open', resolve));
  plain.send(JSON.stringify({ op: 'subscribe', channels: ['price:EUR_USD'] }));
  await new Promise((resolve) => plain.once('message', resolve));
  const websocket = 'tickwire_connections{transport="socket.io-websocket"}';
  // Socket.IO begins with polling.
  await waitFor(async () => (await read(server.url, websocket)) === 1, 'the upgrade');
  expect(await read(server.url, 'tickwire_connections{transport="stream"}')).toBe(1);
  expect(await read(server.url, 'tickwire_subscriptions')).toBe(3);

  const time = new Date().toISOString();
  server.publish('price_updates', { instrument: 'EUR_USD', price: { ...PRICE, time } });
  await client.next('price_update');
  await waitFor(
    async () => (await read(server.url, 'tickwire_deliveries_total')) === 2,
    'both deliveries',
  );
  expect(await read(server.url, 'tickwire_venue_delay_seconds_count{venue="relay"}')).toBe(1);
  expect(await read(server.url, 'tickwire_publish_delay_seconds_count')).toBe(1);
  expect(await read(server.url, 'tickwire_write_delay_seconds_count')).toBeGreaterThan(0);

  plain.terminate();
  client.close();
  await waitFor(
    async () => (await read(server.url, 'tickwire_subscriptions')) === 0,
    'the clients to be gone',
  );
});

test('a feed that is followed is measured from its venue to the bus', async () => {
  const server = await startServerForTest({ FEEDS: 'oanda' });
  const live = 'tickwire_feed_state{venue="oanda",category="",simulated="true",state="live"}';
  await waitFor(async () => (await read(server.url, live)) === 1, 'the feed');
  const measured = 'tickwire_venue_delay_seconds_count{venue="oanda"}';
  await waitFor(async () => (await read(server.url, measured)) > 0, 'a price');
  expect(await read(server.url, 'tickwire_publish_delay_seconds_count')).toBeGreaterThan(0);
  const age = 'tickwire_feed_data_age_seconds{venue="oanda",category=""}';
  expect(await read(server.url, age)).toBeLessThan(30);
});
