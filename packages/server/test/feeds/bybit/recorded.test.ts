import { RequestGate } from '../../../src/feeds/bybit/request-gate.ts';
import { existsSync, readFileSync } from 'node:fs';
import type { Interval, OrderBookChange } from '@tickwire/protocol';
import { createBybitSimulator } from '@tickwire/simulator';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { OrderBook } from '../../../src/domain/order-book.ts';
import type { BybitCategory } from '../../../src/feeds/bybit/config.ts';
import { BybitFeed } from '../../../src/feeds/bybit/feed.ts';
import { TICKER_FIELDS } from '../../../src/feeds/bybit/messages.ts';
import {
  parseInstruments,
  parseKlines,
  parseRecentTrades,
  parseResult,
} from '../../../src/feeds/bybit/parse-answer.ts';
import { parseFrame } from '../../../src/feeds/bybit/parse.ts';
import type { BybitChannel } from '../../../src/feeds/bybit/topics.ts';
import { waitFor } from '../../support/wait-for.ts';
import { RecordingListener } from './recording-listener.ts';

const DATA = new URL('../../../../../../shared/data/bybit/', import.meta.url);
const isHere = existsSync(DATA);
const SPEED = 100_000;

if (!isHere) {
  test.skip('recordings of Bybit (skipped: ../shared/data is not here)', () => undefined);
}

const read = (file: string): string => readFileSync(new URL(file, DATA), 'utf8');
const readJson = (file: string): unknown => JSON.parse(read(file));
const linesOf = (file: string): string[] =>
  read(file)
    .split('\n')
    .filter((line) => line !== '');

interface RecordedFrame {
  readonly topic: string;
  readonly type: string;
  readonly data: unknown;
}

const framesOf = (file: string, topic: string): RecordedFrame[] =>
  linesOf(file)
    .map((line) => JSON.parse(line) as RecordedFrame)
    .filter((frame) => frame.topic === topic);

interface PlayOptions {
  readonly category?: BybitCategory;
  readonly bookDepth?: number;
}

/** Plays a recording, at high speed, to a feed of one channel. */
async function play(
  file: string,
  channel: BybitChannel,
  { category = 'linear', bookDepth = 50 }: PlayOptions = {},
): Promise<RecordingListener> {
  const simulator = createBybitSimulator({
    data: [new URL(file, DATA).pathname],
    shift: 'none',
    speed: SPEED,
  });
  await simulator.start();
  const hosts = { wsUrl: simulator.wsUrl, restUrl: simulator.restUrl };
  const feed = new BybitFeed(
    { hosts, category, instrumentPrefix: '', bookDepth },
    systemClock,
    new RequestGate(systemClock),
  );
  feed.want(channel);
  const listener = new RecordingListener();
  const stop = new AbortController();
  const following = feed.follow(listener, stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await following;
    await simulator.close();
  });
  return listener;
}

describe.runIf(isHere)('recorded frames', () => {
  const FILES: [string, Record<string, number>][] = [
    ['docs_examples', { ticker: 1, candles: 1, trades: 1, unknown: 1 }],
    ['hftbacktest_BTCUSDT_linear_2025-09-25', { book: 2, trades: 1 }],
    ['orderbook500_XRPUSDT_linear_2024-12-01', { book: 25 }],
    ['orderbook50_BTCUSDT_spot_2024-11-08', { book: 2 }],
    ['quoted_linear_2026_kline_ticker_trade', { candles: 1, book: 1, trades: 1 }],
    ['reconstructed_kline5_BTCUSDT_linear_2022-12-13', { candles: 116 }],
    ['tardis_mixed_linear_inverse_2023-04-05', { trades: 2, ticker: 3, book: 2 }],
    ['tardis_spot_2023-04-05', { trades: 1, book: 4 }],
    ['tickers_BTCUSDT_linear_2024-05-15', { ticker: 2 }],
    ['tickers_BTCUSD_inverse_2024-05-15', { ticker: 2 }],
  ];
  test.each(FILES)('%s are all read', (file, expected) => {
    const counts: Record<string, number> = {};
    for (const line of linesOf(`ws/${file}.jsonl`)) {
      const { type } = parseFrame(line);
      counts[type] = (counts[type] ?? 0) + 1;
    }
    expect(counts).toEqual(expected);
  });

  test('answers to frames of ours are known', () => {
    const answers = linesOf('ws/control_frames_linear_captured.jsonl')
      .map((line) => JSON.parse(line) as { recv: string })
      .map(({ recv }) => parseFrame(recv));
    expect(answers).toEqual([
      { type: 'answer', requestId: '', isSuccess: true, message: '' },
      { type: 'pong' },
      {
        type: 'answer',
        requestId: 'old',
        isSuccess: false,
        message: 'error:handler not found,topic:liquidation.BTCUSDT',
      },
    ]);
  });
});

