import type { MarketEvent } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { quoteOf } from '../support/live-events.ts';
import { type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import { RecordingClient } from '../support/socket-io-client.ts';

const EUR = 'price:EUR_USD';
const TIMESTAMP = expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) as string;

async function connect({ url }: LiveGateway): Promise<RecordingClient> {
  const client = new RecordingClient(url, { transports: ['websocket'] });
  onTestFinished(() => {
    client.close();
  });
  await client.next('connection_established');
  return client;
}

const subscribe = (client: RecordingClient, payload: object) =>
  client.request('subscribe', payload, 'subscription_confirmed');
const unsubscribe = (client: RecordingClient, payload: object) =>
  client.request('unsubscribe', payload, 'unsubscription_confirmed');

/** The numbers of the prices so far, once all that was published has come. */
async function prices(client: RecordingClient) {
  await client.request('ping', undefined, 'pong');
  return client.all('price_update').map(({ seq }) => seq);
}

function alertOf(instrument: string): MarketEvent {
  const alert = { volatility: 0.03, threshold: 0.02, severity: 'warning' } as const;
  return { type: 'volatilityAlert', instrument, ...alert };
}

/** The numbers of the alerts so far among all alerts. */
async function alerts(client: RecordingClient) {
  await client.request('ping', undefined, 'pong');
  return client.all('volatility_alert').map((alert): unknown => Reflect.get(alert, 'seq'));
}

test('calls back with what it answers', async () => {
  const client = await connect(await startLiveGateway());
  const ask = (event: string, channels: unknown): Promise<unknown> =>
    client.socket.emitWithAck(event, { channels });
  expect(await ask('subscribe', [EUR])).toEqual({
    channels: { [EUR]: { epoch: 'e', seq: 0 } },
    subscriptions: [EUR],
    errors: {},
    timestamp: TIMESTAMP,
  });
  expect(await ask('unsubscribe', [EUR])).toEqual({
    channels: [EUR],
    subscriptions: [],
    timestamp: TIMESTAMP,
  });
  const error = { error: 'Invalid request', message: expect.any(String) as string };
  expect(await ask('subscribe', 'all')).toEqual(error);
  expect(await ask('unsubscribe', { [EUR]: {} })).toEqual(error);
  expect(client.received.map(({ event }) => event)).toEqual([
    'connection_established',
    'subscription_confirmed',
    'unsubscription_confirmed',
    'subscription_error',
    'unsubscription_error',
  ]);
});

test.each([
  ['the pair first', { pairs: ['EUR_USD'] }, { channels: [EUR] }],
  ['the channel first', { channels: [EUR] }, { pairs: ['EUR_USD'] }],
])('a pair and its channel are one subscription: %s', async (_, first, second) => {
  const gateway = await startLiveGateway();
  const client = await connect(gateway);
  await subscribe(client, first);
  await subscribe(client, second);
  gateway.publish(quoteOf('EUR_USD'));
  gateway.publish(quoteOf('EUR_USD'));
  expect(await prices(client)).toEqual([1, 2]);
});

test.each([
  ['the pair', { pairs: ['EUR_USD'] }],
  ['the channel', { channels: [EUR] }],
])('ends both by the name of %s', async (_, name) => {
  const gateway = await startLiveGateway();
  const client = await connect(gateway);
  await subscribe(client, { pairs: ['EUR_USD', 'USD_JPY'] });
  await subscribe(client, { channels: [EUR, 'alerts:USD_JPY'] });
  await unsubscribe(client, name);
  gateway.publish(quoteOf('EUR_USD'));
  gateway.publish(alertOf('EUR_USD'));
  gateway.publish(quoteOf('USD_JPY'));
  expect(client.all('price_update')).toEqual([]);
  expect(await prices(client)).toEqual([1]);
  expect(client.all('price_update')).toMatchObject([{ instrument: 'USD_JPY' }]);
  expect(await alerts(client)).toEqual([]);
  const info = await client.request('get_subscriptions', undefined, 'subscriptions_info');
  expect(info).toMatchObject({ subscribed_pairs: ['USD_JPY'], pair_count: 1 });
  expect(await client.socket.emitWithAck('unsubscribe', { channels: ['x'] })).toMatchObject({
    subscriptions: ['alerts:USD_JPY'],
  });
  expect(gateway.directory.leases).toEqual([
    { asked: EUR, released: 1 },
    { asked: 'alerts:USD_JPY', released: 0 },
  ]);
});

