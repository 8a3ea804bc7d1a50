import { type Candle, formatChannel } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { ChannelError } from '../../src/domain/errors.ts';
import {
  type ChannelClient,
  type OpenTransport,
  TRANSPORTS,
  openChannels,
} from '../support/channel-client.ts';
import { TICKER, TRADES, bookChange, bookOf, candleOf, quoteOf } from '../support/live-events.ts';
import { type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import { waitFor } from '../support/wait-for.ts';

const CANDLES = formatChannel({ kind: 'candles', instrument: 'BTCUSDT', interval: '1' });
const EUR = 'price:EUR_USD';

/** Confirmed candles of a row of minutes, the last included. */
function confirmed(first: number, last: number): Candle[] {
  return Array.from({ length: last - first + 1 }, (_, index) =>
    candleOf(first + index, { isConfirmed: true }),
  );
}

/** A store that has these, and how often it was asked. */
function storeOf(candles: readonly Candle[]) {
  const asked: number[] = [];
  return {
    asked,
    candles: ({ limit }: { readonly limit: number }) => {
      asked.push(limit);
      return Promise.resolve(candles.slice(-limit));
    },
  };
}

/** Which minutes a client was told first, and which of them are over. */
function minutesOf(state: { readonly candles?: readonly { start: number; confirm: boolean }[] }) {
  const first = candleOf(0).start;
  return (state.candles ?? []).map(({ start, confirm }) => [(start - first) / 60_000, confirm]);
}

function released({ directory }: LiveGateway): readonly number[] {
  return directory.leases.map((lease) => lease.released);
}

/** A promise that the test settles. */
function createGate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe.each(Object.entries(TRANSPORTS))('over %s', (_, transport: OpenTransport) => {
  const connect = (gateway: { readonly url: string }): Promise<ChannelClient> =>
    openChannels(gateway.url, transport);
  const stateOf = async (client: ChannelClient, options: object) => {
    const { channels } = await client.subscribe({ [CANDLES]: options });
    return minutesOf(channels[CANDLES]?.snapshot ?? {});
  };

  test('begins with the state of each kind of channel, and goes on from there', async () => {
    const gateway = await startLiveGateway();
    gateway.candles.begin(CANDLES, [...confirmed(0, 2), candleOf(3)]);
    gateway.publish(TICKER);
    gateway.publish(bookOf(60, 7));
    gateway.publish(TRADES);
    const client = await connect(gateway);
    const { channels } = await client.subscribe([
      CANDLES,
      'ticker:btcusdt',
      'orderbook:BTCUSDT',
      'trades:BTCUSDT',
    ]);
    expect(channels).toMatchObject({
      [CANDLES]: { epoch: 'e', seq: 0, snapshot: { candles: [{}, {}, {}, { confirm: false }] } },
      'ticker:BTCUSDT': { seq: 1, snapshot: { ticker: { last_price: '17216.00' } } },
      'orderbook:BTCUSDT': { seq: 1, snapshot: { update_id: 7 } },
      'trades:BTCUSDT': { epoch: 'e', seq: 1 },
    });
    expect(channels['orderbook:BTCUSDT']?.snapshot?.bids).toHaveLength(50);
    expect(channels['trades:BTCUSDT']).not.toHaveProperty('snapshot');
    gateway.publish(candleOf(3, { isConfirmed: true }));
    gateway.publish(TICKER);
    gateway.publish(bookChange(8, [['999', '0']]));
    gateway.publish(TRADES);
    await client.count('trades:BTCUSDT', 1);
    const data = client.received.flatMap((each) => (each.kind === 'data' ? [each] : []));
    expect(data).toMatchObject([
      { channel: CANDLES, seq: 1, data: { candle: { confirm: true } } },
      { channel: 'ticker:BTCUSDT', seq: 2, data: { ticker: { last_price: '17216.00' } } },
      { channel: 'orderbook:BTCUSDT', seq: 2, data: { type: 'update', bids: [['999', '0']] } },
      { channel: 'trades:BTCUSDT', seq: 2, data: { trades: [{ side: 'Buy' }, { side: 'Sell' }] } },
    ]);
  });

  test('begins with as many confirmed candles as are wanted, and the one that is not over', async () => {
    const store = storeOf(confirmed(0, 400));
    const gateway = await startLiveGateway({ store });
    gateway.candles.begin(CANDLES, [...confirmed(250, 400), candleOf(401)]);
    const client = await connect(gateway);
    const hundred = confirmed(301, 400).map((_, index) => [301 + index, true]);
    expect(await stateOf(client, { history: 100 })).toEqual([...hundred, [401, false]]);
    expect(await stateOf(client, {})).toEqual([...hundred, [401, false]]);
    expect(await stateOf(client, { history: 0 })).toEqual([[401, false]]);
    expect(store.asked).toEqual([]);
    const many = await stateOf(client, { history: 300 });
    expect(many.map(([minute]) => minute)).toEqual(
      Array.from({ length: 301 }, (_, index) => 101 + index),
    );
    gateway.publish(candleOf(401, { isConfirmed: true }));
    expect(await stateOf(client, { history: 0 })).toEqual([]);
    expect(await stateOf(client, { history: 2 })).toEqual([
      [400, true],
      [401, true],
    ]);
  });

  test('counts confirmed candles where more than one is not over', async () => {
    const gateway = await startLiveGateway();
    gateway.candles.begin(CANDLES, [...confirmed(0, 9), candleOf(10), candleOf(11)]);
    const client = await connect(gateway);
    const state = [
      [8, true],
      [9, true],
      [10, false],
      [11, false],
    ];
    expect(await stateOf(client, { history: 2 })).toEqual(state);
  });

  test('passes over candles that are not over for whom does not want them', async () => {
    const gateway = await startLiveGateway();
    gateway.candles.begin(CANDLES, confirmed(0, 2));
    const [all, over] = await Promise.all([connect(gateway), connect(gateway)]);
    const { channels } = await over.subscribe({ [CANDLES]: { confirmed_only: true } });
    expect(channels[CANDLES]).toMatchObject({ seq: 0, confirmed_only: true });
    expect((await all.subscribe([CANDLES])).channels[CANDLES]).not.toHaveProperty('confirmed_only');
    for (let minute = 3; minute < 6; minute += 1) {
      gateway.publish(candleOf(minute, { close: '28341' }));
      gateway.publish(candleOf(minute, { close: '28342' }));
      gateway.publish(candleOf(minute, { isConfirmed: true }));
    }
    await Promise.all([all.count(CANDLES, 9), over.count(CANDLES, 3)]);
    expect(over.numbers(CANDLES)).toEqual([3, 6, 9]);
    const options = { since: 3, epoch: 'e', confirmed_only: true };
    const again = await over.subscribe({ [CANDLES]: options });
    expect(again.channels[CANDLES]).toMatchObject({ recovered: true, confirmed_only: true });
    await over.count(CANDLES, 5);
    expect(over.numbers(CANDLES)).toEqual([3, 6, 9, 6, 9]);
  });

  test('sends the state of candles once there is one, with what the store has', async () => {
    const gateway = await startLiveGateway({ store: storeOf(confirmed(0, 50)) });
    const client = await connect(gateway);
    const { channels } = await client.subscribe({ [CANDLES]: { history: 4 } });
    expect(channels[CANDLES]).toEqual({ epoch: 'e', seq: 0 });
    gateway.candles.begin(CANDLES, [...confirmed(49, 50), candleOf(51)]);
    gateway.publish(candleOf(51, { isConfirmed: true }));
    gateway.candles.begin(CANDLES, confirmed(49, 51));
    await client.count(CANDLES, 1);
    const [, state, ...rest] = client.received;
    expect(state).toMatchObject({ kind: 'state', channel: CANDLES, seq: 0 });
    const { snapshot = {} } = state?.kind === 'state' ? state : {};
    expect(minutesOf(snapshot)).toEqual([
      [47, true],
      [48, true],
      [49, true],
      [50, true],
      [51, false],
    ]);
    expect(rest).toMatchObject([{ kind: 'data', seq: 1 }]);
  });

  test('answers under the name that the events carry, and ends it by either name', async () => {
    const gateway = await startLiveGateway();
    gateway.directory.answer = () => Promise.resolve({ kind: 'ticker', instrument: 'BTCUSDT' });
    const client = await connect(gateway);
    const { subscriptions } = await client.subscribe(['ticker:LINEAR_BTCUSDT']);
    expect(subscriptions).toEqual(['ticker:BTCUSDT']);
    gateway.publish(TICKER);
    await client.count('ticker:BTCUSDT', 1);
    const left = await client.unsubscribe(['ticker:LINEAR_BTCUSDT']);
    expect(left.subscriptions).toEqual([]);
    expect(released(gateway)).toEqual([1]);
  });

  test('carries out requests one after another', async () => {
    const gateway = await startLiveGateway();
    const gate = createGate();
    gateway.directory.answer = async (channel) => {
      await gate.opened;
      return channel;
    };
    const client = await connect(gateway);
    client.send('subscribe', [EUR]);
    client.send('unsubscribe', [EUR]);
    client.send('subscribe', { [EUR]: { since: 0, epoch: 'e' } });
    await waitFor(() => gateway.directory.leases.length === 1, 'the first request');
    gateway.publish(quoteOf('EUR_USD'));
    expect(client.received).toEqual([]);
    gate.open();
    await client.count(EUR, 1);
    expect(client.received).toMatchObject([
      { answer: { channels: { [EUR]: { seq: 1 } } } },
      { answer: { channels: [EUR], subscriptions: [] } },
      { answer: { channels: { [EUR]: { recovered: true } } } },
      { kind: 'data', seq: 1 },
    ]);
    expect(released(gateway)).toEqual([1, 0]);
  });

  test('gives back what a client holds on to when it leaves, also what it has just asked for', async () => {
    const gateway = await startLiveGateway();
    const client = await connect(gateway);
    await client.subscribe([CANDLES, EUR]);
    await client.subscribe([EUR]);
    expect(released(gateway)).toEqual([0, 1, 0]);
    const gate = createGate();
    gateway.directory.answer = async (channel) => {
      await gate.opened;
      return channel;
    };
    client.send('subscribe', ['ticker:BTCUSDT', 'trades:BTCUSDT']);
    client.send('subscribe', ['orderbook:BTCUSDT']);
    await waitFor(() => gateway.directory.leases.length === 5, 'the requests');
    client.cut();
    await waitFor(
      () =>
        released(gateway)
          .slice(0, 3)
          .every((count) => count === 1),
      'the first',
    );
    gate.open();
    await waitFor(() => released(gateway).every((count) => count === 1), 'all leases');
    expect(gateway.directory.leases).toHaveLength(5);
    expect(gateway.logger.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  test('keeps the reason of a failure to the log, and what there was', async () => {
    const gateway = await startLiveGateway();
    const client = await connect(gateway);
    await client.subscribe([EUR]);
    gateway.directory.answer = ({ kind }) =>
      Promise.reject(
        kind === 'price' ? new Error('secret') : new ChannelError('RATE_LIMITED', 'Too many'),
      );
    const { errors, subscriptions } = await client.subscribe([EUR, CANDLES]);
    expect(errors).toEqual({
      [EUR]: {
        error_code: 'INTERNAL_ERROR',
        error_message: 'The log of the server has the reason',
      },
      [CANDLES]: { error_code: 'RATE_LIMITED', error_message: 'Too many' },
    });
    expect(subscriptions).toEqual([EUR]);
    gateway.publish(quoteOf('EUR_USD'));
    await client.count(EUR, 1);
  });
});
