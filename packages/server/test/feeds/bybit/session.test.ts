import { RequestGate } from '../../../src/feeds/bybit/request-gate.ts';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BybitFeed } from '../../../src/feeds/bybit/feed.ts';
import type { BybitChannel } from '../../../src/feeds/bybit/topics.ts';
import { answer, startFakeVenue } from '../../support/fake-venue.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { waitFor } from '../../support/wait-for.ts';
import { acceptAll, startFakeSockets, startRawServer } from './fake-sockets.ts';
import { RecordingListener } from './recording-listener.ts';

const BOOK: BybitChannel = { kind: 'orderbook', instrument: 'BTCUSDT' };
const BOOK_TOPIC = 'orderbook.50.BTCUSDT';
const TICKER: BybitChannel = { kind: 'ticker', instrument: 'BTCUSDT' };
const TICKER_TOPIC = 'tickers.BTCUSDT';

const book = (type: 'snapshot' | 'delta', u: number): object => ({
  topic: BOOK_TOPIC,
  type,
  ts: 1,
  data: { s: 'BTCUSDT', b: [['1', String(u)]], a: [], u, seq: 1 },
});
const ticker = (lastPrice: string): object => ({
  topic: TICKER_TOPIC,
  type: 'snapshot',
  ts: 1,
  cs: 1,
  data: { symbol: 'BTCUSDT', lastPrice },
});

/** A feed on a clock that stands still, and a venue that says yes to everything. */
async function setUp(channels: readonly BybitChannel[], onFrame = acceptAll, wsUrl?: string) {
  const sockets = await startFakeSockets(onFrame);
  const restSockets = new Set<Socket>();
  const rest = await startFakeVenue((path, response, { socket }) => {
    restSockets.add(socket);
    const list = [{ symbol: 'BTCUSDT' }];
    // There is no history.
    answer(response, path.includes('/kline') ? 503 : 200, {
      retCode: 0,
      retMsg: 'OK',
      result: { list },
      time: Date.now(),
    });
  });
  const clock = new ManualClock();
  const hosts = { wsUrl: wsUrl ?? sockets.url, restUrl: rest.url };
  const config = { hosts, category: 'linear' as const, instrumentPrefix: '', bookDepth: 50 };
  const feed = new BybitFeed(config, clock, new RequestGate(clock));
  for (const channel of channels) {
    feed.want(channel);
  }
  const listener = new RecordingListener();
  const stop = new AbortController();
  const following = feed.follow(listener, stop.signal);
  onTestFinished(() => {
    stop.abort();
  });
  const updates = (): string[] =>
    listener
      .all('orderBook')
      .map(({ isSnapshot, updateId }) => `${isSnapshot ? 'snapshot' : 'delta'} ${updateId}`);
  return {
    sockets,
    rest,
    restSockets,
    clock,
    feed,
    listener,
    stop,
    following,
    updates,
    prices: () => listener.all('ticker').map(({ lastPrice }) => lastPrice),
    until: (count: number) => waitFor(() => listener.events.length === count, `${count} events`),
  };
}

