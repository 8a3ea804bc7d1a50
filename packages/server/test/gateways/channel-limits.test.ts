import type { Trades } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import {
  type ChannelClient,
  type OpenTransport,
  TRANSPORTS,
  openChannels,
} from '../support/channel-client.ts';
import { TRADES, bookOf, candleOf } from '../support/live-events.ts';
import { startLiveGateway } from '../support/live-gateway.ts';
import { createScaledClock } from '../support/scaled-clock.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const EUR = 'price:EUR_USD';
const MANY_TRADES: Trades = {
  ...TRADES,
  trades: Array.from({ length: 50 }, () => TRADES.trades).flat(),
};

describe.each(Object.entries(TRANSPORTS))('over %s', (_, transport: OpenTransport) => {
  const connect = (gateway: { readonly url: string }): Promise<ChannelClient> =>
    openChannels(gateway.url, transport);

  test('gives a client a thousand channels, and no more', async () => {
    const gateway = await startLiveGateway();
    const client = await connect(gateway);
    const names = Array.from({ length: 1_000 }, (_, index) => `ticker:COIN${index}`);
    expect((await client.subscribe(names)).subscriptions).toHaveLength(1_000);
    const more = await client.subscribe([...names.slice(0, 5), EUR]);
    expect(Object.keys(more.channels)).toHaveLength(5);
    expect(more.errors).toMatchObject({ [EUR]: { error_code: 'RATE_LIMITED' } });
  });

  test('brings a long past to a client that reads, whatever it weighs', async () => {
    const gateway = await startLiveGateway({ maxWaitingBytes: 200_000 });
    for (let update = 1; update <= 1_000; update += 1) {
      gateway.publish(bookOf(50, update));
    }
    const client = await connect(gateway);
    const book = 'orderbook:BTCUSDT';
    const { channels } = await client.subscribe({ [book]: { since: 0, epoch: 'e' } });
    expect(channels[book]?.recovered).toBe(true);
    gateway.publish(bookOf(50, 1_001));
    await client.count(book, 1_001);
    expect(client.numbers(book)).toEqual(Array.from({ length: 1_001 }, (_, index) => index + 1));
  });

  test('a client that does not read is closed, and gives back what it held on to', async () => {
    const gateway = await startLiveGateway({ maxWaitingBytes: 65_536 });
    const [slow, quick] = [await connect(gateway), await connect(gateway)];
    const released = () => gateway.directory.leases.map((lease) => lease.released);
    const trades = 'trades:BTCUSDT';
    await slow.subscribe([trades]);
    await quick.subscribe([trades]);
    slow.pause();
    let published = 0;
    await waitFor(async () => {
      for (let count = 0; count < 10; count += 1) {
        published += 1;
        gateway.publish(MANY_TRADES);
      }
      await quick.count(trades, published);
      return gateway.stats.slowCloses === 1;
    }, 'the end of the slow one');
    slow.resume();
    await waitFor(() => released()[0] === 1, 'its channel back');
    expect(released()).toEqual([1, 0]);
    expect(quick.numbers(trades)).toHaveLength(published);
    expect(gateway.stats.outboxBytes).toBe(0);
    await waitFor(() => slow.isClosed, 'the slow one to know');
    expect(slow.numbers(trades)).toEqual(slow.numbers(trades).map((_, index) => index + 1));
  });

  test('has time to read an answer that weighs more than may wait', async () => {
    const gateway = await startLiveGateway({ maxWaitingBytes: 65_536 });
    const client = await connect(gateway);
    // More than the kernel takes for whoever does not read.
    const price = '28350.'.padEnd(31, '0');
    const prices = { open: price, high: price, low: price, close: price };
    const heavy = { isConfirmed: true, ...prices, volume: price, turnover: price };
    const known = Array.from({ length: 100 }, (_, index) => candleOf(index, heavy));
    const channels = Array.from({ length: 200 }, (_, index) => `candles:COIN${index}:1`);
    for (const channel of channels) {
      gateway.candles.begin(channel, known);
    }
    client.pause();
    client.send('subscribe', channels);
    let published = 0;
    await waitFor(() => {
      published += 1;
      gateway.publish({ ...candleOf(100, { volume: String(published) }), instrument: 'COIN7' });
      return gateway.stats.outboxBytes > 200_000;
    }, 'the answer');
    client.resume();
    await waitFor(() => client.numbers('candles:COIN7:1').at(-1) === published, 'the newest');
    expect(client.isClosed).toBe(false);
    expect(gateway.stats.slowCloses).toBe(0);
  });

  test('answers one request with at most 20,000 candles', async () => {
    const gateway = await startLiveGateway();
    const client = await connect(gateway);
    const channels = Array.from({ length: 201 }, (_, index) => `candles:COIN${index}:1`);
    const { channels: had, errors } = await client.subscribe(channels);
    expect(Object.keys(had)).toHaveLength(200);
    expect(errors).toMatchObject({ 'candles:COIN200:1': { error_code: 'RATE_LIMITED' } });
    expect((await client.subscribe(['candles:COIN200:1'])).errors).toEqual({});
  });

  test('brings the state where more was missed than is kept', async () => {
    const settings = { FEEDS: 'none', HISTORY_SIZE: '5' };
    const server = await startServerForTest(settings);
    const client = await connect(server);
    const { epoch = '' } = (await client.subscribe([EUR])).channels[EUR] ?? {};
    for (let count = 0; count < 8; count += 1) {
      server.publish('price_updates', { instrument: 'EUR_USD', bid: '1.1', ask: '1.2' });
    }
    const recover = async (since: number) =>
      (await client.subscribe({ [EUR]: { since, epoch } })).channels[EUR];
    expect(await recover(2)).toMatchObject({ recovered: false, seq: 8, snapshot: { price: {} } });
    expect(await recover(3)).toMatchObject({ recovered: true, seq: 8 });
  });

  test('brings the state where what was missed is too old', async () => {
    const clock = createScaledClock(1_000);
    const server = await startServerForTest({ FEEDS: 'none', HISTORY_TTL: '600' }, clock);
    const client = await connect(server);
    const { epoch = '' } = (await client.subscribe([EUR])).channels[EUR] ?? {};
    server.publish('price_updates', { instrument: 'EUR_USD', bid: '1.1', ask: '1.2' });
    const recover = async (since: number) =>
      (await client.subscribe({ [EUR]: { since, epoch } })).channels[EUR];
    await waitFor(async () => (await recover(0))?.recovered === false, 'the end of the history');
    expect(await recover(1)).toEqual({ epoch, seq: 1, recovered: true });
  });
});
