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
  if (!isRecord(value)) {
    return false;
  }
  if ('event' in value) {
    return isNumbered(value);
  }
  const { start, broken, seq, forgotten, asked } = value;
  return (
    isStart(start) ||
    (typeof broken === 'string' && isPlace(seq)) ||
    typeof forgotten === 'string' ||
    typeof asked === 'string'
  );
}

function isNumbered({ channel, seq, epoch, at, origin, also = {}, event }: Fields): boolean {
  return (
    typeof channel === 'string' &&
    isPlace(seq) &&
    typeof epoch === 'string' &&
    typeof at === 'number' &&
    typeof origin === 'string' &&
    isRecord(also) &&
    Object.values(also).every(isPlace) &&
    isRecord(event) &&
    typeof event['type'] === 'string'
  );
}

function isStart(value: unknown): boolean {
  if (!isRecord(value)) {
    return false;
  }
  const { channel, candles = [], book = {} } = value;
  const isWhole = Array.isArray(candles) && candles.every(isRecord) && isRecord(book);
  return typeof channel === 'string' && isWhole;
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
