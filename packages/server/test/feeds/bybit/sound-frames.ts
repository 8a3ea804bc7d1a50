/** Frames as Bybit sends them, with whatever a test wants to be different. */

export const START = 1790409720000;
const CANDLE = {
  start: START,
  end: START + 59_999,
  interval: '1',
  open: '84045',
  close: '84017.8',
  high: '84045',
  low: '84017.8',
  volume: '7.316',
  turnover: '614833.7084',
  confirm: false,
  timestamp: 1790409768441,
};
const TRADE = {
  T: 1791365008334,
  s: 'BTCUSDT',
  S: 'Buy',
  v: '0.001',
  p: '83766.30',
  L: 'PlusTick',
  i: '68bc1c35-dcc0-58e8-a4c5-f59a6b790814',
  BT: false,
  RPI: false,
  seq: 821670598155,
};
const TICKER = { symbol: 'BTCUSDT', lastPrice: '61874.00', price24hPcnt: '-0.009772' };
const BOOK = { s: 'BTCUSDT', b: [['109147.80', '1.687']], a: [['109148.00', '0']], u: 7, seq: 9 };

export const klines = (...changes: object[]): string =>
  JSON.stringify({
    topic: 'kline.1.BTCUSDT',
    type: 'snapshot',
    ts: 1790409768441,
    data: changes.map((change) => ({ ...CANDLE, ...change })),
  });
export const trades = (...changes: object[]): string =>
  JSON.stringify({
    topic: 'publicTrade.BTCUSDT',
    type: 'snapshot',
    ts: 1791365008335,
    data: changes.map((change) => ({ ...TRADE, ...change })),
  });
export const ticker = (change: object, frame: object = {}): string =>
  JSON.stringify({
    topic: 'tickers.BTCUSDT',
    type: 'delta',
    data: { ...TICKER, ...change },
    cs: 176530004279,
    ts: 1715748763063,
    ...frame,
  });
export const book = (change: object, frame: object = {}): string =>
  JSON.stringify({
    topic: 'orderbook.50.BTCUSDT',
    type: 'delta',
    ts: 1758845431663,
    data: { ...BOOK, ...change },
    cts: 1758845431662,
    ...frame,
  });
