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
 * Whether a client's `Sec-WebSocket-Extensions` has an offer of compression that can be accepted.
 * A smaller window than ours cannot: the offer is declined (RFC 7692, 7.1.2.1), and the connection
 * goes on without compression.
 */
export function hasAcceptableOffer(extensions: string | undefined): boolean {
  return (extensions ?? '').split(',').some((offer) => {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim());
    return name === 'permessage-deflate' && parameters.every(isAcceptable);
  });
}

/** Compresses a message. Synchronous, because it takes 10 µs and keeps the order of messages. */
export function deflateMessage(payload: Buffer): Buffer {
  const flushed = deflateRawSync(payload, {
    windowBits: WINDOW_BITS,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return flushed.subarray(0, -FLUSH_TAIL_BYTES);
}

function isAcceptable(parameter: string): boolean {
  const [name = '', value = ''] = parameter.split('=').map((part) => part.trim());
  const bits = Number(value.replaceAll('"', ''));
  return name !== 'server_max_window_bits' || bits >= WINDOW_BITS;
}
