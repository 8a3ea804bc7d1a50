import type { AlertMessage, LiveCandle, LiveCandleUpdate, PriceMessage } from '@tickwire/protocol';
import type { SubscribeOptions } from '../../src/subscription.ts';

const MINUTE_MS = 60_000;
const FIRST_START = Date.UTC(2023, 9, 17, 5, 20);

export function price(bid: string): PriceMessage {
  const fields = { bid, ask: '1.0947', mid: '1.0946', time: '2025-11-18T12:30:00.123456789Z' };
  return { instrument: 'EUR_USD', price: fields, timestamp: '2025-11-18T12:30:00.200Z' };
}

/** The minute candle number `index`. */
export function candle(index: number, fields: Partial<LiveCandle> = {}): LiveCandle {
  const start = FIRST_START + index * MINUTE_MS;
  const times = { timestamp: start, start, end: start + MINUTE_MS - 1 };
  const prices = { open: '1', high: '2', low: '0.5', close: '1.5', volume: '7' };
  return { ...times, ...prices, confirm: true, ...fields };
}

export function candles(from: number, to: number): LiveCandle[] {
  return Array.from({ length: to - from + 1 }, (_, index) => candle(from + index));
}

export function candleUpdate(index: number, fields: Partial<LiveCandle> = {}): LiveCandleUpdate {
  return {
    type: 'update',
    subscription: 'candles',
    symbol: 'BTCUSDT',
    timeframe: '1',
    candle: candle(index, fields),
    received_at: '2025-11-18T12:30:00.200Z',
  };
}

/** The number of a minute candle. */
export function indexOf({ start }: LiveCandle): number {
  return (start - FIRST_START) / MINUTE_MS;
}

export function alert(id: string, positions: Readonly<Record<string, number>>): AlertMessage {
  return {
    instrument: 'EUR_USD',
    volatility: 0.03,
    threshold: 0.02,
    severity: 'warning',
    message: 'Volatility (0.03) exceeded threshold (0.02)',
    timestamp: '2025-11-18T12:30:00.200Z',
    id,
    positions,
  };
}

/** Handlers that write down what they are called with, each in one line. */
export function recorder(): { readonly lines: string[]; readonly handlers: SubscribeOptions } {
  const lines: string[] = [];
  const handlers: SubscribeOptions = {
    onSnapshot({ price: last, candles: all, alerts }) {
      const candlesText = all
        ?.map((each) => `${indexOf(each)}${each.confirm ? '' : '…'}`)
        .join(' ');
      const text = last?.bid ?? candlesText ?? alerts?.map(({ id }) => id).join(' ') ?? '';
      lines.push(`snapshot ${text}`);
    },
    onMessage(data, seq, count) {
      const text =
        'price' in data
          ? data.price.bid
          : 'candle' in data
            ? `${indexOf(data.candle)}${data.candle.confirm ? '' : '…'}`
            : 'id' in data
              ? String(data.id)
              : 'message';
      lines.push(`${seq ?? '-'}: ${text}${count === 1 ? '' : ` of ${count}`}`);
    },
    onRecovered({ from, to }) {
      lines.push(`recovered ${from}-${to}`);
    },
    onGap({ from, to }) {
      lines.push(`gap ${from}-${to ?? '?'}`);
    },
    onError({ code, retryInMs }) {
      lines.push(`error ${code} ${retryInMs ?? 'final'}`);
    },
  };
  return { lines, handlers };
}
