/** What a user of the client sees of a channel. */
import type {
  AlertMessage,
  ChannelData,
  ChannelSnapshot,
  DataReadyMessage,
  LiveCandleUpdate,
  LiveOrderBook,
  LiveTickerUpdate,
  LiveTradesUpdate,
  PriceMessage,
} from '@tickwire/protocol';
import type { TickwireError } from './error.ts';

/** The messages of a channel, by its name. */
export type ChannelDataOf<Name extends string> = Name extends `price:${string}`
  ? PriceMessage
  : Name extends `candles:${string}`
    ? LiveCandleUpdate
    : Name extends `trades:${string}`
      ? LiveTradesUpdate
      : Name extends `ticker:${string}`
        ? LiveTickerUpdate
        : Name extends `orderbook:${string}`
          ? LiveOrderBook
          : Name extends 'alerts' | `alerts:${string}`
            ? AlertMessage
            : Name extends 'system'
              ? DataReadyMessage
              : ChannelData;

type Having<Field extends keyof ChannelSnapshot> = Required<Pick<ChannelSnapshot, Field>>;

/** The state of a channel, by its name. */
export type ChannelSnapshotOf<Name extends string> = Name extends `price:${string}`
  ? Having<'price'>
  : Name extends `candles:${string}`
    ? Having<'candles'>
    : Name extends `ticker:${string}`
      ? Having<'ticker'>
      : Name extends `orderbook:${string}`
        ? Having<'bids' | 'asks' | 'update_id'>
        : Name extends 'alerts' | `alerts:${string}`
          ? Having<'alerts'>
          : ChannelSnapshot;

/** Numbers of messages, both included; none where `to` is before `from`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Numbers of messages that are lost, under the numbering of those before them. */
export interface Gap {
  readonly from: number;
  /** Undefined where numbering has begun anew, so that nobody knows. */
  readonly to?: number;
}

/** How to follow a channel, and what to do with what comes. */
export interface SubscribeOptions<Name extends string = string> {
  /** Of candles: how many confirmed ones to begin with, 1,000 at most; 100 without it. */
  readonly history?: number;
  /** Of candles: none before it is over. */
  readonly confirmedOnly?: boolean;
  /**
   * How many messages a second at most, from 0.01 to 100, of prices, tickers, books and candles that
   * are not over: newer ones take the place of those before them.
   */
  readonly maxRate?: number;
  /** The state of the channel, in the place of whatever was known. */
  onSnapshot?(snapshot: ChannelSnapshotOf<Name>): void;
  /**
   * A message, each once and in order. One that was filled in from a state after a gap may have no
   * number. `count` is of how many messages it is the newest, itself included: more than 1 with
   * `maxRate`, and where the client did not read fast enough.
   */
  onMessage?(data: ChannelDataOf<Name>, seq: number | undefined, count: number): void;
  /** The client was away; the messages that it missed follow now. */
  onRecovered?(missed: Span): void;
  /** Messages are lost; what could be filled in has been, and the state follows. */
  onGap?(gap: Gap): void;
  /** The server refused the channel: for good, unless the error says when it is tried again. */
  onError?(error: TickwireError): void;
}

export interface Subscription {
  /** Its name as it is written on the wire. */
  readonly channel: string;
  /** Whether the server has said where the channel stands, and brings what is new. */
  readonly isLive: boolean;
  /** Ends it at once: nothing is handed out any more. */
  unsubscribe(): void;
}
