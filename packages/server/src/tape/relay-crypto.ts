/** What other programs publish on `candles:…`, `trades:…` and `ticker:…`: the `update` of each. */
import {
  type Candle,
  type Channel,
  INTERVALS,
  type MarketEvent,
  type Ticker,
  type Trades,
  channelOf,
  formatChannel,
  nextIntervalStart,
} from '@tickwire/protocol';
import { z } from 'zod';
import { findImpossible } from '../domain/candle.ts';
import { InvalidMessageError } from '../domain/errors.ts';
import { decimal, epochMs, instrument, positiveDecimal, read } from './relay-fields.ts';

/** The channels of a crypto venue that other programs may publish on. */
export type RelayedCryptoChannel =
  | Extract<Channel, { readonly kind: 'candles' }>
  | { readonly kind: 'trades' | 'ticker'; readonly instrument: string };

/** What a venue sends at once is less (Bybit: 1,024 trades), and nobody reads more at once. */
const MAX_TRADES = 2_000;
const MAX_ID_LENGTH = 64;
const MAX_CLOCK_DIFFERENCE_MS = 60_000;

const update = { type: z.literal('update'), symbol: instrument };

const candleUpdate = z.object({
  ...update,
  subscription: z.literal('candles'),
  timeframe: z.enum(INTERVALS),
  candle: z
    .object({
      timestamp: epochMs.optional(),
      start: epochMs.optional(),
      end: epochMs.optional(),
      open: positiveDecimal,
      high: positiveDecimal,
      low: positiveDecimal,
      close: positiveDecimal,
      volume: decimal,
      turnover: decimal.nullish(),
      confirm: z.boolean(),
      revision: z.number().int().min(0).default(0),
    })
    .refine(({ timestamp, start }) => (start ?? timestamp) !== undefined, {
      message: 'expected a start',
    })
    .refine(({ timestamp, start }) => (start ?? timestamp) === (timestamp ?? start), {
      message: 'expected one start',
    }),
});

const tradesUpdate = z.object({
  ...update,
  subscription: z.literal('trades'),
  trades: z
    .array(
      z.object({
        timestamp: epochMs,
        symbol: instrument.optional(),
        side: z.enum(['Buy', 'Sell']),
        price: positiveDecimal,
        size: positiveDecimal,
        trade_id: z.string().min(1).max(MAX_ID_LENGTH),
      }),
    )
    .min(1)
    .max(MAX_TRADES),
});

const tickerUpdate = z.object({
  ...update,
  subscription: z.literal('ticker'),
  ticker: z.object({
    symbol: instrument.optional(),
    last_price: positiveDecimal,
    prev_price_24h: decimal.nullish(),
    price_24h_pcnt: decimal.nullish(),
    high_price_24h: decimal.nullish(),
    low_price_24h: decimal.nullish(),
    volume_24h: decimal.nullish(),
    turnover_24h: decimal.nullish(),
  }),
});

/**
 * Turns a message of a crypto channel into the event that it stands for; throws an
 * InvalidMessageError, also where the message says that it is of another channel.
 */
export function parseCryptoUpdate(
  channel: RelayedCryptoChannel,
  payload: unknown,
  now: number,
): MarketEvent {
  const name = formatChannel(channel);
  const event = readEvent(channel, name, payload);
  // Microseconds, say: nothing that begins before it would be news any more.
  if (event.type === 'candle' && event.start > now + MAX_CLOCK_DIFFERENCE_MS) {
    throw new InvalidMessageError(`${name}: candle: expected no start to come, got ${event.start}`);
  }
  if (channelOf(event) !== name) {
    throw new InvalidMessageError(`${name}: expected what is of this channel`);
  }
  return event;
}

function readEvent(
  { kind }: RelayedCryptoChannel,
  name: string,
  payload: unknown,
): Candle | Trades | Ticker {
  switch (kind) {
    case 'candles':
      return toCandle(name, read(name, candleUpdate, payload));
    case 'trades':
      return toTrades(name, read(name, tradesUpdate, payload));
    case 'ticker':
      return toTicker(name, read(name, tickerUpdate, payload));
  }
}

function toCandle(name: string, message: z.infer<typeof candleUpdate>): Candle {
  const { symbol, timeframe, candle: given } = message;
  const { open, high, low, close, volume, turnover, confirm, revision } = given;
  const start = given.start ?? given.timestamp ?? NaN;
  const candle: Candle = {
    type: 'candle',
    instrument: symbol,
    interval: timeframe,
    start,
    end: given.end ?? nextIntervalStart(timeframe, start) - 1,
    open,
    high,
    low,
    close,
    volume,
    ...(typeof turnover === 'string' ? { turnover } : {}),
    isConfirmed: confirm,
    revision,
    source: 'stream',
  };
  const impossible = findImpossible(candle, true);
  if (impossible !== undefined) {
    throw new InvalidMessageError(`${name}: candle: ${impossible}`);
  }
  return candle;
}

function toTrades(name: string, { symbol, trades }: z.infer<typeof tradesUpdate>): Trades {
  trades.forEach((trade) => {
    refuseOther(name, symbol, trade.symbol);
  });
  return {
    type: 'trades',
    instrument: symbol,
    trades: trades.map(({ timestamp, side, price, size, trade_id: id }) => ({
      time: timestamp,
      side,
      price,
      size,
      id,
    })),
  };
}

function toTicker(name: string, { symbol, ticker }: z.infer<typeof tickerUpdate>): Ticker {
  refuseOther(name, symbol, ticker.symbol);
  const values = {
    prevPrice24h: ticker.prev_price_24h,
    price24hPcnt: ticker.price_24h_pcnt,
    highPrice24h: ticker.high_price_24h,
    lowPrice24h: ticker.low_price_24h,
    volume24h: ticker.volume_24h,
    turnover24h: ticker.turnover_24h,
  };
  const known = Object.entries(values).filter(([, value]) => typeof value === 'string');
  return {
    type: 'ticker',
    instrument: symbol,
    lastPrice: ticker.last_price,
    ...Object.fromEntries(known),
  };
}

function refuseOther(name: string, symbol: string, other = symbol): void {
  if (other !== symbol) {
    throw new InvalidMessageError(`${name}: expected ${symbol} everywhere, got ${other}`);
  }
}
