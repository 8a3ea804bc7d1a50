import {
  type BookLevel,
  type Candle,
  type OrderBookChange,
  type Quote,
  type Ticker,
  type Trades,
} from '@tickwire/protocol';

const MINUTE_MS = 60_000;
const FIRST_START = Date.UTC(2023, 9, 17, 5, 20);

export const TICKER: Ticker = {
  type: 'ticker',
  instrument: 'BTCUSDT',
  lastPrice: '17216.00',
  prevPrice24h: '16597.00',
  price24hPcnt: '0.0373',
  highPrice24h: '17306.00',
  lowPrice24h: '16000.50',
  volume24h: '68325.153',
  turnover24h: '1165341223.12',
};

export const TRADES: Trades = {
  type: 'trades',
  instrument: 'BTCUSDT',
  trades: [
    { time: 1697520000123, side: 'Buy', price: '28355.25', size: '0.012', id: '2100000000007' },
    { time: 1697520000123, side: 'Sell', price: '28355.20', size: '1', id: '2100000000008' },
  ],
};

/** The minute candle number `index`. */
export function candleOf(index: number, fields: Partial<Candle> = {}): Candle {
  const start = FIRST_START + index * MINUTE_MS;
  return {
    type: 'candle',
    instrument: 'BTCUSDT',
    interval: '1',
    start,
    end: start + MINUTE_MS - 1,
    open: '28350.50',
    high: '28365.00',
    low: '28340.00',
    close: '28355.25',
    volume: '125.345',
    turnover: '3551234.56',
    isConfirmed: false,
    revision: 0,
    source: 'stream',
    ...fields,
  };
}

export function quoteOf(instrument: string, bid = '1.0945'): Quote {
  const time = '2025-11-18T12:30:00.123456789Z';
  return { type: 'quote', instrument, bid, ask: '1.0947', mid: '1.0946', time };
}

/** A whole book with so many levels on each side. */
export function bookOf(levels: number, updateId = 1): OrderBookChange {
  const side = (first: number, step: number): BookLevel[] =>
    Array.from({ length: levels }, (_, index) => [String(first + step * index), '1.5']);
  const [bids, asks] = [side(1_000, -1), side(1_001, 1)];
  return { type: 'orderBook', instrument: 'BTCUSDT', isSnapshot: true, bids, asks, updateId };
}

export function bookChange(updateId: number, bids: readonly BookLevel[]): OrderBookChange {
  return { type: 'orderBook', instrument: 'BTCUSDT', isSnapshot: false, bids, asks: [], updateId };
}
