import { describe, expect, test } from 'vitest';
import type { RelayChannel } from '../../src/tape/relay.ts';
import {
  type ChannelClient,
  type OpenTransport,
  TRANSPORTS,
  openChannels,
} from '../support/channel-client.ts';
import { waitFor } from '../support/wait-for.ts';

/** A server under test: its address, and a way to publish what has no feed. */
export interface ChannelsUnderTest {
  readonly url: string;
  publish(channel: RelayChannel, payload: unknown): void;
}

const EUR = 'price:EUR_USD';
const JPY = 'price:USD_JPY';

/** Prices that say which they are. */
function publishPrices(server: ChannelsUnderTest, count: number, instrument = 'EUR_USD'): void {
  for (let number = 1; number <= count; number += 1) {
    server.publish('price_updates', { instrument, price: { bid: '1.0945', ask: '1.0947' } });
  }
}

function publishVolatility(server: ChannelsUnderTest, instrument: string, volatility = 0.03): void {
  const payload = { instrument, volatility, threshold: 0.02, severity: 'warning' };
  server.publish('volatility_alerts', payload);
}

function publishCorrelation(server: ChannelsUnderTest, pair1: string, pair2: string): void {
  const payload = { pair1, pair2, correlation: 0.8, threshold: 0.7, severity: 'info' };
  server.publish('correlation_alerts', payload);
}

/** From a number to another, both included. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Whether a client has been sent all that was meant for it: a message of its own has come. */
async function drained(server: ChannelsUnderTest, ...clients: ChannelClient[]): Promise<void> {
  const mark = 'price:USD_CHF';
  await Promise.all(clients.map((client) => client.subscribe([mark])));
  publishPrices(server, 1, 'USD_CHF');
  await Promise.all(clients.map((client) => client.count(mark, 1)));
}

/**
 * What a client of channels may rely on (PROTOCOL.md, "Channels"), whatever the transport. Written
 * against a URL; the server must track EUR_USD, USD_JPY and USD_CHF, have no feed, keep at least
 * ten messages of each channel, and be a new one for each test.
 */
