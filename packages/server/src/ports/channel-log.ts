import type { Envelope } from './bus.ts';

/** A place in a channel. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** The newest messages of each channel, for a while. */
export interface ChannelLog {
  /** The number of the newest message of a channel that was brought to us, 0 before any. */
  position(channel: string): Position;
  /**
   * Every message of a channel after a place in it, in order and without a hole; undefined where
   * they are not all there any more, or were numbered under another epoch. What is published while
   * it is looked for MAY be missing at the end.
   */
  since(channel: string, position: Position): Promise<readonly Envelope[] | undefined>;
}
