import { formatChannel } from '@tickwire/protocol';
import type { ChannelLease } from '../ports/channels.ts';
import { type HeldChannel, USUAL_TERMS } from './channel-subscription.ts';

const settled = new WeakMap<ChannelLease, HeldChannel>();

/**
 * What is left of a subscription once it is live, where nothing about it is one client's alone: one
 * object for all clients. So a client's price channels cost it a word each, and not some hundred
 * bytes.
 */
export function settledChannel(lease: ChannelLease): HeldChannel {
  const known = settled.get(lease);
  if (known !== undefined) {
    return known;
  }
  const { channel } = lease;
  const name = formatChannel(channel);
  const held = { name, askedName: name, channel, terms: USUAL_TERMS, isLive: true };
  settled.set(lease, held);
  return held;
}
