import { existsSync, readFileSync } from 'node:fs';
import type { BookLevel, LiveMessage } from '@tickwire/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LiveSocket } from '../support/live-socket.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const DATA = new URL('../../../../../shared/data/bybit/ws/', import.meta.url);

interface Frame {
  readonly topic: string;
  readonly data: unknown;
}

function read(file: string): string {
  return readFileSync(new URL(file, DATA), 'utf8');
}

/** What a recording has of one topic. */
function framesOf(file: string, topic: string): readonly unknown[] {
  return read(file)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Frame)
    .filter((frame) => frame.topic === topic)
    .map(({ data }) => data);
}

/** A client that follows a recording from its first frame on: nobody has asked for it before. */
async function replay(file: string, path: string, settings = {}): Promise<LiveSocket> {
  const server = await startServerForTest({
    FEEDS: 'bybit',
    BYBIT_SYMBOLS: 'NOTRECORDED',
    SIMULATOR_DATA: new URL(file, DATA).pathname,
    SIMULATOR_SHIFT: 'none',
    SIMULATOR_SPEED: '2000',
    ...settings,
  });
  const socket = new LiveSocket(server.url, path);
  onTestFinished(() => {
    socket.socket.terminate();
  });
  await socket.message(0);
  return socket;
}

function dataOf(messages: readonly LiveMessage[], key: string): unknown[] {
  return messages
    .filter((message) => key in message)
    .map((message) => (message as unknown as Record<string, unknown>)[key]);
}

if (!existsSync(DATA)) {
  test.skip('recorded frames (skipped: ../shared/data is not here)', () => undefined);
}

describe.runIf(existsSync(DATA))('recorded frames reach the client byte for byte', () => {
  test.each([
    ['quoted_linear_2026_kline_ticker_trade.jsonl', 'publicTrade.BTCUSDT', 'BTCUSDT', 'linear'],
    ['tardis_mixed_linear_inverse_2023-04-05.jsonl', 'publicTrade.LTCUSDT', 'LTCUSDT', 'linear'],
    ['tardis_mixed_linear_inverse_2023-04-05.jsonl', 'publicTrade.BTCUSD', 'BTCUSD', 'inverse'],
    ['tardis_spot_2023-04-05.jsonl', 'publicTrade.BTCUSDT', 'BTCUSDT', 'spot'],
  ])('trades of %s, %s', async (file, topic, symbol, category) => {
    type Row = Readonly<Record<'T' | 'S' | 'p' | 'v' | 'i', string>>;
    const recorded = framesOf(file, topic).flat() as Row[];
    const socket = await replay(file, `trades/${symbol}`, { BYBIT_CATEGORY: category });
    const told = await waitFor(() => {
      const trades = dataOf(socket.messages, 'trades').flat();
      return trades.length >= recorded.length && trades;
    }, 'all trades');
    expect(told).toEqual(
      recorded.map(({ T, S, p, v, i }) => ({
        timestamp: T,
        symbol,
        side: S,
        price: p,
        size: v,
        trade_id: i,
      })),
    );
  });

  test.each([
    ['tickers_BTCUSDT_linear_2024-05-15.jsonl', 'BTCUSDT', 'linear'],
    ['tickers_BTCUSD_inverse_2024-05-15.jsonl', 'BTCUSD', 'inverse'],
  ])('tickers of %s', async (file, symbol, category) => {
    const [snapshot] = framesOf(file, `tickers.${symbol}`) as Record<string, string>[];
    const socket = await replay(file, `ticker/${symbol}`, { BYBIT_CATEGORY: category });
    const [ticker] = await waitFor(() => {
      const tickers = dataOf(socket.messages, 'ticker');
      return tickers.length > 0 && tickers;
    }, 'a ticker');
    expect(ticker).toEqual({
      symbol,
      last_price: snapshot!['lastPrice'],
      prev_price_24h: snapshot!['prevPrice24h'],
      price_24h_pcnt: snapshot!['price24hPcnt'],
      high_price_24h: snapshot!['highPrice24h'],
      low_price_24h: snapshot!['lowPrice24h'],
      volume_24h: snapshot!['volume24h'],
      turnover_24h: snapshot!['turnover24h'],
    });
  });

  test('candles, each confirmed once', async () => {
    const file = 'reconstructed_kline5_BTCUSDT_linear_2022-12-13';
    const { closed } = JSON.parse(read(`${file}.expected.json`)) as {
      closed: [start: number, ...values: string[]][];
    };
    const socket = await replay(`${file}.jsonl`, 'candles/BTCUSDT/5?snapshot=0');
    type Told = Readonly<Record<'start' | 'open' | 'high' | 'low' | 'close' | 'volume', string>>;
    const told = await waitFor(() => {
      const candles = dataOf(socket.messages, 'candle') as (Told & { confirm: boolean })[];
      const confirmed = candles.filter(({ confirm }) => confirm);
      return confirmed.length >= closed.length && confirmed;
    }, 'all candles');
    expect(
      told.map(({ start, open, high, low, close, volume }) => [
        start, open, high, low, close, volume,
      ]), // prettier-ignore
    ).toEqual(closed);
    const frames = framesOf(`${file}.jsonl`, 'kline.5.BTCUSDT').flat() as Told[];
    const pushed = frames.map(({ start, close, volume }) => [start, close, volume].join());
    const candles = dataOf(socket.messages, 'candle') as Told[];
    const unknown = candles.filter(
      ({ start, close, volume }) => !pushed.includes([start, close, volume].join()),
    );
    expect(unknown).toEqual([]);
  });

  test('an order book that ends as expected', async () => {
    const file = 'orderbook50_BTCUSDT_spot_2024-11-08';
    const { final, after } = JSON.parse(read(`${file}.expected.json`)) as {
      final: { b: BookLevel[]; a: BookLevel[] };
      after: { u: number }[];
    };
    const socket = await replay(`${file}.jsonl`, 'orderbook/BTCUSDT', { BYBIT_CATEGORY: 'spot' });
    const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() };
    const messages = await waitFor(() => {
      const books = socket.messages.filter((message) => 'update_id' in message);
      return books.at(-1)?.update_id === after.at(-1)!.u && books;
    }, 'the last change');
    for (const { type, bids, asks } of messages) {
      for (const [side, levels] of [
        [sides.bids, bids],
        [sides.asks, asks],
      ] as const) {
        if (type === 'snapshot') {
          side.clear();
        }
        for (const [price, size] of levels) {
          side.set(price, size);
          if (Number(size) === 0) {
            side.delete(price);
          }
        }
      }
    }
    const sorted = (side: Map<string, string>, direction: number): [string, string][] =>
      [...side].toSorted(([a], [b]) => (Number(a) - Number(b)) * direction);
    expect(sorted(sides.bids, -1)).toEqual(final.b);
    expect(sorted(sides.asks, 1)).toEqual(final.a);
  });
});
