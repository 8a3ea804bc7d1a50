import type { MarketEvent } from '@tickwire/protocol';
import type { Envelope } from './bus.ts';

/** A place in a channel. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** Numbers what passes over the tape, and keeps the newest of each channel for a while. */
export interface ChannelLog {
  /** Numbers an event in each of its channels, and keeps it. */
  append(event: MarketEvent): Envelope;
  /** The number of a channel's newest message, 0 before any. */
  position(channel: string): Position;
  /**
   * Every message of a channel after a place in it, in order and without a hole; undefined where
   * they are not all there any more, or were numbered under another epoch. What is published while
   * it is looked for MAY be missing at the end.
   */
  since(channel: string, position: Position): Promise<readonly Envelope[] | undefined>;
  /**
   * Something of a channel was missed: numbering goes on, but whoever comes back to it MUST be given
   * its state.
   */
  breakAt(channel: string): void;
  /** The newest messages of a channel, oldest first: at most so many. */
  newest(channel: string, count: number): readonly Envelope[];
}
