import {
  type AlertMessage,
  type Candle,
  type Channel,
  type ChannelData,
  type ChannelSnapshot,
  type LiveUpdate,
  type MarketEvent,
  formatChannel,
} from '@tickwire/protocol';
import { SERIES_LENGTH } from '../domain/candle-series.ts';
import { type PlacedAlert, parseAlertId } from '../domain/kept-alert.ts';
import type { Envelope } from '../ports/bus.ts';
import type { ChannelLog } from '../ports/channel-log.ts';
import type { LastValues } from '../tape/last-values.ts';
import { placedAlert } from '../tape/placed-alert.ts';
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
  readonly log: Pick<ChannelLog, 'position'>;
}

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
    const { lastValues, messages } = this.#options;
    const name = formatChannel(channel);
    switch (channel.kind) {
      case 'price': {
        const last = lastValues.quote(channel.instrument);
        return last && { price: messages.priceFields(last) };
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
      case 'alerts':
        return this.#alerts(name);
      default:
        return undefined;
    }
  }

  #alerts(name: string): ChannelSnapshot | undefined {
    const { lastValues, log } = this.#options;
    const { all, isComplete } = lastValues.alerts(name) ?? { all: [], isComplete: false };
    if (all.length === 0 && !isComplete) {
      return undefined;
    }
    const { epoch } = log.position(name);
    const alerts = all.map((alert) => {
      const message = this.#writeAlert(alert);
      return parseAlertId(alert.id).epoch === epoch ? message : { ...message, positions: {} };
    });
    return { alerts, ...(isComplete ? { complete: true } : {}) };
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
    const alert = placedAlert(envelope);
    if (alert !== undefined) {
      return this.#writeAlert(alert);
    }
    switch (event.type) {
      case 'quote':
        return messages.price(event);
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

  #writeAlert({ id, time, event, positions }: PlacedAlert): AlertMessage {
    const { messages } = this.#options;
    const message =
      event.type === 'volatilityAlert'
        ? messages.volatilityAlert(event, time)
        : messages.correlationAlert(event, time);
    return { ...message, id, positions };
  }

  #update(event: MarketEvent): LiveUpdate {
    const update = this.#options.live.update(event);
    if (update === undefined) {
      throw new TypeError(`Expected an event that clients can be sent, got ${event.type}`);
    }
    return update;
  }
}
