/**
 * The two ways over which clients are served, as both ends of the bench need them. Every subject
 * that speaks a wire puts the same bytes of a price on it.
 */
import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';

/**
 * How one wire looks.
 * @typedef {object} Wire
 * @property {string} title
 * @property {string} path Where clients connect.
 * @property {(pairs: readonly string[]) => readonly Step[]} steps
 *   What a client says and waits for, one after another, until it is subscribed.
 * @property {string} refusal How a message begins that says no.
 * @property {string} prefix How a price begins, up to the name of its instrument.
 * @property {number} markAt Where in the prefix a byte tells a price from every other message.
 * @property {(update: PriceUpdate, seq: number, timestamp: string) => string} encode
 */

/** @typedef {{ says?: string, awaits: string }} Step `awaits`: how the answer begins. */
/** @typedef {import('./peers/publisher.js').PriceUpdate} PriceUpdate */
/** @typedef {'socket.io' | 'plain'} WireName */

/** @type {readonly WireName[]} */
export const WIRE_NAMES = ['socket.io', 'plain'];

/** @type {Readonly<Record<WireName, Wire>>} */
export const WIRES = {
  'socket.io': {
    title: 'Socket.IO',
    path: '/socket.io/?EIO=4&transport=websocket',
    steps: (pairs) => [
      { awaits: '0' },
      { says: '40', awaits: '40' },
      {
        says: `42["subscribe",${JSON.stringify({ pairs: allOr(pairs) })}]`,
        awaits: '42["subscription_confirmed"',
      },
    ],
    refusal: '44',
    prefix: '42["price_update",{"instrument":"',
    // The `u` of `update`.
    markAt: 10,
    encode: (update, seq, timestamp) =>
      `42["price_update",${JSON.stringify({ ...update, timestamp, seq })}]`,
  },
  plain: {
    title: 'plain WebSocket',
    path: '/api/v1/stream',
    steps: (pairs) => [
      {
        says: JSON.stringify({ op: 'subscribe', channels: pairs.map((pair) => `price:${pair}`) }),
        awaits: '{"op":"subscribed"',
      },
    ],
    refusal: '{"op":"error"',
    prefix: '{"channel":"price:',
    // The `c` of `channel`.
    markAt: 2,
    encode: (update, seq, timestamp) =>
      JSON.stringify({
        channel: `price:${update.instrument}`,
        seq,
        data: { ...update, timestamp },
      }),
  },
};

/** @param {readonly string[]} pairs */
function allOr(pairs) {
  return pairs.length === DEFAULT_TRACKED_PAIRS.length ? '*' : pairs;
}