describe('BybitSession', () => {
  test('subscribes to a book anew that broke, at most once a second', async () => {
    const { sockets, updates, clock, until } = await setUp([BOOK]);
    await sockets.asked('subscribe', BOOK_TOPIC);
    sockets.send(book('snapshot', 5));
    sockets.send(book('delta', 7));
    await sockets.asked('unsubscribe', BOOK_TOPIC);
    const resubscribed = await sockets.asked('subscribe', BOOK_TOPIC, 2);
    expect(sockets.frames.map(({ op }) => op)).toEqual(['subscribe', 'unsubscribe', 'subscribe']);
    sockets.send(book('delta', 8));
    sockets.send(book('snapshot', 20));
    // It breaks once more, at once.
    sockets.send(book('delta', 22));
    sockets.send(book('delta', 23));
    await until(2);
    await clock.advance(999);
    expect(sockets.frames.at(-1)).toBe(resubscribed);
    await clock.advance(1);
    await sockets.asked('subscribe', BOOK_TOPIC, 3);
    sockets.send(book('snapshot', 30));
    sockets.send(book('delta', 31));
    await until(4);
    expect(updates()).toEqual(['snapshot 5', 'snapshot 20', 'snapshot 30', 'delta 31']);
    await clock.advance(2_000);
    expect(sockets.frames).toHaveLength(5);
  });

  test('follows one channel more or less without a word about the others', async () => {
    const { sockets, feed, prices, until } = await setUp([TICKER]);
    await sockets.asked('subscribe', TICKER_TOPIC);
    feed.want(BOOK);
    feed.want(BOOK);
    expect(feed.instruments).toEqual(['BTCUSDT']);
    await sockets.asked('subscribe', BOOK_TOPIC);
    sockets.send(book('snapshot', 5));
    sockets.send(ticker('1'));
    await until(2);
    feed.unwant(BOOK);
    feed.unwant(BOOK);
    await sockets.asked('unsubscribe', BOOK_TOPIC);
    // What is not wanted any more may come for a moment.
    sockets.send(book('delta', 6));
    sockets.send(ticker('2'));
    await until(3);
    expect(prices()).toEqual(['1', '2']);
    expect(sockets.connections).toHaveLength(1);
    expect(sockets.frames.map(({ op, args }) => [op, args])).toEqual([
      ['subscribe', [TICKER_TOPIC]],
      ['subscribe', [BOOK_TOPIC]],
      ['unsubscribe', [BOOK_TOPIC]],
    ]);
  });

  test('begins anew with a channel that is wanted again, also while it resyncs', async () => {
    const { sockets, feed, updates, until, clock } = await setUp([BOOK]);
    await sockets.asked('subscribe', BOOK_TOPIC);
    sockets.send(book('snapshot', 5));
    sockets.send(book('delta', 7));
    await sockets.asked('unsubscribe', BOOK_TOPIC);
    feed.unwant(BOOK);
    feed.want(BOOK);
    await clock.advance(2_000);
    await waitFor(
      () => sockets.frames.filter(({ op }) => op === 'subscribe').length >= 2,
      'another subscription',
    );
    expect(sockets.frames.at(-1)).toMatchObject({ op: 'subscribe', args: [BOOK_TOPIC] });
    sockets.send(book('delta', 8));
    sockets.send(book('snapshot', 9));
    sockets.send(book('delta', 10));
    await until(3);
    expect(updates()).toEqual(['snapshot 5', 'snapshot 9', 'delta 10']);
  });

  test('takes along what is wanted while it connects, and leaves what is not', async () => {
    const { sockets, feed, listener } = await setUp([TICKER]);
    feed.want(BOOK);
    feed.unwant(TICKER);
    const { args } = await sockets.asked('subscribe');
    expect(args).toEqual([BOOK_TOPIC]);
    expect(listener.unavailable).toEqual([]);
  });

  test('skips what it cannot read, and what nobody asked for, and says so', async () => {
    const { sockets, listener, until } = await setUp([TICKER]);
    await sockets.asked('subscribe', TICKER_TOPIC);
    sockets.send('rubbish');
    sockets.send({ success: true, ret_msg: '', conn_id: 'c', req_id: 'x', op: 'subscribe' });
    sockets.send({ type: 'NEWS' });
    sockets.send({ success: true, ret_msg: 'pong', op: 'ping' });
    sockets.send({ ...ticker('NaN') });
    sockets.send(ticker('1'));
    await until(1);
    expect(listener.rejected).toEqual([
      'Expected JSON',
      'Expected an answer to a frame of ours',
      'Expected a topic or an answer',
      "Expected a decimal as lastPrice, got 'NaN'",
    ]);
  });

  test('reports a topic that is refused, and asks for it again after a minute', async () => {
    let isRefusing = true;
    const { sockets, listener, clock, until, rest } = await setUp([TICKER, BOOK], (frame, send) => {
      if (isRefusing && frame.op === 'subscribe' && frame.args?.includes(TICKER_TOPIC) === true) {
        const words = `error:handler not found,topic:${TICKER_TOPIC}`;
        send({ success: false, ret_msg: words, req_id: frame.req_id, op: 'subscribe' });
      } else {
        acceptAll(frame, send);
      }
    });
    await waitFor(() => listener.unavailable.length === 1, 'the refusal');
    expect(listener.unavailable).toEqual([
      {
        instrument: 'BTCUSDT',
        channel: 'ticker:BTCUSDT',
        reason: `Bybit refused ${TICKER_TOPIC}: error:handler not found,topic:${TICKER_TOPIC}`,
      },
    ]);
    sockets.send(book('snapshot', 1));
    await until(1);
    await waitFor(() => rest.requests.length === 1, 'the list of symbols');
    isRefusing = false;
    const seen = sockets.frames.length;
    for (let second = 0; second < 60; second += 9) {
      await clock.advance(9_000);
      sockets.send({ success: true, ret_msg: 'pong', op: 'ping' });
      await waitFor(() => listener.connections === 1, 'the connection');
    }
    await sockets.asked('subscribe', TICKER_TOPIC, seen);
    await waitFor(() => listener.unavailable.length === 0, 'the ticker');
  });

  test('says no more of a topic that is refused once nobody wants it', async () => {
    const { feed, listener } = await setUp(
      [TICKER, BOOK],
      ({ op, req_id: id, args = [] }, send) => {
        const isRefused = args.includes(TICKER_TOPIC);
        const words = isRefused ? `error:handler not found,topic:${TICKER_TOPIC}` : '';
        send({ success: !isRefused, ret_msg: words, req_id: id, op });
      },
    );
    await waitFor(() => listener.unavailable.length === 1, 'the refusal');
    feed.unwant(TICKER);
    expect(listener.unavailable).toEqual([]);
  });

  test('asks for no more history of a channel that nobody wants', async () => {
    const channel: BybitChannel = { kind: 'candles', instrument: 'BTCUSDT', interval: '1' };
    const { sockets, feed, listener, clock, rest } = await setUp([channel, TICKER]);
    await sockets.asked('subscribe', 'kline.1.BTCUSDT');
    const candle = { open: '1', high: '1', low: '1', close: '1', volume: '1', turnover: '1' };
    const data = [{ start: 0, end: 59_999, ...candle, confirm: false }];
    sockets.send({ topic: 'kline.1.BTCUSDT', type: 'snapshot', ts: 1, data });
    await waitFor(() => listener.unavailable.length === 1, 'the lack of history');
    expect(listener.unavailable).toEqual([
      {
        instrument: 'BTCUSDT',
        channel: 'candles:BTCUSDT:1',
        reason: expect.stringMatching(/^Waits for candles that were missed: .* 503/) as string,
      },
    ]);
    feed.unwant(channel);
    expect(listener.unavailable).toEqual([]);
    await clock.advance(8_000);
    const asked = rest.requests.length;
    sockets.send(ticker('1'));
    await waitFor(() => listener.events.length === 1, 'the ticker');
    await clock.advance(8_000);
    expect(rest.requests).toHaveLength(asked);
  });

  test('tells nothing if it is aborted during the handshake', async () => {
    const url = await startRawServer();
    const { clock, stop, following, listener } = await setUp([TICKER], acceptAll, url);
    await waitFor(() => clock.waiting > 0, 'the handshake to be awaited');
    stop.abort();
    await following;
    expect([listener.connections, clock.waiting]).toEqual([0, 0]);
  });

  test('opens no connection before something is wanted', async () => {
    const { sockets, feed, stop, following } = await setUp([]);
    const other = await setUp([TICKER]);
    await other.sockets.asked('subscribe', TICKER_TOPIC);
    expect([sockets.connections.length, feed.instruments]).toEqual([0, []]);
    feed.want(BOOK);
    await sockets.asked('subscribe', BOOK_TOPIC);
    expect(sockets.connections).toMatchObject([{ path: '/v5/public/linear' }]);
    stop.abort();
    await following;
  });

  test('leaves no timer and no socket behind, and nothing that was not wanted to begin with', async () => {
    const idle = await setUp([]);
    idle.stop.abort();
    await idle.following;
    expect(idle.clock.waiting).toBe(0);
    const busy = await setUp([TICKER, BOOK, { ...TICKER, kind: 'trades' }]);
    await busy.sockets.asked('subscribe', TICKER_TOPIC);
    busy.sockets.send(book('snapshot', 5));
    busy.sockets.send(book('delta', 7));
    await busy.sockets.asked('unsubscribe', BOOK_TOPIC);
    busy.stop.abort();
    busy.feed.want({ kind: 'ticker', instrument: 'ETHUSDT' });
    await busy.following;
    busy.feed.unwant(TICKER);
    expect(busy.clock.waiting).toBe(0);
    await waitFor(
      () =>
        busy.sockets.connections.every(({ socket }) => socket.readyState === 3) &&
        [...busy.restSockets].every(({ destroyed }) => destroyed),
      'the sockets to be gone',
      // Less than a server keeps an idle one.
      3_000,
    );
  });
});
