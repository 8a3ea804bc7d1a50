import type { PriceMessage } from '@tickwire/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RelayChannel } from '../../src/tape/relay.ts';
import { RecordingClient } from '../support/socket-io-client.ts';
import { waitFor } from '../support/wait-for.ts';

/** A server under test: its address, and a way to publish what has no feed yet. */
export interface ServerUnderTest {
  readonly url: string;
  publish(channel: RelayChannel, payload: unknown): void;
  close(): Promise<void>;
}

const TRANSPORTS = {
  websocket: { transports: ['websocket'] },
  polling: { transports: ['polling'] },
  'polling, then upgrade': { transports: ['polling', 'websocket'] },
};
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DECIMAL = /^\d+(\.\d+)?$/;

/**
 * What an unmodified Socket.IO client may rely on (PROTOCOL.md, "Socket.IO"). Written against a
 * URL; the server must follow the twenty default pairs and have prices for all of them.
 */
export function testSocketIoProtocol(start: () => Promise<ServerUnderTest>): void {
  describe.each(Object.entries(TRANSPORTS))('Socket.IO over %s', (_, options) => {
    let server: ServerUnderTest;
    const clients: RecordingClient[] = [];

    beforeAll(async () => {
      server = await start();
      const first = new RecordingClient(server.url, options);
      await waitFor(async () => {
        const answer = await first.request('get_server_stats', undefined, 'server_stats');
        return answer.cache.keys.price_keys === 20;
      }, 'twenty prices');
      first.close();
    });
    afterEach(() => {
      for (const client of clients.splice(0)) {
        client.close();
      }
    });
    afterAll(() => server.close());

    const connect = async (): Promise<RecordingClient> => {
      const client = new RecordingClient(server.url, options);
      clients.push(client);
      await client.next('connection_established');
      if (options.transports.length > 1) {
        await waitFor(() => client.socket.io.engine.transport.name === 'websocket', 'the upgrade');
      }
      return client;
    };

    test('welcomes a client', async () => {
      const client = await connect();
      const welcome = client.all('connection_established')[0]!;
      expect(welcome).toEqual({
        message: 'Connected to FX Data Pipeline WebSocket Server',
        timestamp: expect.stringMatching(TIMESTAMP) as string,
        client_id: client.socket.id,
        tracked_pairs: expect.arrayContaining(['EUR_USD', 'GBP_CAD']) as string[],
        pair_count: 20,
        max_clients: 1000,
        active_clients: expect.any(Number) as number,
      });
      expect(welcome.tracked_pairs).toHaveLength(20);
      expect(client.received[0]?.event).toBe('connection_established');
    });

    test('confirms a subscription, sends the last price of each pair, then goes on live', async () => {
      const client = await connect();
      const confirmed = await client.request(
        'subscribe',
        { pairs: ['EUR_USD', 'gbp_usd'] },
        'subscription_confirmed',
      );
      expect(confirmed).toEqual({
        pairs: ['EUR_USD', 'GBP_USD'],
        pair_count: 2,
        subscribed_to_all: false,
        timestamp: expect.stringMatching(TIMESTAMP) as string,
      });
      await client.next('price_update', 9);
      const updates = client.all('price_update');
      expect(updates.slice(0, 2).map(({ instrument }) => instrument)).toEqual([
        'EUR_USD',
        'GBP_USD',
      ]);
      expect(new Set(updates.map(({ instrument }) => instrument))).toEqual(
        new Set(['EUR_USD', 'GBP_USD']),
      );
      for (const update of updates) {
        expectPrice(update);
      }
      expectConsecutive(updates);
      const order = client.received.map(({ event }) => event);
      expect(order.indexOf('price_update')).toBeGreaterThan(
        order.indexOf('subscription_confirmed'),
      );
    });

    test('adds a second subscription to the first', async () => {
      const client = await connect();
      await client.request('subscribe', { pairs: ['EUR_USD'] }, 'subscription_confirmed');
      const second = await client.request(
        'subscribe',
        { pairs: ['USD_JPY'] },
        'subscription_confirmed',
      );
      expect(second).toMatchObject({ pairs: ['USD_JPY'], pair_count: 1 });
      const info = await client.request('get_subscriptions', undefined, 'subscriptions_info');
      expect(info).toEqual({
        subscribed_pairs: ['EUR_USD', 'USD_JPY'],
        pair_count: 2,
        subscribed_to_all: false,
        timestamp: expect.stringMatching(TIMESTAMP) as string,
      });
    });

    test('subscribes to all with *, until anything is unsubscribed', async () => {
      const client = await connect();
      const all = await client.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
      expect(all).toMatchObject({ pair_count: 20, subscribed_to_all: true });
      await waitFor(
        () => new Set(client.all('price_update').map((each) => each.instrument)).size === 20,
        'all pairs',
      );
      const removed = await client.request(
        'unsubscribe',
        { pairs: ['EUR_USD'] },
        'unsubscription_confirmed',
      );
      expect(removed).toEqual({
        pairs: ['EUR_USD'],
        message: 'Unsubscribed from 1 pairs',
        timestamp: expect.stringMatching(TIMESTAMP) as string,
      });
      const info = await client.request('get_subscriptions', undefined, 'subscriptions_info');
      expect(info).toMatchObject({ pair_count: 19, subscribed_to_all: false });
      expect(info.subscribed_pairs).not.toContain('EUR_USD');
    });

    test('sends nothing of a pair after its end is confirmed, and ends all with *', async () => {
      const client = await connect();
      await client.request(
        'subscribe',
        { pairs: ['EUR_USD', 'GBP_USD'] },
        'subscription_confirmed',
      );
      await client.request('unsubscribe', { pairs: ['EUR_USD'] }, 'unsubscription_confirmed');
      const before = client.received.length;
      await client.next('price_update', client.all('price_update').length + 5);
      const later = client.received.slice(before).map(({ payload }) => payload as PriceMessage);
      expect(later.some(({ instrument }) => instrument === 'EUR_USD')).toBe(false);
      const all = await client.request('unsubscribe', { pairs: '*' }, 'unsubscription_confirmed');
      expect(all).toMatchObject({ message: 'Unsubscribed from 20 pairs' });
      expect(all).toHaveProperty('pairs.length', 20);
      const info = await client.request('get_subscriptions', undefined, 'subscriptions_info');
      expect(info).toMatchObject({ subscribed_pairs: [], pair_count: 0 });
    });

    test('confirms the end of what was not subscribed', async () => {
      const client = await connect();
      const answer = await client.request(
        'unsubscribe',
        { pairs: ['USD_CAD', 'NOPE'] },
        'unsubscription_confirmed',
      );
      expect(answer).toMatchObject({ pairs: ['USD_CAD', 'NOPE'] });
    });

    test('subscribes to all or nothing', async () => {
      const client = await connect();
      const error = await client.request(
        'subscribe',
        { pairs: ['EUR_USD', 'INVALID_PAIR'] },
        'subscription_error',
      );
      expect(error.error).toBe('Invalid pairs: INVALID_PAIR');
      expect(error.message).toEqual(expect.any(String));
      expect(error).toHaveProperty('valid_pairs.length', 20);
      const info = await client.request('get_subscriptions', undefined, 'subscriptions_info');
      expect(info.pair_count).toBe(0);
    });

    test.each([undefined, null, 7, [], {}, { pairs: 7 }, { pairs: [] }, { pairs: [null] }])(
      'answers subscribe and unsubscribe with %o by an error event',
      async (payload) => {
        const client = await connect();
        const error = await client.request('subscribe', payload, 'subscription_error');
        expect(error).toHaveProperty('valid_pairs.length', 20);
        const other = await client.request('unsubscribe', payload, 'unsubscription_error');
        expect(other.error).toEqual(expect.any(String));
        expect(client.disconnects).toEqual([]);
      },
    );

    test('tells a price', async () => {
      const client = await connect();
      const answer = await client.request(
        'request_price',
        { instrument: 'eur_usd' },
        'price_response',
      );
      expect(answer.instrument).toBe('EUR_USD');
      expectPrice(answer);
      const unknown = await client.request(
        'request_price',
        { instrument: 'INVALID_USD' },
        'price_error',
      );
      expect(unknown.error).toBe('Invalid instrument: INVALID_USD');
      await client.request('request_price', undefined, 'price_error');
    });

    test('tells all prices', async () => {
      const client = await connect();
      const answer = await client.request('request_all_prices', undefined, 'all_prices_response');
      expect(answer.pair_count).toBe(20);
      expect(answer.timestamp).toMatch(TIMESTAMP);
      expect(Object.keys(answer.prices)).toHaveLength(20);
      for (const [instrument, price] of Object.entries(answer.prices)) {
        expectPrice({ instrument, price, timestamp: answer.timestamp });
      }
    });

    test('tells its statistics', async () => {
      const client = await connect();
      await client.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
      const stats = await client.request('get_server_stats', undefined, 'server_stats');
      expect(stats).toMatchObject({
        max_clients: 1000,
        tracked_pairs: 20,
        cache: {
          redis: { host: 'embedded', port: 0, connected: true, mode: 'embedded' },
          memory: { maxmemory: '0' },
          keys: { price_keys: 20, metric_keys: 0, total_keys: 20 },
        },
      });
      expect(stats.active_clients).toBeGreaterThanOrEqual(1);
      expect(stats.total_subscriptions).toBeGreaterThanOrEqual(20);
      expect(stats.average_subs_per_client).toBeCloseTo(
        stats.total_subscriptions / stats.active_clients,
        2,
      );
      expect(stats.cache.memory.used_memory).toMatch(/^\d+\.\d+MB$/);
      expect(stats.cache.stats.total_commands_processed).toBeGreaterThan(0);
    });

    test('answers a ping, and an acknowledgement with the same object', async () => {
      const client = await connect();
      const pong = await client.request('ping', undefined, 'pong');
      expect(pong).toEqual({ timestamp: expect.stringMatching(TIMESTAMP) as string });
      const acknowledged: unknown = await client.socket.emitWithAck('subscribe', {
        pairs: ['EUR_USD'],
      });
      const confirmed = await client.next('subscription_confirmed');
      expect(acknowledged).toEqual(confirmed);
      const stats: unknown = await client.socket.emitWithAck('get_server_stats');
      expect(stats).toMatchObject({ tracked_pairs: 20 });
    });

    test('brings alerts to those whom they concern, once each, and data_ready to all', async () => {
      const [both, one, none] = await Promise.all([connect(), connect(), connect()]);
      await both.request('subscribe', { pairs: ['EUR_USD', 'USD_JPY'] }, 'subscription_confirmed');
      await one.request('subscribe', { pairs: ['USD_JPY'] }, 'subscription_confirmed');
      const volatility = {
        instrument: 'EUR_USD',
        volatility: 0.0234,
        threshold: 0.02,
        severity: 'warning',
      };
      const correlation = {
        pair1: 'EUR_USD',
        pair2: 'USD_JPY',
        correlation: -0.82,
        threshold: 0.7,
        severity: 'info',
      };
      server.publish('volatility_alerts', volatility);
      server.publish('volatility_alerts', { ...volatility, severity: 'info', volatility: 0.01 });
      server.publish('correlation_alerts', correlation);
      server.publish('data_ready', { data_type: 'prices', count: 20 });
      for (const client of [both, one, none]) {
        expect(await client.next('data_ready')).toEqual({
          data_type: 'prices',
          count: 20,
          message: 'prices data updated (20 records)',
          timestamp: expect.stringMatching(TIMESTAMP) as string,
          seq: expect.any(Number) as number,
        });
      }
      expect(both.all('volatility_alert')).toEqual([
        {
          ...volatility,
          message: 'Volatility (0.0234) exceeded threshold (0.02)',
          timestamp: expect.stringMatching(TIMESTAMP) as string,
          seq: expect.any(Number) as number,
          ...places('EUR_USD'),
        },
        expect.objectContaining({ message: 'Volatility (0.01) is back under threshold (0.02)' }),
      ]);
      const expected = {
        ...correlation,
        message: 'Correlation between EUR_USD and USD_JPY changed to -0.82',
        timestamp: expect.stringMatching(TIMESTAMP) as string,
        seq: expect.any(Number) as number,
        ...places('EUR_USD', 'USD_JPY'),
      };
      expect(both.all('correlation_alert')).toEqual([expected]);
      expect(one.all('correlation_alert')).toEqual([expected]);
      expect(one.all('volatility_alert')).toEqual([]);
      expect(none.all('correlation_alert')).toEqual([]);
    });

    test('answers an unknown event by an error, and goes on', async () => {
      const client = await connect();
      const error = await client.request('make_me_rich', { now: true }, 'server_error');
      expect(error).toMatchObject({
        error: 'Unknown event',
        message: expect.stringContaining('subscribe') as string,
      });
      await client.request('ping', undefined, 'pong');
    });
  });
}

function expectPrice({ price, timestamp }: PriceMessage): void {
  expect(Object.keys(price).sort()).toEqual(['ask', 'bid', 'mid', 'time']);
  expect(price.bid).toMatch(DECIMAL);
  expect(price.ask).toMatch(DECIMAL);
  expect(Number(price.mid)).toBeCloseTo((Number(price.bid) + Number(price.ask)) / 2, 8);
  expect(price.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  expect(timestamp).toMatch(TIMESTAMP);
}

/** By which an alert is known, and its number in each of its channels. */
function places(...instruments: string[]) {
  const channels = ['alerts', ...instruments.map((instrument) => `alerts:${instrument}`)];
  const numbers = channels.map((channel) => [channel, expect.any(Number) as number] as const);
  return { id: expect.any(String) as string, positions: Object.fromEntries(numbers) };
}

/** Each pair's updates are numbered without a hole from the first that the client was sent. */
function expectConsecutive(updates: readonly PriceMessage[]): void {
  const last = new Map<string, number>();
  for (const { instrument, seq = NaN } of updates) {
    const before = last.get(instrument);
    expect(seq).toBe(before === undefined ? seq : before + 1);
    last.set(instrument, seq);
  }
}