test('prices that were missed come before newer ones, though the pair is followed too', async () => {
  const gateway = await startLiveGateway();
  const client = await connect(gateway);
  for (let count = 0; count < 300; count += 1) {
    gateway.publish(quoteOf('EUR_USD'));
  }
  await subscribe(client, { pairs: ['EUR_USD'] });
  expect(await prices(client)).toEqual([300]);
  client.socket.once('subscription_confirmed', () => {
    gateway.publish(quoteOf('EUR_USD'));
  });
  await subscribe(client, { channels: { [EUR]: { since: 0, epoch: 'e' } } });
  await client.next('price_update', 301);
  gateway.publish(quoteOf('EUR_USD'));
  const expected = Array.from({ length: 302 }, (_, index) => index + 1);
  expect((await prices(client)).slice(1)).toEqual(expected);
});

test('an alert comes once to whom follows its pair and several of its channels', async () => {
  const gateway = await startLiveGateway();
  const client = await connect(gateway);
  gateway.publish(alertOf('EUR_USD'));
  await subscribe(client, { pairs: ['EUR_USD'] });
  gateway.publish(alertOf('EUR_USD'));
  gateway.publish(alertOf('USD_JPY'));
  await subscribe(client, { pairs: ['EUR_USD'] });
  const place = { since: 0, epoch: 'e' };
  await subscribe(client, { channels: { 'alerts:EUR_USD': place } });
  expect(await alerts(client)).toEqual([2, 1]);
  await subscribe(client, { channels: { alerts: place } });
  gateway.publish(alertOf('EUR_USD'));
  gateway.publish(alertOf('USD_JPY'));
  expect(await alerts(client)).toEqual([2, 1, 3, 4, 5]);
  const places = client
    .all('volatility_alert')
    .map((alert): unknown => Reflect.get(alert, 'positions'));
  expect(places).toEqual([
    { alerts: 2, 'alerts:EUR_USD': 2 },
    { alerts: 1, 'alerts:EUR_USD': 1 },
    { alerts: 3, 'alerts:USD_JPY': 1 },
    { alerts: 4, 'alerts:EUR_USD': 3 },
    { alerts: 5, 'alerts:USD_JPY': 2 },
  ]);
});

test('carries out requests for pairs and for channels in the order in which they come', async () => {
  const gateway = await startLiveGateway();
  const client = await connect(gateway);
  client.socket.emit('subscribe', { channels: [EUR] });
  client.socket.emit('unsubscribe', { pairs: ['EUR_USD'] });
  const left = await client.next('unsubscription_confirmed');
  expect(left).toMatchObject({ pairs: ['EUR_USD'] });
  gateway.publish(quoteOf('EUR_USD', '1.1'));
  expect(await prices(client)).toEqual([]);
  client.socket.emit('unsubscribe', { channels: [EUR] });
  client.socket.emit('subscribe', { pairs: ['EUR_USD'] });
  await client.request('ping', undefined, 'pong');
  gateway.publish(quoteOf('EUR_USD', '1.2'));
  expect(await prices(client)).toEqual([1, 2]);
});

test('closes a client that asks on and on while nothing can be answered', async () => {
  const gateway = await startLiveGateway();
  gateway.directory.answer = () => new Promise(() => undefined);
  const client = await connect(gateway);
  const gone = new Promise((resolve) => client.socket.once('disconnect', resolve));
  for (let request = 0; request < 120; request += 1) {
    client.socket.emit('subscribe', { channels: [EUR] });
  }
  await gone;
});
