import { ERROR_CODES, type Interval, type LiveCandle, type LiveMessage } from '@tickwire/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LiveSocket } from '../support/live-socket.ts';
import { DECIMAL, type LiveServerUnderTest, TIMESTAMP } from './live.contract.ts';

const LEVELS = expect.toSatisfy((levels: readonly (readonly string[])[]) =>
  levels.every((level) => level.length === 2 && level.every((text) => /^\d+(\.\d+)?$/.test(text))),
) as [];

/** What the venue behind a server under test must have: data of all kinds that comes by itself. */
export interface LiveMarket {
  /** In upper case, and liquid: every kind of message comes within seconds. */
  readonly symbol: string;
  readonly timeframe: Interval;
}

/**
 * What a client of the crypto family may rely on (PROTOCOL.md, "Plain WebSocket"). Written against
 * a URL.
 */
export function testLiveMarketData(
  start: () => Promise<LiveServerUnderTest>,
  { symbol, timeframe }: LiveMarket,
): void {
  describe(`plain WebSocket, market data of ${symbol}`, () => {
    let server: LiveServerUnderTest;
    const sockets: LiveSocket[] = [];

    beforeAll(async () => {
      server = await start();
      await Promise.all(
        [`candles/${symbol}/${timeframe}`, `ticker/${symbol}`, `orderbook/${symbol}`].map((path) =>
          open(path).message(1),
        ),
      );
    });
    afterEach(() => {
      for (const { socket } of sockets.splice(0)) {
        socket.terminate();
      }
    });
    afterAll(() => server.close());

    const open = (path: string): LiveSocket => {
      const socket = new LiveSocket(server.url, path);
      sockets.push(socket);
      return socket;
    };

    test('confirms candles, sends the newest, oldest first, then each that is new', async () => {
      const socket = open(`candles/${symbol.toLowerCase()}/${timeframe.toLowerCase()}`);
      await socket.message(5);
      const [confirmation, snapshot, ...updates] = socket.messages;
      const label = /^\d/.test(timeframe) ? `${timeframe}m` : timeframe;
      expect(confirmation).toEqual({
        success: true,
        message: `Subscribed to ${symbol} candles (${label})`,
        subscription: { action: 'subscribe', type: 'candles', symbol, timeframe },
      });
      const about = { subscription: 'candles', symbol, timeframe };
      expect(snapshot).toEqual({
        type: 'snapshot',
        ...about,
        candles: expect.any(Array) as [],
        timestamp: TIMESTAMP,
      });
      const known = candlesOf(snapshot);
      expect(known.length).toBeLessThanOrEqual(100);
      expect(known.map(({ start }) => start)).toEqual(
        [...new Set(known.map(({ start }) => start))].sort((a, b) => a - b),
      );
      for (const update of updates) {
        expect(update).toEqual({
          type: 'update',
          ...about,
          candle: expect.any(Object) as object,
          received_at: TIMESTAMP,
        });
      }
      for (const candle of [...known, ...updates.flatMap(candlesOf)]) {
        expectCandle(candle);
      }
    });

    test('confirms trades, then sends them as they come', async () => {
      const socket = open(`trades/${symbol}`);
      await socket.message(3);
      const [confirmation, ...updates] = socket.messages;
      expect(confirmation).toEqual({
        success: true,
        message: `Subscribed to ${symbol} trades`,
        subscription: { action: 'subscribe', type: 'trades', symbol },
      });
      const ids: string[] = [];
      for (const update of updates) {
        expect(update).toEqual({
          type: 'update',
          subscription: 'trades',
          symbol,
          trades: expect.any(Array) as [],
          received_at: TIMESTAMP,
        });
        const trades = 'trades' in update ? update.trades : [];
        expect(trades).not.toEqual([]);
        for (const trade of trades) {
          expect(trade).toEqual({
            timestamp: expect.any(Number) as number,
            symbol,
            side: expect.stringMatching(/^(Buy|Sell)$/) as string,
            price: DECIMAL,
            size: DECIMAL,
            trade_id: expect.stringMatching(/./) as string,
          });
          ids.push(trade.trade_id);
        }
      }
      expect(new Set(ids).size).toBe(ids.length);
    });

    test('confirms the ticker, sends the last, then each that is new', async () => {
      const socket = open(`ticker/${symbol}`);
      await socket.message(3);
      const [confirmation, snapshot, ...updates] = socket.messages;
      expect(confirmation).toEqual({
        success: true,
        message: `Subscribed to ${symbol} ticker`,
        subscription: { action: 'subscribe', type: 'ticker', symbol },
      });
      const ticker = {
        symbol,
        last_price: DECIMAL,
        prev_price_24h: DECIMAL,
        price_24h_pcnt: expect.stringMatching(/^-?\d+(\.\d+)?$/) as string,
        high_price_24h: DECIMAL,
        low_price_24h: DECIMAL,
        volume_24h: DECIMAL,
        turnover_24h: DECIMAL,
      };
      const about = { subscription: 'ticker', symbol, ticker };
      expect(snapshot).toEqual({ type: 'snapshot', ...about, timestamp: TIMESTAMP });
      for (const update of updates) {
        expect(update).toEqual({ type: 'update', ...about, received_at: TIMESTAMP });
      }
    });

    test('confirms the order book, sends the whole, then its changes in the order of the venue', async () => {
      const socket = open(`orderbook/${symbol}`);
      await socket.message(6);
      const [confirmation, ...books] = socket.messages;
      expect(confirmation).toEqual({
        success: true,
        message: `Subscribed to ${symbol} orderbook`,
        subscription: { action: 'subscribe', type: 'orderbook', symbol },
      });
      let last = 0;
      for (const [index, book] of books.entries()) {
        expect(book).toEqual({
          type: index === 0 ? 'snapshot' : (expect.stringMatching(/^(snapshot|update)$/) as string),
          subscription: 'orderbook',
          symbol,
          bids: LEVELS,
          asks: LEVELS,
          update_id: expect.any(Number) as number,
          received_at: TIMESTAMP,
        });
        if ('update_id' in book) {
          expect(book.type === 'snapshot' || book.update_id > last).toBe(true);
          last = book.update_id;
        }
        if ('bids' in book && book.type === 'snapshot') {
          expect(Math.max(book.bids.length, book.asks.length)).toBeLessThanOrEqual(50);
          const bids = book.bids.map(([price]) => Number(price));
          const asks = book.asks.map(([price]) => Number(price));
          expect(bids).toEqual(bids.toSorted((a, b) => b - a));
          expect(asks).toEqual(asks.toSorted((a, b) => a - b));
        }
      }
    });

    test.each(['candles', 'ticker', 'orderbook'])(
      'sends no snapshot of %s to whom does not want one',
      async (kind) => {
        const path = kind === 'candles' ? `${kind}/${symbol}/${timeframe}` : `${kind}/${symbol}`;
        const [message] = [await open(`${path}?snapshot=0`).message(1)];
        expect(message).not.toHaveProperty('timestamp');
        expect(message).toHaveProperty('received_at');
      },
    );

    test.each(['2', '1m', 'H1', ''])('refuses the timeframe "%s"', async (wrong) => {
      const socket = open(`candles/${symbol}/${wrong}`);
      expect(await socket.closed()).toEqual({
        code: ERROR_CODES.INVALID_TIMEFRAME.close,
        reason: 'INVALID_TIMEFRAME',
      });
      expect(socket.messages).toMatchObject([
        { type: 'error', error_code: 'INVALID_TIMEFRAME', details: { timeframe: wrong } },
      ]);
    });

    test.each(['candles/NOPEUSDT/1', 'trades/NOPEUSDT', 'ticker/NOPEUSDT', 'orderbook/NOPEUSDT'])(
      'refuses the symbol of %s',
      async (path) => {
        const socket = open(path);
        expect(await socket.closed()).toEqual({
          code: ERROR_CODES.INVALID_SYMBOL.close,
          reason: 'INVALID_SYMBOL',
        });
        expect(socket.messages).toMatchObject([
          { type: 'error', error_code: 'INVALID_SYMBOL', details: { symbol: 'NOPEUSDT' } },
        ]);
      },
    );
  });
}

function candlesOf(message: LiveMessage | undefined): readonly LiveCandle[] {
  if (message === undefined || !('subscription' in message)) {
    return [];
  }
  return 'candles' in message ? message.candles : 'candle' in message ? [message.candle] : [];
}

function expectCandle(candle: LiveCandle): void {
  const { revision, ...rest } = candle;
  expect(rest).toEqual({
    timestamp: candle.start,
    start: expect.any(Number) as number,
    end: expect.any(Number) as number,
    open: DECIMAL,
    high: DECIMAL,
    low: DECIMAL,
    close: DECIMAL,
    volume: DECIMAL,
    turnover: DECIMAL,
    confirm: expect.any(Boolean) as boolean,
  });
  expect(revision ?? 1).toBeGreaterThanOrEqual(1);
  expect(candle.end).toBeGreaterThan(candle.start);
  const [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(Number);
  expect(high).toBe(Math.max(open!, high!, low!, close!));
  expect(low).toBe(Math.min(open!, high!, low!, close!));
}
