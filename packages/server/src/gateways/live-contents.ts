import {
  type Candle,
  type Interval,
  type LiveCandle,
  type LiveConfirmation,
  type LiveSnapshot,
  type LiveTicker,
  type LiveTrade,
  type LiveUpdate,
  type MarketEvent,
  type Ticker,
  type Trade,
  formatChannel,
} from '@tickwire/protocol';
import type { LastValues } from '../tape/last-values.ts';
import type { EventMessages } from './event-messages.ts';
import { type LiveChannel, SUBSCRIPTIONS } from './live-request.ts';

/** How many candles a snapshot has. */
export const SNAPSHOT_CANDLES = 100;
/** How many levels a whole order book has on each side. */
export const BOOK_LEVELS = 50;

/** Writes channels and events as the crypto family's clients expect them. */
export class LiveContents {
  readonly #lastValues: LastValues;
  readonly #messages: EventMessages;

  constructor(lastValues: LastValues, messages: EventMessages) {
    this.#lastValues = lastValues;
    this.#messages = messages;
  }

  /** What a client is told first. */
  confirmation(channel: LiveChannel): LiveConfirmation {
    const type = SUBSCRIPTIONS[channel.kind];
    const symbol = channel.instrument;
    const subscription = { action: 'subscribe', type, symbol } as const;
    const message = `Subscribed to ${symbol} ${type}`;
    return channel.kind === 'candles'
      ? {
          success: true,
          message: `${message} (${labelOf(channel.interval)})`,
          subscription: { ...subscription, timeframe: channel.interval },
        }
      : { success: true, message, subscription };
  }

  /** Whether a channel ever has a state; trades only pass. */
  hasState({ kind }: LiveChannel): boolean {
    return kind !== 'trades';
  }

  /** The state of a channel; undefined where nothing is known of it yet, or it has none. */
  snapshot(channel: LiveChannel): LiveSnapshot | undefined {
    const name = formatChannel(channel);
    const symbol = channel.instrument;
    const timestamp = this.#messages.timestamp();
    switch (channel.kind) {
      case 'candles': {
        const candles = this.#lastValues.candles(name)?.newest(SNAPSHOT_CANDLES) ?? [];
        return candles.length === 0
          ? undefined
          : {
              type: 'snapshot',
              subscription: 'candles',
              symbol,
              timeframe: channel.interval,
              candles: candles.map(toLiveCandle),
              timestamp,
            };
      }
      case 'ticker': {
        const last = this.#lastValues.ticker(name);
        return (
          last && {
            type: 'snapshot',
            subscription: 'ticker',
            symbol,
            ticker: toLiveTicker(last),
            timestamp,
          }
        );
      }
      case 'orderbook': {
        const book = this.#lastValues.book(name);
        return (
          book && {
            type: 'snapshot',
            subscription: 'orderbook',
            symbol,
            bids: book.bids.slice(0, BOOK_LEVELS),
            asks: book.asks.slice(0, BOOK_LEVELS),
            update_id: book.updateId,
            received_at: timestamp,
          }
        );
      }
      case 'price': {
        const last = this.#lastValues.quote(symbol);
        return (
          last && {
            type: 'snapshot',
            subscription: 'prices',
            symbol,
            price: this.#messages.priceFields(last),
            timestamp,
          }
        );
      }
      case 'trades':
        return undefined;
    }
  }

  /** What an event is for the subscribers of its channel; undefined where it has none here. */
  update(event: MarketEvent): LiveUpdate | undefined {
    const received = { received_at: this.#messages.timestamp() };
    switch (event.type) {
      case 'quote':
        return {
          type: 'update',
          subscription: 'prices',
          symbol: event.instrument,
          price: this.#messages.priceFields(event),
          ...received,
        };
      case 'candle':
        return {
          type: 'update',
          subscription: 'candles',
          symbol: event.instrument,
          timeframe: event.interval,
          candle: toLiveCandle(event),
          ...received,
        };
      case 'trades':
        return {
          type: 'update',
          subscription: 'trades',
          symbol: event.instrument,
          trades: event.trades.map((trade) => toLiveTrade(event.instrument, trade)),
          ...received,
        };
      case 'ticker':
        return {
          type: 'update',
          subscription: 'ticker',
          symbol: event.instrument,
          ticker: toLiveTicker(event),
          ...received,
        };
      case 'orderBook': {
        const { instrument, isSnapshot, bids, asks, updateId } = event;
        return {
          type: isSnapshot ? 'snapshot' : 'update',
          subscription: 'orderbook',
          symbol: instrument,
          bids: isSnapshot ? bids.slice(0, BOOK_LEVELS) : bids,
          asks: isSnapshot ? asks.slice(0, BOOK_LEVELS) : asks,
          update_id: updateId,
          ...received,
        };
      }
      default:
        return undefined;
    }
  }
}

function labelOf(interval: Interval): string {
  return /^\d/.test(interval) ? `${interval}m` : interval;
}

/** A candle as clients know it. */
export function toLiveCandle(candle: Candle): LiveCandle {
  const { start, end, open, high, low, close, volume, turnover, isConfirmed, revision } = candle;
  return {
    timestamp: start,
    start,
    end,
    open,
    high,
    low,
    close,
    volume,
    ...(turnover === undefined ? {} : { turnover }),
    confirm: isConfirmed,
    ...(revision === 0 ? {} : { revision }),
  };
}

function toLiveTrade(symbol: string, { time, side, price, size, id }: Trade): LiveTrade {
  return { timestamp: time, symbol, side, price, size, trade_id: id };
}

/** A ticker as clients know it. */
export function toLiveTicker(ticker: Ticker): LiveTicker {
  const { prevPrice24h, price24hPcnt, highPrice24h, lowPrice24h, volume24h, turnover24h } = ticker;
  return {
    symbol: ticker.instrument,
    last_price: ticker.lastPrice,
    ...(prevPrice24h === undefined ? {} : { prev_price_24h: prevPrice24h }),
    ...(price24hPcnt === undefined ? {} : { price_24h_pcnt: price24hPcnt }),
    ...(highPrice24h === undefined ? {} : { high_price_24h: highPrice24h }),
    ...(lowPrice24h === undefined ? {} : { low_price_24h: lowPrice24h }),
    ...(volume24h === undefined ? {} : { volume_24h: volume24h }),
    ...(turnover24h === undefined ? {} : { turnover_24h: turnover24h }),
  };
}
