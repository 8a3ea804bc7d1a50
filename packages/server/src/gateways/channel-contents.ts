import {
  type AlertMessage,
  type AlertPlaces,
  type Candle,
  type Channel,
  type ChannelData,
  type ChannelSnapshot,
  type LiveUpdate,
  type MarketEvent,
  formatChannel,
} from '@tickwire/protocol';
import { SERIES_LENGTH } from '../domain/candle-series.ts';
import type { Envelope } from '../ports/bus.ts';
import type { ChannelLog } from '../ports/channel-log.ts';
import type { LastValues } from '../tape/last-values.ts';
import type { EventMessages } from './event-messages.ts';
import {
  BOOK_LEVELS,
  type LiveContents,
  SNAPSHOT_CANDLES,
  toLiveCandle,
  toLiveTicker,
} from './live-contents.ts';

export interface ChannelContentsOptions {
  readonly lastValues: LastValues;
  readonly messages: EventMessages;
  readonly live: LiveContents;
  readonly log: ChannelLog;
}

const SNAPSHOT_ALERTS = 50;

/** Writes events and states of channels, each event once however many are sent it. */
export class ChannelContents {
  readonly #options: ChannelContentsOptions;
  readonly #data = new WeakMap<Envelope, ChannelData>();

  constructor(options: ChannelContentsOptions) {
    this.#options = options;
  }

  /** What an event is for the subscribers of any of its channels. */
  data(envelope: Envelope): ChannelData {
    const known = this.#data.get(envelope);
    if (known !== undefined) {
      return known;
    }
    const data = this.#write(envelope);
    this.#data.set(envelope, data);
    return data;
  }

  /**
   * The state of a channel: undefined where nothing is known of it yet, or it has none. `count` is
   * how many confirmed candles are wanted, and `past` has some that may be older than those known.
   */
  snapshot(
    channel: Channel,
    count = SNAPSHOT_CANDLES,
    past: readonly Candle[] = [],
  ): ChannelSnapshot | undefined {
    const { lastValues, messages, log } = this.#options;
    const name = formatChannel(channel);
    switch (channel.kind) {
      case 'price': {
        const last = lastValues.quote(channel.instrument);
        return last && { price: messages.priceFields(last.quote) };
      }
      case 'ticker': {
        const last = lastValues.ticker(name);
        return last && { ticker: toLiveTicker(last) };
      }
      case 'orderbook': {
        const book = lastValues.book(name);
        return (
          book && {
            bids: book.bids.slice(0, BOOK_LEVELS),
            asks: book.asks.slice(0, BOOK_LEVELS),
            update_id: book.updateId,
          }
        );
      }
      case 'candles':
        return this.#candles(name, count, past);
      case 'alerts': {
        const alerts = log.newest(name, SNAPSHOT_ALERTS);
        return alerts.length === 0
          ? undefined
          : { alerts: alerts.map((envelope) => this.data(envelope)).filter(isAlert) };
      }
      default:
        return undefined;
    }
  }

  #candles(name: string, count: number, past: readonly Candle[]): ChannelSnapshot | undefined {
    const known = this.#options.lastValues.candles(name)?.newest(SERIES_LENGTH) ?? [];
    const [first] = known;
    if (first === undefined) {
      return undefined;
    }
    const all = [...past.filter(({ start }) => start < first.start), ...known];
    const confirmed = all.filter(({ isConfirmed }) => isConfirmed);
    const oldest = confirmed.at(-count)?.start ?? -Infinity;
    const last = confirmed.at(-1)?.start ?? -Infinity;
    const wanted = all.filter(({ start }) => start > last || (count > 0 && start >= oldest));
    return { candles: wanted.map(toLiveCandle) };
  }

  #write(envelope: Envelope): ChannelData {
    const { messages } = this.#options;
    const { event } = envelope;
    switch (event.type) {
      case 'quote':
        return messages.price(event);
      case 'volatilityAlert':
        return { ...messages.volatilityAlert(event), ...placesOf(envelope) };
      case 'correlationAlert':
        return { ...messages.correlationAlert(event), ...placesOf(envelope) };
      case 'volatilityUpdate':
        return messages.volatilityUpdate(event);
      case 'correlationUpdate':
        return messages.correlationUpdate(event);
      case 'dataReady':
        return messages.dataReady(event);
      default:
        return this.#update(event);
    }
  }

  #update(event: MarketEvent): LiveUpdate {
    const update = this.#options.live.update(event);
    if (update === undefined) {
      throw new TypeError(`Expected an event that clients can be sent, got ${event.type}`);
    }
    return update;
  }
}

/** By which an alert is known, wherever it comes from. */
function placesOf({ channel, epoch, seq, also }: Envelope): AlertPlaces {
  return { id: `${epoch}:${seq}`, positions: { [channel]: seq, ...also } };
}

function isAlert(data: ChannelData): data is AlertMessage {
  return 'positions' in data;
}
