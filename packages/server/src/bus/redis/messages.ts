import type { MarketEvent } from '@tickwire/protocol';
import type { ChannelStart, Envelope } from '../../ports/bus.ts';

/** An envelope as it travels. */
export type NumberedMessage = Envelope & { readonly origin: string };

/** What one process tells all others over Redis. */
export type BusMessage =
  | NumberedMessage
  | { readonly start: ChannelStart }
  | { readonly broken: string; readonly seq: number }
  | { readonly forgotten: string }
  | { readonly asked: string };

/** Reads what the script has published; undefined for what is not ours. */
export function readBusMessages(text: string): readonly BusMessage[] | undefined {
  const messages = parse(text);
  return Array.isArray(messages) && messages.every(isBusMessage) ? messages : undefined;
}

/** Reads a message of a channel's history; undefined for what is not ours. */
export function readNumbered(text: string): NumberedMessage | undefined {
  const message = parse(text);
  return isBusMessage(message) && 'event' in message ? message : undefined;
}

/** The number of a message in one of its channels; 0 where it is not in it. */
export function placeOf({ channel: first, seq, also }: Envelope, channel: string): number {
  return first === channel ? seq : (also?.[channel] ?? 0);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only what the rest relies on: whoever may write to Redis is trusted, and may make mistakes. */
function isBusMessage(value: unknown): value is BusMessage {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  if ('event' in value) {
    const { channel, seq, epoch, at, event } = value as Partial<NumberedMessage>;
    return (
      typeof channel === 'string' &&
      typeof seq === 'number' &&
      typeof epoch === 'string' &&
      typeof at === 'number' &&
      isEvent(event)
    );
  }
  return ['start', 'broken', 'forgotten', 'asked'].some((kind) => kind in value);
}

function isEvent(value: unknown): value is MarketEvent {
  return typeof value === 'object' && value !== null && 'type' in value;
}
