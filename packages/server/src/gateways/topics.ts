import type { Envelope } from '../ports/bus.ts';
import type { HeldChannel } from './channel-subscription.ts';

/** The topics of those who are to have an event over one of its channels. */
export function topicsOf({ channel, also, event }: Envelope): string[] {
  if (also !== undefined) {
    return [channel, ...Object.keys(also)];
  }
  return event.type === 'candle' && event.isConfirmed
    ? [channel, confirmedOnly(channel)]
    : [channel];
}

/** The topic of a subscription. */
export function toTopic({ name, terms }: HeldChannel): string {
  return terms.isConfirmedOnly ? confirmedOnly(name) : name;
}

function confirmedOnly(channel: string): string {
  return `${channel}|confirmed`;
}
