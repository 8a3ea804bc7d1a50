import type { StreamState } from '@tickwire/protocol';
import type { Envelope } from '../ports/bus.ts';
import type { ChannelMessage } from './channel-message.ts';
import type { HeldChannel } from './channel-subscription.ts';
import type { QueuedMessage } from './message-queue.ts';

/** How one client is reached. */
export interface SessionTransport {
  /** A message of a channel, under its number there, in the format of the transport. */
  message(channel: string, seq: number, envelope: Envelope): ChannelMessage;
  /** Sends a message to this client alone, behind all that it was sent before. */
  post(queued: QueuedMessage): void;
  /** Sends a state that was not asked for. */
  deliverState(state: StreamState): void;
  /**
   * Resolves when the client has taken enough of what it was sent to be sent more; undefined where
   * it has already.
   */
  ready(): Promise<void> | undefined;
  /** Ends a client that does not take what it is sent. */
  refuse(): void;
  /** Messages of a channel are kept from now on, to be sent after those that were missed. */
  begin?(subscription: HeldChannel): void;
  /** Whether an alert has reached the client in a way that is no channel's. */
  hasDelivered?(alert: Envelope): boolean;
  /** The fan-out begins, or ends, to bring live messages of a channel. */
  takeOver(subscription: HeldChannel): void;
  giveBack(subscription: HeldChannel): void;
  /** Whether alerts reach the client by its channels alone, so that they can be held back. */
  readonly canHold: boolean;
}
