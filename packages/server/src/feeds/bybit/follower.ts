import type { FeedListener } from '../../ports/feed.ts';
import type { BybitFrame } from './messages.ts';

/** What a follower can do with the connection that it lives on. */
export interface FollowerConnection {
  readonly listener: FeedListener;
  /** Aborts when the connection ends, or the topic is not wanted any more. */
  readonly signal: AbortSignal;
  /** Subscribes to the topic anew, so that the venue begins with a snapshot. */
  resync(): void;
  /** Says that the channel's state, as it was told, is not to be relied on any more. */
  lose(): void;
  /** Says why the topic's channel is behind; undefined once it is not any more. */
  report(reason: string | undefined): void;
}

/**
 * Turns the frames of one topic into events, over any number of connections: what one connection
 * missed is known, or asked for, on the next.
 */
export interface Follower {
  /** A connection begins, before any frame of it. */
  begin(connection: FollowerConnection): void;
  /** The venue has accepted the subscription; frames may have come before. */
  accepted(): void;
  receive(frame: BybitFrame): void;
  /** The connection has ended, or the topic is not wanted any more. */
  end(): void;
}