describe.runIf(isHere)('recorded answers', () => {
  test('candles are read, oldest first', () => {
    const { result, time } = parseResult(read('rest/kline_spot_BTCUSDT_D_testnet_first100.json'));
    const candles = parseKlines(result, 'D', time);
    const rows = (result['list'] as string[][]).toReversed();
    expect(candles).toHaveLength(100);
    expect(
      candles.map(({ start, open, high, low, close, volume, turnover }) => [
        String(start), open, high, low, close, volume, turnover,
      ]), // prettier-ignore
    ).toEqual(rows);
  });

  test.each([
    ['instruments-info_linear_mainnet_2025.json', 'BTCUSDT'],
    ['instruments-info_linear_testnet_2023-03_demo12.json', 'BTCUSDT'],
  ])('%s is read', (file, symbol) => {
    const { symbols } = parseInstruments(parseResult(read(`rest/${file}`)).result);
    expect(symbols).toContain(symbol);
    expect(symbols).toEqual([...new Set(symbols)]);
  });

  test('trades are read, oldest first', () => {
    const file = 'rest/recent-trade_linear_BTCUSDT_testnet_2023-03.json';
    const trades = parseRecentTrades(parseResult(read(file)).result);
    expect(trades.map(({ time }) => time)).toEqual(
      trades.map(({ time }) => time).toSorted((a, b) => a - b),
    );
    expect(trades.at(-1)).toEqual({
      id: 'ab5c8ff6-79ae-508c-9f38-b6540b4ede73',
      price: '27858.10',
      size: '0.001',
      side: 'Buy',
      time: 1679907414058,
    });
  });

  test('errors with status 200 are errors', () => {
    const bodies = (readJson('rest/error_bodies.json') as { http: number; body: object }[])
      .filter(({ http }) => http === 200)
      .map(({ body }) => JSON.stringify(body));
    expect(bodies).toHaveLength(2);
    expect(() => parseResult(bodies[0]!)).toThrow('Bybit answered 10006: Too many visits');
    expect(() => parseResult(bodies[1]!)).toThrow('10001: params error: symbol invalid');
  });
});

interface ExpectedBook {
  readonly after: readonly {
    readonly u: number;
    readonly nb: number;
    readonly na: number;
    readonly top: { readonly b: unknown; readonly a: unknown };
  }[];
  readonly final: { readonly b: unknown; readonly a: unknown };
}

