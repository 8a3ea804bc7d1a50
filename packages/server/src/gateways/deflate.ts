/**
 * permessage-deflate (RFC 7692) without context takeover: each message is compressed by itself, so
 * that one compressed message serves every client that asked for compression.
 */
import { constants, deflateRawSync } from 'node:zlib';

/** What python's `websockets` asks for; it fits all that is repeated in one of our messages. */
const WINDOW_BITS = 12;

/** Ends what a flush wrote, and is left out on the wire (RFC 7692, 7.2.1). */
const FLUSH_TAIL_BYTES = 4;

/** How `ws` agrees on compression with a client. */
export const DEFLATE_OPTIONS = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: WINDOW_BITS,
  // Clients send a few bytes at most; the default of 16 KiB would be taken for each of them.
  zlibInflateOptions: { chunkSize: 1_024 },
} as const;

/**
 * Whether a client's `Sec-WebSocket-Extensions` offers compression that can be accepted, and nothing
 * that cannot be understood: an offer that is declined leaves the connection without compression
 * (RFC 7692, 7.1), where the library would refuse the connection.
 */
export function hasAcceptableOffer(extensions: string | undefined): boolean {
  const offers = (extensions ?? '').split(',').map((offer) => offer.split(';').map(toParameter));
  const compressions = offers.filter(([first]) => first?.name === 'permessage-deflate');
  return (
    compressions.every(([, ...parameters]) => isValid(parameters)) &&
    compressions.some((parameters) => parameters.every(isAcceptable))
  );
}

/** Compresses a message. Synchronous, because it takes 10 µs and keeps the order of messages. */
export function deflateMessage(payload: Buffer): Buffer {
  const flushed = deflateRawSync(payload, {
    windowBits: WINDOW_BITS,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return flushed.subarray(0, -FLUSH_TAIL_BYTES);
}

interface Parameter {
  readonly name: string;
  readonly value: string | undefined;
}

function toParameter(text: string): Parameter {
  const [name = '', ...value] = text.trim().split('=');
  const isAlone = value.length === 0;
  return { name, value: isAlone ? undefined : value.join('=').replace(/^"(.*)"$/, '$1') };
}

/** Each is known, and there at most once, with a value that it may have (RFC 7692, 7.1). */
function isValid(parameters: readonly Parameter[]): boolean {
  const names = parameters.map(({ name }) => name);
  return new Set(names).size === names.length && parameters.every(isValidParameter);
}

function isValidParameter({ name, value }: Parameter): boolean {
  const isWindow = /^(?:[89]|1[0-5])$/.test(value ?? '');
  switch (name) {
    case 'server_no_context_takeover':
    case 'client_no_context_takeover':
      return value === undefined;
    case 'client_max_window_bits':
      return value === undefined || isWindow;
    case 'server_max_window_bits':
      return isWindow;
    default:
      return false;
  }
}

/** A window smaller than ours is none. */
function isAcceptable({ name, value }: Parameter): boolean {
  return name !== 'server_max_window_bits' || Number(value) >= WINDOW_BITS;
}
