import type { Channel } from '@tickwire/protocol';

/** A client's place at a channel: the channel is followed for as long as anybody has one. */
export interface ChannelLease {
  /** Under the name that its events carry, which may not be the one that was asked for. */
  readonly channel: Channel;
  /**
   * The channel is followed whoever is there: all who ask have this one lease, and giving it back
   * does nothing.
   */
  readonly isShared?: true;
  /** Gives the place back; MAY be called again. */
  release(): void;
}

/** Which channels there are, and who holds on to them. */
export interface ChannelDirectory {
  /**
   * Takes a place at a channel, and has it followed if nobody did. Rejects with a ChannelError that
   * says why it cannot be had. MUST settle within a minute.
   */
  lease(channel: Channel): Promise<ChannelLease>;
  /** The names of the channels that are configured, and of all that are followed now. */
  list(): ChannelList;
}

export interface ChannelList {
  readonly configured: readonly string[];
  readonly followed: readonly string[];
}