describe.runIf(isHere)('recordings, played to the feed', () => {
  test.each([
    ['orderbook500_XRPUSDT_linear_2024-12-01', 'XRPUSDT', { bookDepth: 500 }],
    ['orderbook50_BTCUSDT_spot_2024-11-08', 'BTCUSDT', { category: 'spot' }],
  ] as const)('%s: the book is right after every frame', async (file, instrument, options) => {
    const expected = readJson(`ws/${file}.expected.json`) as ExpectedBook;
    const channel = { kind: 'orderbook' as const, instrument };
    const listener = await play(`ws/${file}.jsonl`, channel, options);
    const changes = (): OrderBookChange[] => listener.all('orderBook');
    await waitFor(() => changes().length === expected.after.length, 'all frames');
    const book = new OrderBook();
    const states = changes().map((change) => {
      book.apply(change);
      const { bids, asks, updateId } = book;
      const top = { b: bids.slice(0, 5), a: asks.slice(0, 5) };
      return { u: updateId, nb: bids.length, na: asks.length, top };
    });
    expect(states).toEqual(expected.after);
    expect({ b: book.bids, a: book.asks }).toMatchObject(expected.final);
    expect(listener.rejected).toEqual([]);
  });

  test.each([
    ['tickers_BTCUSDT_linear_2024-05-15', 'BTCUSDT', 'linear'],
    ['tickers_BTCUSD_inverse_2024-05-15', 'BTCUSD', 'inverse'],
    ['tardis_mixed_linear_inverse_2023-04-05', 'BTCUSD', 'inverse'],
    ['docs_examples', 'BTCUSDT', 'linear'],
  ] as const)('%s: tickers are as they were sent', async (file, instrument, category) => {
    const frames = framesOf(`ws/${file}.jsonl`, `tickers.${instrument}`);
    const listener = await play(`ws/${file}.jsonl`, { kind: 'ticker', instrument }, { category });
    const told: Record<string, unknown>[] = [];
    let state: Record<string, unknown> = {};
    for (const { type, data } of frames) {
      state =
        type === 'snapshot' ? (data as object as typeof state) : { ...state, ...(data as object) };
      const known = TICKER_FIELDS.filter((name) => state[name] !== undefined && state[name] !== '');
      const ticker = Object.fromEntries(known.map((name) => [name, state[name]]));
      if (JSON.stringify(ticker) !== JSON.stringify(told.at(-1))) {
        told.push(ticker);
      }
    }
    expect(told.length).toBeGreaterThan(0);
    await waitFor(() => listener.events.length >= told.length, 'all tickers');
    expect(listener.all('ticker')).toEqual(
      told.map((fields) => ({ type: 'ticker', instrument, ...fields })),
    );
    expect(listener.rejected).toEqual([]);
  });

  test.each([
    ['tardis_mixed_linear_inverse_2023-04-05', 'BTCUSD', 'inverse'],
    ['tardis_mixed_linear_inverse_2023-04-05', 'LTCUSDT', 'linear'],
    ['tardis_spot_2023-04-05', 'BTCUSDT', 'spot'],
    ['hftbacktest_BTCUSDT_linear_2025-09-25', 'BTCUSDT', 'linear'],
  ] as const)('%s: trades of %s are as they were sent', async (file, instrument, category) => {
    const frames = framesOf(`ws/${file}.jsonl`, `publicTrade.${instrument}`);
    const recorded = frames.flatMap(({ data }) => data as Record<string, unknown>[]);
    expect(recorded.length).toBeGreaterThan(0);
    const listener = await play(`ws/${file}.jsonl`, { kind: 'trades', instrument }, { category });
    const told = () => listener.all('trades').flatMap(({ trades }) => trades);
    await waitFor(() => told().length === recorded.length, 'all trades');
    expect(told()).toEqual(
      recorded.map(({ T, S, p, v, i }) => ({ time: T, side: S, price: p, size: v, id: i })),
    );
  });

  test('five minutes’ candles are confirmed once each, in order, as they were sent', async () => {
    const file = 'reconstructed_kline5_BTCUSDT_linear_2022-12-13';
    const { closed } = readJson(`ws/${file}.expected.json`) as { closed: unknown[][] };
    const interval: Interval = '5';
    const channel = { kind: 'candles' as const, instrument: 'BTCUSDT', interval };
    const listener = await play(`ws/${file}.jsonl`, channel);
    const confirmed = () => listener.all('candle').filter(({ isConfirmed }) => isConfirmed);
    const told = () => [...new Map(confirmed().map((candle) => [candle.start, candle])).values()];
    await waitFor(() => told().length === closed.length, 'all candles');
    expect(
      told().map(({ start, open, high, low, close, volume }) => [
        start, open, high, low, close, volume,
      ]), // prettier-ignore
    ).toEqual(closed);
    // What is repeated says the same.
    for (const { source, ...candle } of confirmed()) {
      expect(told().find(({ start }) => start === candle.start)).toMatchObject(candle);
    }
    expect(listener.rejected).toEqual([]);
  });
});
