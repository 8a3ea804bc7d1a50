/**
 * Channels over any transport: what a client asks for, what it is answered and what it is sent, as
 * PROTOCOL.md has them under "Channels".
 */
import type { ErrorCode } from './codes.ts';
import type { LiveCandle, LiveTicker, LiveUpdate } from './live-messages.ts';
import type { BookLevel } from './market-data.ts';
import type {
  CorrelationAlertMessage,
  CorrelationUpdateMessage,
  DataReadyMessage,
  PriceFields,
  PriceMessage,
  VolatilityAlertMessage,
  VolatilityUpdateMessage,
} from './messages.ts';

/** How a client wants one channel. */
export interface ChannelOptions {
  /** The number of the last message it has; what came after it is sent first. */
  readonly since?: number;
  /** The epoch of that number. */
  readonly epoch?: string;
  /** Candles alone: how many confirmed ones to begin with. */
  readonly history?: number;
  /** Candles alone: none before it is over. */
  readonly confirmed_only?: boolean;
  /** How many messages a second at most, of those that newer ones may take the place of. */
  readonly max_rate?: number;
}

/** Channels by name, or just their names. */
export interface ChannelsRequest {
  readonly channels: readonly string[] | Readonly<Record<string, ChannelOptions>>;
}

/** The state of a channel: the part of it that its kind has. */
export interface ChannelSnapshot {
  readonly price?: PriceFields;
  readonly ticker?: LiveTicker;
  /** Best first. */
  readonly bids?: readonly BookLevel[];
  readonly asks?: readonly BookLevel[];
  /** The venue's number of this state of the book. */
  readonly update_id?: number;
  /** Oldest first; the last may not be over. */
  readonly candles?: readonly LiveCandle[];
  /** The newest, oldest first. */
  readonly alerts?: readonly AlertMessage[];
  /** Of alerts: there are no others that are older. Without it there may be. */
  readonly complete?: true;
}

/** Where a channel stands for a client that has just subscribed to it. */
export interface ChannelSubscribed {
  readonly epoch: string;
  /** Of the newest message of the channel; those that the client missed follow. */
  readonly seq: number;
  /** Of a subscription with `since` alone: whether every message since then follows. */
  readonly recovered?: boolean;
  /** Where nothing was recovered, and the channel has a state. */
  readonly snapshot?: ChannelSnapshot;
  readonly confirmed_only?: true;
  /** The one that holds, where one was asked for. */
  readonly max_rate?: number;
}

export interface ChannelRefused {
  readonly error_code: ErrorCode;
  readonly error_message: string;
}

/** What became of each channel of a request, and all that is subscribed now. */
export interface ChannelsConfirmed {
  readonly channels: Readonly<Record<string, ChannelSubscribed>>;
  readonly subscriptions: readonly string[];
  readonly errors: Readonly<Record<string, ChannelRefused>>;
}

/** The channels that were left, and all that is subscribed now. */
export interface ChannelsLeft {
  readonly channels: readonly string[];
  readonly subscriptions: readonly string[];
}

/** Where an alert stands in each of its channels, and how it is told from others. */
export interface AlertPlaces {
  readonly id: string;
  /** Empty in a state, where its numbers are of an older epoch or not known any more. */
  readonly positions: Readonly<Record<string, number>>;
}

export type AlertMessage = (VolatilityAlertMessage | CorrelationAlertMessage) & AlertPlaces;

/** What an event is for the subscribers of its channel. */
export type ChannelData =
  | PriceMessage
  | LiveUpdate
  | VolatilityAlertMessage
  | CorrelationAlertMessage
  | VolatilityUpdateMessage
  | CorrelationUpdateMessage
  | DataReadyMessage;

/** What a client may send over `/api/v1/stream`; the `id` comes back with the answer. */
export type StreamRequest =
  | ({ readonly op: 'subscribe'; readonly id?: StreamId } & ChannelsRequest)
  | { readonly op: 'unsubscribe'; readonly id?: StreamId; readonly channels: readonly string[] }
  | { readonly op: 'list' | 'ping'; readonly id?: StreamId };

export type StreamId = string | number;

/** What the server sends over `/api/v1/stream`. */
export type StreamMessage =
  | ({ readonly op: 'subscribed'; readonly id?: StreamId } & ChannelsConfirmed)
  | ({ readonly op: 'unsubscribed'; readonly id?: StreamId } & ChannelsLeft)
  | {
      readonly op: 'subscriptions';
      readonly id?: StreamId;
      readonly subscriptions: readonly string[];
    }
  | { readonly op: 'pong'; readonly id?: StreamId; readonly timestamp: string }
  | {
      readonly op: 'error';
      readonly id?: StreamId;
      readonly error_code: ErrorCode;
      readonly error_message: string;
      /** Seconds to wait before coming back. */
      readonly retry_after?: number;
    }
  | StreamData
  | StreamState;

/** An event of a channel. */
export interface StreamData {
  readonly channel: string;
  readonly seq: number;
  /** Of how many messages it is the newest, where it stands for those before it as well. */
  readonly conflated?: number;
  readonly data: ChannelData;
}

/**
 * The state of a channel as of a number, without being asked: one that had none when it was
 * subscribed to; or, with `recovered`, one of which the server itself has missed messages.
 */
export interface StreamState {
  readonly channel: string;
  readonly seq: number;
  /** Where messages were missed: none of them follow, and this is the epoch of what does. */
  readonly epoch?: string;
  readonly recovered?: false;
  /** Undefined where there is none yet; it follows then. */
  readonly snapshot?: ChannelSnapshot;
}
