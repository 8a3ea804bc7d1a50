import type { Candle, MarketEvent, OrderBookChange } from '@tickwire/protocol';
import type { ChannelLog } from './channel-log.ts';

/** An event with its place in its channel: numbered 1, 2, 3 … under an epoch. */
export interface Envelope {
  readonly channel: string;
  /** Changes when, and only when, numbering starts anew. */
  readonly epoch: string;
  readonly seq: number;
  /** When it was numbered: epoch milliseconds. */
  readonly at: number;
  readonly event: MarketEvent;
  /** Its numbers in further channels, under the same epoch: those that an alert is in as well. */
  readonly also?: Readonly<Record<string, number>>;
  /** The process that published it, where there may be several. */
  readonly origin?: string;
}

/** What a channel starts from: it takes the place of what was known of the past. */
export interface ChannelStart {
  readonly channel: string;
  /** Of a channel of candles: oldest first. */
  readonly candles?: readonly Candle[];
  /** Of an order book: all of it. */
  readonly book?: OrderBookChange;
}

/** Receives every envelope once, in the order of each channel. */
export type BusSubscriber = (envelope: Envelope) => void;

/** Is told of channels what is no event. */
export interface ChannelWatcher {
  /** A channel starts from something. */
  onStart?(start: ChannelStart): void;
  /**
   * What is the state of a channel, from before this process listened: its newest event, of alerts
   * the newest of them, oldest first. Nothing is told of it beside that, and an alert MAY be told
   * again for another of its channels.
   */
  onNewest?(envelope: Envelope): void;
  /** Messages of a channel are missing: what comes next does not follow on what was brought. */
  onLost?(channel: string): void;
  /** What was told of a channel's state does not hold any more. */
  onForgotten?(channel: string): void;
  /** Numbering of all channels has started anew, and messages may be missing. */
  onRenumbered?(): void;
  /**
   * After a loss in a channel, or without a name after all were numbered anew, once what is known of
   * the state by now has been told: whoever follows the channel goes on from that.
   */
  onResumed?(channel?: string): void;
}

/** The tape: numbers every event once, keeps the newest, and carries all to those who read it. */
export interface Bus extends ChannelLog {
  /** Resolves when what is published is carried, or it is known that it cannot be for now. */
  start(): Promise<void>;
  /**
   * Numbers an event in each of its channels, keeps it, and brings it to every subscriber. Never
   * throws: a subscriber that does MUST NOT keep the event from the others.
   */
  publish(event: MarketEvent): void;
  /** Tells all what a channel starts from, in the order of what is published. */
  begin(start: ChannelStart): void;
  /** Tells all that what was told of a channel's state does not hold any more. */
  forget(channel: string): void;
  /**
   * Something of a channel was missed: numbering goes on, but whoever comes back to it MUST be given
   * its state.
   */
  breakAt(channel: string): void;
  /** Subscribes; the function that is returned ends it. */
  subscribe(subscriber: BusSubscriber): () => void;
  /** Whether this process has published an envelope. */
  isOwn(envelope: Envelope): boolean;
  /** Has a watcher told; the function that is returned ends it. */
  watch(watcher: ChannelWatcher): () => void;
  /** Why nothing can be carried now; undefined while it can. */
  readonly trouble: string | undefined;
  /** Ends all subscriptions, once what was published is carried or cannot be. */
  close(): Promise<void>;
}
