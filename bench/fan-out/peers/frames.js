/** WebSocket frames (RFC 6455, section 5.2), as far as a server of the bench needs them. */
import { Buffer } from 'node:buffer';

const FINAL_TEXT = 0x81;
const LENGTH_16 = 126;
const MASK_BYTES = 4;

/**
 * A server's text frame, of less than 64 KiB.
 * @param {string} text
 */
export function serverFrame(text) {
  const length = Buffer.byteLength(text);
  const head = length < LENGTH_16 ? [length] : [LENGTH_16, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(FINAL_TEXT, ...head), Buffer.from(text)]);
}

/**
 * The texts that a client sent in one piece: the bench's clients wait for each answer.
 * @param {Buffer} bytes
 * @returns {string[]}
 */
export function readClientTexts(bytes) {
  const texts = [];
  for (let at = 0; at < bytes.length;) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const isShort = short < LENGTH_16;
    const length = isShort ? short : bytes.readUInt16BE(at + 2);
    const maskAt = at + (isShort ? 2 : 4);
    const from = maskAt + MASK_BYTES;
    const payload = bytes.subarray(from, from + length);
    const text = payload.map((byte, index) => byte ^ (bytes[maskAt + (index % MASK_BYTES)] ?? 0));
    if (bytes[at] === FINAL_TEXT) {
      texts.push(Buffer.from(text).toString());
    }
    at = from + length;
  }
  return texts;
}
