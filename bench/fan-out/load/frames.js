/** WebSocket frames (RFC 6455, section 5.2), as far as a client of the bench needs them. */
import { Buffer } from 'node:buffer';

const FINAL = 0x80;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MAX_7_BIT_LENGTH = 125;
const MAX_OWN_LENGTH = 65_535;

export const OPCODE_TEXT = 1;
export const OPCODE_CLOSE = 8;
export const OPCODE_PING = 9;

/**
 * Takes the payload of each whole frame between `start` and `end` and returns where the rest
 * begins. The bytes may be overwritten when this has returned.
 * @param {Buffer} bytes
 * @param {number} start
 * @param {number} end
 * @param {(opcode: number, bytes: Buffer, from: number, to: number) => void} onFrame
 */
export function scanFrames(bytes, start, end, onFrame) {
  let at = start;
  for (;;) {
    if (end - at < 2) {
      return at;
    }
    const first = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    let from = at + 2;
    if ((first & FINAL) === 0 || (length & MASKED) !== 0 || length === LENGTH_64) {
      throw new Error('Expected unmasked frames of less than 64 KiB, each a whole message');
    }
    if (length === LENGTH_16) {
      if (end - at < 4) {
        return at;
      }
      length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
      from = at + 4;
    }
    if (end - from < length) {
      return at;
    }
    at = from + length;
    onFrame(first & 0x0f, bytes, from, at);
  }
}

/**
 * A client's text frame, or another of the opcode given. The mask is zero, which is valid and
 * costs neither side anything.
 * @param {string} text At most 65,535 bytes.
 */
export function clientFrame(text, opcode = OPCODE_TEXT) {
  const payload = Buffer.from(text);
  const { length } = payload;
  if (length > MAX_OWN_LENGTH) {
    throw new RangeError(`Expected at most ${MAX_OWN_LENGTH} bytes, got ${length}`);
  }
  const head =
    length <= MAX_7_BIT_LENGTH
      ? [MASKED | length]
      : [MASKED | LENGTH_16, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(FINAL | opcode, ...head, 0, 0, 0, 0), payload]);
}
