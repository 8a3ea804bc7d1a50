import { type BookLevel, compareDecimals } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { OrderBook } from '../../src/domain/order-book.ts';
import {
  type ChannelClient,
  type OpenTransport,
  TRANSPORTS,
  openChannels,
} from '../support/channel-client.ts';
import { TICKER, TRADES, bookChange, bookOf, candleOf, quoteOf } from '../support/live-events.ts';
import { type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import { waitFor } from '../support/wait-for.ts';

const EUR = 'price:EUR_USD';
const BOOK = 'orderbook:BTCUSDT';
const CANDLES = 'candles:BTCUSDT:1';
const ALL = [EUR, BOOK, CANDLES, 'ticker:BTCUSDT', 'trades:BTCUSDT'];

/** Publishes until prices have taken the place of others for a client that does not read. */
async function publishUntilConflated(gateway: LiveGateway): Promise<number> {
  let count = 0;
  await waitFor(() => {
    for (let each = 0; each < 200; each += 1) {
      count += 1;
      gateway.publish(quoteOf('EUR_USD', String(count)));
      gateway.publish(bookChange(count + 1, [[String(count % 90), String(count)]]));
      gateway.publish({ ...TICKER, lastPrice: String(count) });
      if (count % 50 === 0) {
        gateway.publish(TRADES);
        gateway.publish(candleOf(count / 50, { volume: '1' }));
        gateway.publish(candleOf(count / 50, { isConfirmed: true }));
      }
    }
    return gateway.stats.conflated > 5_000;
  }, 'prices that wait');
  return count;
}

/** Whether every number is there or declared, and whether any is declared. */
function expectDeclared(client: ChannelClient, channel: string, last: number): boolean {
  const messages = client.of(channel);
  const counts = messages.map(({ conflated = 1 }) => conflated);
  let covered = 0;
  for (const { seq, conflated = 1 } of messages) {
    expect([channel, seq]).toEqual([channel, covered + conflated]);
    covered = seq;
  }
  expect(covered).toBe(last);
  return counts.some((count) => count > 1);
}

describe.each(Object.entries(TRANSPORTS))('over %s', (_, transport: OpenTransport) => {
  test('a client that does not read for a while has what is newest, and every gap declared', async () => {
    const gateway = await startLiveGateway();
    const [slow, quick] = [
      await openChannels(gateway.url, transport),
      await openChannels(gateway.url, transport),
    ];
    await slow.subscribe(ALL);
    await quick.subscribe(ALL);
    gateway.publish(bookOf(10, 1));
    slow.pause();
    const count = await publishUntilConflated(gateway);
    slow.resume();
    await waitFor(() => slow.numbers('ticker:BTCUSDT').at(-1) === count, 'the newest');
    for (const client of [slow, quick]) {
      await waitFor(() => client.numbers('ticker:BTCUSDT').at(-1) === count, 'the newest');
      const isSlow = client === slow;
      expect(expectDeclared(client, EUR, count)).toBe(isSlow);
      expect(expectDeclared(client, BOOK, count + 1)).toBe(isSlow);
      expectDeclared(client, CANDLES, (2 * count) / 50);
      expect(expectDeclared(client, 'trades:BTCUSDT', count / 50)).toBe(false);
      expect(confirmedOf(client)).toEqual(confirmedOf(quick));
      expect(bookFrom(client)).toEqual(bookFrom(quick));
      expect(client.of(EUR).at(-1)?.data).toMatchObject({ price: { bid: String(count) } });
    }
    expect(gateway.stats.slowCloses).toBe(0);
    expect(gateway.stats.outboxBytes).toBe(0);
  });

  test('sends not more often than a client wants, and says of how many messages each is', async () => {
    const gateway = await startLiveGateway();
    const client = await openChannels(gateway.url, transport);
    const { channels } = await client.subscribe({
      [EUR]: { max_rate: 20 },
      [CANDLES]: { max_rate: 0.05 },
      'trades:BTCUSDT': { max_rate: 1 },
      'ticker:BTCUSDT': { max_rate: 1_000_000 },
    });
    expect(channels).toMatchObject({
      [EUR]: { max_rate: 20 },
      [CANDLES]: { max_rate: 0.05 },
      'ticker:BTCUSDT': { max_rate: 100 },
    });
    expect(channels['trades:BTCUSDT']).not.toHaveProperty('max_rate');
    const startedAt = performance.now();
    for (let count = 1; count <= 30; count += 1) {
      gateway.publish(quoteOf('EUR_USD', String(count)));
      gateway.publish(TRADES);
      gateway.publish(candleOf(0, { volume: String(count) }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await waitFor(() => client.numbers(EUR).at(-1) === 30, 'the newest price');
    const intervals = (performance.now() - startedAt) / 50;
    expect(expectDeclared(client, EUR, 30)).toBe(true);
    expect(client.of(EUR).length).toBeLessThanOrEqual(Math.ceil(intervals) + 1);
    expect(client.numbers('trades:BTCUSDT')).toHaveLength(30);
    expect(client.numbers(CANDLES)).toEqual([1]);
    gateway.publish(candleOf(0, { isConfirmed: true }));
    await client.count(CANDLES, 3);
    expect(client.of(CANDLES).map(({ seq, conflated }) => [seq, conflated])).toEqual([
      [1, undefined],
      [30, 29],
      [31, undefined],
    ]);
  });

  test('changes how often a client is sent a channel while it is subscribed', async () => {
    const gateway = await startLiveGateway();
    const client = await openChannels(gateway.url, transport);
    const { epoch = '' } =
      (await client.subscribe({ [EUR]: { max_rate: 0.01 } })).channels[EUR] ?? {};
    gateway.publish(quoteOf('EUR_USD'));
    await client.count(EUR, 1);
    gateway.publish(quoteOf('EUR_USD'));
    const again = await client.subscribe({ [EUR]: { since: 1, epoch } });
    expect(again.channels[EUR]).toEqual({ epoch, seq: 2, recovered: true });
    gateway.publish(quoteOf('EUR_USD'));
    await client.count(EUR, 3);
    expect(client.of(EUR).map(({ seq, conflated = 1 }) => [seq, conflated])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  test('sends everything that was missed, however often a client wants to be sent something', async () => {
    const gateway = await startLiveGateway();
    const client = await openChannels(gateway.url, transport);
    for (let count = 0; count < 300; count += 1) {
      gateway.publish(quoteOf('EUR_USD'));
    }
    await client.subscribe({ [EUR]: { since: 0, epoch: 'e', max_rate: 0.01 } });
    await client.count(EUR, 300);
    expect(expectDeclared(client, EUR, 300)).toBe(false);
  });

  test.each([0, -1, '2', Infinity])('refuses %s for how often', async (rate) => {
    const gateway = await startLiveGateway();
    const client = await openChannels(gateway.url, transport);
    const { errors } = await client.subscribe({ [EUR]: { max_rate: rate as number } });
    const isNumber = Number.isFinite(rate) || typeof rate === 'string';
    expect(Object.keys(errors)).toEqual(isNumber ? [EUR] : []);
  });
});

/** The starts of the candles that are over. */
function confirmedOf(client: ChannelClient): readonly number[] {
  return client
    .of(CANDLES)
    .flatMap(({ data }) => ('candle' in data && data.candle.confirm ? [data.candle.start] : []));
}

function bookFrom(client: ChannelClient): readonly BookLevel[] {
  const book = new OrderBook();
  for (const { data } of client.of(BOOK)) {
    if ('bids' in data) {
      const { type, symbol, bids, asks, update_id: updateId } = data;
      const isSnapshot = type === 'snapshot';
      book.apply({ type: 'orderBook', instrument: symbol, isSnapshot, bids, asks, updateId });
    }
  }
  return book.bids.toSorted((a, b) => compareDecimals(a[0], b[0]));
}
