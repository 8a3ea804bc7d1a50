import { formatChannel } from '@tickwire/protocol';
import { expect, test } from 'vitest';
import { TICKER, TRADES, bookChange, bookOf, candleOf, quoteOf } from '../support/live-events.ts';
import { type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { waitFor } from '../support/wait-for.ts';

/** And a sweep, which comes once a second, to notice. */
const HEARTBEAT_MS = 31_000;

const TIMESTAMP = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const CANDLES = formatChannel({ kind: 'candles', instrument: 'BTCUSDT', interval: '1' });

const CANDLE = {
  timestamp: candleOf(0).start,
  start: candleOf(0).start,
  end: candleOf(0).end,
  open: '28350.50',
  high: '28365.00',
  low: '28340.00',
  close: '28355.25',
  volume: '125.345',
  turnover: '3551234.56',
  confirm: false,
};
const LIVE_TICKER = {
  symbol: 'BTCUSDT',
  last_price: '17216.00',
  prev_price_24h: '16597.00',
  price_24h_pcnt: '0.0373',
  high_price_24h: '17306.00',
  low_price_24h: '16000.50',
  volume_24h: '68325.153',
  turnover_24h: '1165341223.12',
};

/** A client that has been confirmed. */
async function join(gateway: LiveGateway, path: string) {
  const socket = gateway.open(path);
  await socket.message(0);
  return socket;
}

test.each([
  ['candles/btcusdt/1', 'candles (1m)', { type: 'candles', symbol: 'BTCUSDT', timeframe: '1' }],
  ['candles/BTCUSDT/60', 'candles (60m)', { type: 'candles', symbol: 'BTCUSDT', timeframe: '60' }],
  ['candles/BTCUSDT/d', 'candles (D)', { type: 'candles', symbol: 'BTCUSDT', timeframe: 'D' }],
  ['candles/BTCUSDT/W', 'candles (W)', { type: 'candles', symbol: 'BTCUSDT', timeframe: 'W' }],
  ['candles/BTCUSDT/m', 'candles (M)', { type: 'candles', symbol: 'BTCUSDT', timeframe: 'M' }],
  ['trades/BTCUSDT', 'trades', { type: 'trades', symbol: 'BTCUSDT' }],
  ['ticker/BTCUSDT', 'ticker', { type: 'ticker', symbol: 'BTCUSDT' }],
  ['orderbook/BTCUSDT', 'orderbook', { type: 'orderbook', symbol: 'BTCUSDT' }],
  ['prices/BTCUSDT', 'prices', { type: 'prices', symbol: 'BTCUSDT' }],
])('confirms %s', async (path, what, subscription) => {
  const gateway = await startLiveGateway();
  expect(await gateway.open(path).message(0)).toEqual({
    success: true,
    message: `Subscribed to BTCUSDT ${what}`,
    subscription: { action: 'subscribe', ...subscription },
  });
});

test('sends the newest 100 candles, oldest first, then each as it comes', async () => {
  const gateway = await startLiveGateway();
  const known = Array.from({ length: 130 }, (_, index) =>
    candleOf(index, { isConfirmed: index < 129 }),
  );
  gateway.candles.begin(CANDLES, known);
  const socket = await join(gateway, 'candles/BTCUSDT/1');
  const snapshot = await socket.message(1);
  expect(snapshot).toEqual({
    type: 'snapshot',
    subscription: 'candles',
    symbol: 'BTCUSDT',
    timeframe: '1',
    candles: known.slice(30).map(({ start, end, isConfirmed }) => ({
      ...CANDLE,
      timestamp: start,
      start,
      end,
      confirm: isConfirmed,
    })),
    timestamp: TIMESTAMP,
  });
  gateway.publish(candleOf(129, { isConfirmed: true, close: '28355.3' }));
  gateway.publish(candleOf(129, { isConfirmed: true, close: '28355.4' }));
  const { start, end } = candleOf(129);
  const update = {
    type: 'update',
    subscription: 'candles',
    symbol: 'BTCUSDT',
    timeframe: '1',
    received_at: TIMESTAMP,
  };
  const confirmed = { ...CANDLE, timestamp: start, start, end, confirm: true };
  expect(await socket.message(2)).toEqual({
    ...update,
    candle: { ...confirmed, close: '28355.3' },
  });
  expect(await socket.message(3)).toEqual({
    ...update,
    candle: { ...confirmed, close: '28355.4', revision: 1 },
  });
});

test('sends candles without turnover as they are', async () => {
  const gateway = await startLiveGateway();
  const socket = await join(gateway, 'candles/EUR_USD/1?snapshot=0');
  const { turnover, ...candle } = candleOf(0, { instrument: 'EUR_USD', source: 'quotes' });
  gateway.publish(candle);
  const { turnover: _, ...expected } = CANDLE;
  expect(await socket.message(1)).toEqual({
    type: 'update',
    subscription: 'candles',
    symbol: 'EUR_USD',
    timeframe: '1',
    candle: expected,
    received_at: TIMESTAMP,
  });
});

test('sends trades as they come, and no snapshot', async () => {
  const gateway = await startLiveGateway();
  gateway.publish(TRADES);
  const socket = await join(gateway, 'trades/BTCUSDT');
  gateway.publish(TRADES);
  expect(await socket.message(1)).toEqual({
    type: 'update',
    subscription: 'trades',
    symbol: 'BTCUSDT',
    trades: [
      {
        timestamp: 1697520000123,
        symbol: 'BTCUSDT',
        side: 'Buy',
        price: '28355.25',
        size: '0.012',
        trade_id: '2100000000007',
      },
      {
        timestamp: 1697520000123,
        symbol: 'BTCUSDT',
        side: 'Sell',
        price: '28355.20',
        size: '1',
        trade_id: '2100000000008',
      },
    ],
    received_at: TIMESTAMP,
  });
});

test('sends the ticker, then each that is new, without what the venue has no value for', async () => {
  const gateway = await startLiveGateway();
  gateway.publish(TICKER);
  const socket = await join(gateway, 'ticker/BTCUSDT');
  const about = { subscription: 'ticker', symbol: 'BTCUSDT' };
  expect(await socket.message(1)).toEqual({
    type: 'snapshot',
    ...about,
    ticker: LIVE_TICKER,
    timestamp: TIMESTAMP,
  });
  gateway.publish(TICKER);
  gateway.publish({ type: 'ticker', instrument: 'BTCUSDT', lastPrice: '17217' });
  const update = { type: 'update', ...about, received_at: TIMESTAMP };
  expect(await socket.message(2)).toEqual({ ...update, ticker: LIVE_TICKER });
  expect(await socket.message(3)).toEqual({
    ...update,
    ticker: { symbol: 'BTCUSDT', last_price: '17217' },
  });
});

test('sends the order book, at most 50 levels a side, then its changes and new snapshots', async () => {
  const gateway = await startLiveGateway();
  gateway.publish(bookOf(60, 7));
  gateway.publish(bookChange(8, [['1000.5', '2']]));
  const socket = await join(gateway, 'orderbook/BTCUSDT');
  const about = { subscription: 'orderbook', symbol: 'BTCUSDT', received_at: TIMESTAMP };
  const { bids, asks } = bookOf(50);
  expect(await socket.message(1)).toEqual({
    type: 'snapshot',
    ...about,
    bids: [['1000.5', '2'], ...bids.slice(0, 49)],
    asks,
    update_id: 8,
  });
  gateway.publish(bookChange(9, [['999', '0']]));
  expect(await socket.message(2)).toEqual({
    type: 'update',
    ...about,
    bids: [['999', '0']],
    asks: [],
    update_id: 9,
  });
  gateway.publish(bookOf(60, 1));
  expect(await socket.message(3)).toEqual({ type: 'snapshot', ...about, bids, asks, update_id: 1 });
});

test.each([
  ['candles/BTCUSDT/1', candleOf(0), { candles: [CANDLE] }],
  ['ticker/BTCUSDT', TICKER, { ticker: LIVE_TICKER }],
  ['orderbook/BTCUSDT', bookOf(50), { bids: bookOf(50).bids, update_id: 1 }],
  ['prices/EUR_USD', quoteOf('EUR_USD'), { price: { bid: '1.0945', mid: '1.0946' } }],
])('%s: a snapshot that was owed takes the place of the first event', async (path, event, data) => {
  const gateway = await startLiveGateway();
  const [owed, other] = [await join(gateway, path), await join(gateway, `${path}?snapshot=0`)];
  gateway.publish(event);
  gateway.publish(event.type === 'candle' ? { ...event, close: '28350' } : event);
  expect(await owed.message(1)).toMatchObject({ type: 'snapshot', ...data });
  const [, , second] = [...owed.messages, await owed.message(2)];
  const isBook = event.type === 'orderBook';
  expect(second).toMatchObject({ type: isBook ? 'snapshot' : 'update' });
  expect(await other.message(1)).toMatchObject({ type: isBook ? 'snapshot' : 'update' });
  await other.message(2);
  expect(owed.texts).toHaveLength(3);
  expect(other.texts).toHaveLength(3);
  expect(owed.texts.at(2)).toBe(other.texts.at(2));
});

test('sends a snapshot that was owed as soon as the channel begins, without an event', async () => {
  const gateway = await startLiveGateway();
  const [owed, other] = [
    await join(gateway, 'candles/BTCUSDT/1'),
    await join(gateway, 'candles/BTCUSDT/1?snapshot=0'),
  ];
  gateway.candles.begin(CANDLES, [candleOf(0, { isConfirmed: true })]);
  expect(await owed.message(1)).toMatchObject({ type: 'snapshot', candles: [{ confirm: true }] });
  gateway.candles.accept(candleOf(1));
  expect(await owed.message(2)).toMatchObject({ type: 'update' });
  expect(await other.message(1)).toMatchObject({ type: 'update' });
  expect(other.texts).toHaveLength(2);
});

test('sends no change of a book that is not known to whom a snapshot is owed', async () => {
  const gateway = await startLiveGateway();
  const [owed, other] = [
    await join(gateway, 'orderbook/BTCUSDT'),
    await join(gateway, 'orderbook/BTCUSDT?snapshot=0'),
  ];
  gateway.publish(bookChange(6, [['999', '0']]));
  gateway.publish(bookOf(1, 7));
  expect(await other.message(2)).toMatchObject({ type: 'snapshot', update_id: 7 });
  expect(await owed.message(1)).toMatchObject({ type: 'snapshot', update_id: 7 });
  expect(other.messages[1]).toMatchObject({ type: 'update', update_id: 6 });
});

test('sends an event to those on its channel alone, in the same bytes', async () => {
  const gateway = await startLiveGateway();
  const same = await Promise.all([1, 2, 3].map(() => join(gateway, 'ticker/BTCUSDT?snapshot=0')));
  const other = await join(gateway, 'ticker/ETHUSDT?snapshot=0');
  const trades = await join(gateway, 'trades/BTCUSDT');
  for (let count = 0; count < 20; count += 1) {
    gateway.publish(TICKER);
  }
  gateway.publish({ ...TICKER, instrument: 'ETHUSDT' });
  gateway.publish(TRADES);
  await Promise.all([...same.map((socket) => socket.message(20)), other.message(1)]);
  await trades.message(1);
  const [first, ...others] = same.map(({ texts }) => texts);
  for (const texts of others) {
    expect(texts).toEqual(first);
  }
  expect(other.texts).toHaveLength(2);
  expect(trades.texts).toHaveLength(2);
});

test('writes under the name that the events carry, which may not be the one asked for', async () => {
  const gateway = await startLiveGateway();
  gateway.directory.answer = () => Promise.resolve({ kind: 'ticker', instrument: 'BTCUSDT' });
  gateway.publish(TICKER);
  const socket = await join(gateway, 'ticker/LINEAR_BTCUSDT');
  gateway.publish(TICKER);
  await socket.message(2);
  expect(socket.messages).toMatchObject([
    { message: 'Subscribed to BTCUSDT ticker', subscription: { symbol: 'BTCUSDT' } },
    { type: 'snapshot', symbol: 'BTCUSDT' },
    { type: 'update', symbol: 'BTCUSDT' },
  ]);
  expect(gateway.directory.leases).toEqual([{ asked: 'ticker:LINEAR_BTCUSDT', released: 0 }]);
});

test('one client that does not read is closed; the others on its channel get everything', async () => {
  const gateway = await startLiveGateway({ maxWaitingBytes: 65_536 });
  const slow = await join(gateway, 'trades/BTCUSDT');
  const quick = await join(gateway, 'trades/BTCUSDT');
  slow.socket.pause();
  let published = 0;
  await waitFor(async () => {
    for (let count = 0; count < 200; count += 1) {
      published += 1;
      gateway.publish(TRADES);
    }
    await quick.message(published);
    return gateway.logger.lines.some(({ message }) => /too slow/.test(message));
  }, 'the end of the slow one');
  slow.socket.resume();
  expect(await slow.closed()).toEqual({ code: 4008, reason: 'SLOW_CONSUMER' });
  expect(slow.messages.at(-1)).toMatchObject({ error_code: 'SLOW_CONSUMER' });
  await waitFor(() => gateway.directory.leases[0]?.released === 1, 'the lease of the slow one');
  expect(quick.closedWith).toBeUndefined();
  expect(gateway.stats).toMatchObject({ slowCloses: 1, conflated: 0, outboxBytes: 0 });
});

test('one that reads nothing and answers no ping is told so, once it reads again', async () => {
  const clock = new ManualClock();
  const gateway = await startLiveGateway({ clock });
  const paused = await join(gateway, 'ticker/BTCUSDT');
  paused.socket.pause();
  await clock.advance(HEARTBEAT_MS);
  gateway.publish(TICKER);
  await clock.advance(HEARTBEAT_MS);
  gateway.publish(TICKER);
  paused.socket.resume();
  expect(await paused.closed()).toEqual({ code: 4008, reason: 'SLOW_CONSUMER' });
  expect(paused.messages.slice(1)).toMatchObject([
    { type: 'heartbeat' },
    { type: 'snapshot' },
    { error_code: 'SLOW_CONSUMER' },
  ]);
});