export function testChannels(start: () => Promise<ChannelsUnderTest>): void {
  describe.each(Object.entries(TRANSPORTS))('channels over %s', (_, transport: OpenTransport) => {
    const begin = async (count = 1) => {
      const server = await start();
      const connect = () => openChannels(server.url, transport);
      const clients = await Promise.all(Array.from({ length: count }, connect));
      return { server, connect, client: clients[0] as ChannelClient, clients };
    };

    test('takes a list of names in any case, and answers before any message', async () => {
      const { server, client } = await begin();
      publishPrices(server, 3);
      const confirmed = await client.subscribe(['price:eur_usd', 'price:USD_JPY', 'alerts']);
      expect(confirmed).toMatchObject({
        channels: {
          [EUR]: {
            epoch: expect.any(String) as string,
            seq: 3,
            snapshot: { price: { bid: '1.0945', ask: '1.0947', mid: '1.0946' } },
          },
          [JPY]: { seq: 0 },
          alerts: { seq: 0 },
        },
        subscriptions: expect.arrayContaining([EUR, JPY, 'alerts']) as string[],
        errors: {},
      });
      expect(confirmed.channels[EUR]).not.toHaveProperty('recovered');
      expect(confirmed.channels[JPY]).not.toHaveProperty('snapshot');
      publishPrices(server, 2);
      await client.count(EUR, 2);
      expect(client.received[0]?.kind).toBe('answer');
      expect(client.numbers(EUR)).toEqual([4, 5]);
      expect(client.of(EUR)[0]?.data).toMatchObject({
        instrument: 'EUR_USD',
        price: { bid: '1.0945', ask: '1.0947', mid: '1.0946' },
        timestamp: expect.stringMatching(/Z$/) as string,
      });
    });

    test('takes an object with options, and tells errors one by one', async () => {
      const { server, client } = await begin();
      await client.subscribe([EUR]);
      const confirmed = await client.subscribe({
        'price:usd_jpy': {},
        'price:NOPE_USD': {},
        'candles:EUR_USD:7': {},
        'candles:EUR_USD:3': {},
        nonsense: {},
        __proto__x: {},
        'alerts:EUR_USD': { history: 5 },
      });
      expect(Object.keys(confirmed.channels).sort()).toEqual(['alerts:EUR_USD', JPY]);
      expect([...confirmed.subscriptions].sort()).toEqual(['alerts:EUR_USD', EUR, JPY]);
      expect(confirmed.errors).toMatchObject({
        'price:NOPE_USD': { error_code: 'INVALID_SYMBOL' },
        'candles:EUR_USD:7': { error_code: 'INVALID_SYMBOL' },
        'candles:EUR_USD:3': { error_code: 'INVALID_TIMEFRAME' },
        nonsense: { error_code: 'INVALID_SYMBOL', error_message: 'There is no channel nonsense' },
        __proto__x: { error_code: 'INVALID_SYMBOL' },
      });
      publishPrices(server, 1);
      publishPrices(server, 1, 'USD_JPY');
      await Promise.all([client.count(EUR, 1), client.count(JPY, 1)]);
    });

    test.each([
      { since: 3 },
      { since: -1, epoch: 'e' },
      { since: 1.5, epoch: 'e' },
      { since: '3', epoch: 'e' },
      { since: 3, epoch: 7 },
      { since: 3, epoch: 'x'.repeat(65) },
      { history: -1 },
      { history: 1_001 },
      { confirmed_only: 'yes' },
      'all',
      7,
    ])('refuses the options %o of one channel, and none of the others', async (options) => {
      const { client } = await begin();
      const wanted = { [EUR]: options as object, [JPY]: {} };
      const { channels, errors } = await client.subscribe(wanted);
      expect(errors).toMatchObject({ [EUR]: { error_code: 'INVALID_PAYLOAD' } });
      expect(Object.keys(channels)).toEqual([JPY]);
    });

    test.each([undefined, null, 7, 'alerts', [], {}, [7], Array(1_001).fill('alerts')])(
      'answers channels that are %o by an error, and goes on',
      async (channels) => {
        const { client } = await begin();
        const request =
          transport === TRANSPORTS['Socket.IO'] && channels === undefined ? 7 : channels;
        await client.fail('subscribe', request);
        await client.fail('unsubscribe', request);
        expect((await client.subscribe(['alerts'])).subscriptions).toEqual(['alerts']);
      },
    );

    test('ends what is unsubscribed, and takes names that are not subscribed', async () => {
      const { server, client } = await begin();
      await client.subscribe([EUR, JPY]);
      const left = await client.unsubscribe(['price:eur_usd', 'alerts', 'nonsense']);
      expect(left).toMatchObject({ channels: [EUR, 'alerts', 'nonsense'], subscriptions: [JPY] });
      publishPrices(server, 2);
      publishVolatility(server, 'EUR_USD');
      await drained(server, client);
      expect(client.of(EUR)).toEqual([]);
      expect(client.alerts()).toEqual([]);
    });

    test('brings back what was missed, in order, before anything newer', async () => {
      const { server, client, connect } = await begin();
      const { channels } = await client.subscribe([EUR]);
      publishPrices(server, 2);
      await client.count(EUR, 2);
      client.cut();
      publishPrices(server, 6);
      const again = await connect();
      const epoch = channels[EUR]?.epoch ?? '';
      const answered = again.subscribe({ [EUR]: { since: 2, epoch } });
      publishPrices(server, 1);
      const { [EUR]: place } = (await answered).channels;
      expect(place).toMatchObject({ epoch, recovered: true });
      expect(place).not.toHaveProperty('snapshot');
      publishPrices(server, 1);
      await again.count(EUR, 8);
      expect(again.received[0]?.kind).toBe('answer');
      expect(again.numbers(EUR)).toEqual(range(3, 10));
    });

    test('has nothing to bring back since the newest', async () => {
      const { server, client } = await begin();
      publishPrices(server, 3);
      const { channels } = await client.subscribe([EUR]);
      const { epoch = '' } = channels[EUR] ?? {};
      const again = await client.subscribe({ [EUR]: { since: 3, epoch } });
      expect(again.channels[EUR]).toEqual({ epoch, seq: 3, recovered: true });
      publishPrices(server, 1);
      await client.count(EUR, 1);
      expect(client.numbers(EUR)).toEqual([4]);
    });

    test.each([
      ['another epoch', 2, 'another'],
      ['a number that is yet to come', 4, undefined],
      ['a number far away', Number.MAX_SAFE_INTEGER, undefined],
    ])('brings the state in the place of what was missed since %s', async (_name, since, other) => {
      const { server, client } = await begin();
      publishPrices(server, 3);
      const { channels } = await client.subscribe(['alerts']);
      const { epoch = '' } = channels.alerts ?? {};
      const confirmed = await client.subscribe({ [EUR]: { since, epoch: other ?? epoch } });
      expect(confirmed.channels[EUR]).toMatchObject({
        epoch,
        seq: 3,
        recovered: false,
        snapshot: { price: { bid: '1.0945' } },
      });
      publishPrices(server, 1);
      await client.count(EUR, 1);
      expect(client.numbers(EUR)).toEqual([4]);
    });

    test('a channel that is subscribed to again begins anew, and goes on once', async () => {
      const { server, client } = await begin();
      const { channels } = await client.subscribe([EUR, EUR, 'price:eur_usd']);
      publishPrices(server, 3);
      await client.count(EUR, 3);
      expect((await client.subscribe([EUR])).channels[EUR]).toMatchObject({ seq: 3 });
      const epoch = channels[EUR]?.epoch ?? '';
      const since = await client.subscribe({ [EUR]: { since: 1, epoch } });
      expect(since.subscriptions).toEqual([EUR]);
      await client.count(EUR, 5);
      publishPrices(server, 2);
      await client.count(EUR, 7);
      await drained(server, client);
      expect(client.numbers(EUR)).toEqual([1, 2, 3, 2, 3, 4, 5]);
    });

    test('an alert of several channels comes once, with its number in each', async () => {
      const { server, clients } = await begin(3);
      const [both, one, other] = clients as [ChannelClient, ChannelClient, ChannelClient];
      await both.subscribe(['alerts:EUR_USD', 'alerts', 'alerts:USD_JPY']);
      await one.subscribe(['alerts:USD_JPY']);
      await other.subscribe(['alerts:GBP_USD']);
      publishVolatility(server, 'EUR_USD');
      publishCorrelation(server, 'EUR_USD', 'USD_JPY');
      await drained(server, ...clients);
      const correlation = { alerts: 2, 'alerts:EUR_USD': 2, 'alerts:USD_JPY': 1 };
      expect(both.alerts().map(({ positions }) => positions)).toEqual([
        { alerts: 1, 'alerts:EUR_USD': 1 },
        correlation,
      ]);
      expect(one.alerts().map(({ positions }) => positions)).toEqual([correlation]);
      expect(other.alerts()).toEqual([]);
      expect(one.alerts()[0]?.id).toBe(both.alerts()[1]?.id);
      const { channels } = await other.subscribe(['alerts']);
      expect(channels.alerts?.snapshot?.alerts).toMatchObject(both.alerts());
    });

    test('missed alerts of several channels come once each, in the order of all', async () => {
      const { server, client, connect } = await begin();
      const { channels } = await client.subscribe(['alerts', 'alerts:EUR_USD']);
      client.cut();
      publishVolatility(server, 'USD_JPY');
      publishVolatility(server, 'EUR_USD');
      publishCorrelation(server, 'EUR_USD', 'USD_JPY');
      publishVolatility(server, 'GBP_USD');
      const place = { since: 0, epoch: channels.alerts?.epoch ?? '' };
      const again = await connect();
      await again.subscribe({ 'alerts:EUR_USD': place, alerts: place });
      await again.subscribe({ 'alerts:USD_JPY': place });
      publishVolatility(server, 'EUR_USD');
      await drained(server, again);
      expect(again.alerts().map(({ positions }) => positions.alerts)).toEqual([1, 2, 3, 4, 5]);
    });

    test('what is published for everybody is numbered too', async () => {
      const { server, client } = await begin();
      const ready = { data_type: 'prices', count: 20 };
      server.publish('data_ready', ready);
      server.publish('data_ready', ready);
      await drained(server, client);
      const { channels } = await client.subscribe(['system']);
      const { epoch = '', seq } = channels.system ?? {};
      expect(seq).toBe(2);
      await client.subscribe({ system: { since: 0, epoch } });
      server.publish('data_ready', ready);
      await waitFor(() => client.numbers('system').at(-1) === 3, 'the newest');
      // Over Socket.IO everybody has had the first two already.
      expect(client.numbers('system')).toEqual([1, 2, 3]);
    });
  });
}
